import { gunzipSync } from 'node:zlib'
import { DECODE_LIMITS } from './limits.ts'

/** Bytes of a gzip text within the limit. A bomb is given up as soon as it passes the limit; what it holds is not read. */
export function unpackGzip(packed: Uint8Array): { readonly bytes?: Buffer; readonly problem?: string } {
  try {
    return { bytes: gunzipSync(packed, { maxOutputLength: DECODE_LIMITS.unpackedBytesMax }) }
  } catch (error) {
    const isTooLarge = error instanceof RangeError || (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
    if (!isTooLarge) return { problem: 'The compressed data is damaged and could not be unpacked.' }
    return { problem: `The compressed data was cut: it unpacks to more than ${DECODE_LIMITS.unpackedBytesMax / 1024 / 1024} MiB and was not read.` }
  }
}
