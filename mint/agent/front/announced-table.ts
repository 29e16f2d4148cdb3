import { FRAME, FRAME_HEADER_BYTES, headerTableSizeOf, readFrameHeader } from './frames.ts'

/** A server's SETTINGS are a few values of six bytes; what is longer is not read for them. */
const SETTINGS_BYTES_MAX = 256

/**
 * Reads the header table size out of the first frame that the server sends, which must be its SETTINGS (RFC 9113 section 3.4).
 * Call it with everything the server writes until it answers true; it changes nothing.
 */
export function createAnnouncedTable(announce: (tableBytes: number) => void): (written: Buffer) => boolean {
  let read = Buffer.alloc(0)
  return (written) => {
    read = Buffer.concat([read, written.subarray(0, SETTINGS_BYTES_MAX + FRAME_HEADER_BYTES)])
    if (read.length < FRAME_HEADER_BYTES) return false
    const { type, length } = readFrameHeader(read, 0)
    if (type !== FRAME.settings || length > SETTINGS_BYTES_MAX) return true
    if (read.length < FRAME_HEADER_BYTES + length) return false
    const tableBytes = headerTableSizeOf(read.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + length))
    if (tableBytes !== undefined) announce(tableBytes)
    return true
  }
}
