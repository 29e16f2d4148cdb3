import { gunzipSync } from 'node:zlib'
import { textOfBytes } from './base64.ts'
import { DECODE_LIMITS } from './limits.ts'

/** What gzip holds, within the limit; no text when it is binary. A bomb is given up as soon as it passes the limit; what it holds is not read. */
export function unpackGzip(packed: Uint8Array): { readonly text?: string; readonly problem?: string } {
  try {
    const bytes = gunzipSync(packed, { maxOutputLength: DECODE_LIMITS.unpackedBytesMax, chunkSize: toldBytes(packed) })
    const text = textOfBytes(bytes)
    giveBack(bytes)
    return text === undefined ? {} : { text }
  } catch (error) {
    const isTooLarge = error instanceof RangeError || (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
    if (!isTooLarge) return { problem: 'The compressed data is damaged and could not be unpacked.' }
    return { problem: `The compressed data was cut: it unpacks to more than ${DECODE_LIMITS.unpackedBytesMax / 1024 / 1024} MiB and was not read.` }
  }
}

/** Deflate makes at most so many bytes out of one (https://www.zlib.net/zlib_tech.html). */
const DEFLATE_RATIO_MAX = 1032
/** Smallest buffer that is worth having. */
const CHUNK_BYTES_MIN = 1_024

/**
 * How many bytes a gzip text says that it unpacks to (RFC 1952, ISIZE: the last four), and one more, so that it unpacks into one buffer and nothing is copied.
 * Whoever lies gets no more than the limit and than deflate could make.
 */
function toldBytes(packed: Uint8Array): number {
  const at = packed.length - 4
  if (at < 0) return CHUNK_BYTES_MIN
  const told = new DataView(packed.buffer, packed.byteOffset, packed.byteLength).getUint32(at, true) + 1
  return Math.max(CHUNK_BYTES_MIN, Math.min(told, DECODE_LIMITS.unpackedBytesMax + 1, packed.length * DEFLATE_RATIO_MAX))
}

/**
 * Frees a large buffer that nobody else has, now. The garbage collector does not count what lies outside of its heap: it would let the bytes of
 * a hundred releases wait, which is a quarter of a scan's memory.
 */
function giveBack(bytes: Buffer): void {
  const { buffer } = bytes
  const isAlone = bytes.byteOffset === 0 && buffer.byteLength > Buffer.poolSize && buffer.byteLength - bytes.length <= 1
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
