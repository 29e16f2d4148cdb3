import { isAscii, isUtf8 } from 'node:buffer'
import { DECODE_LIMITS } from './limits.ts'

const ALPHABET = /^[A-Za-z0-9+/_\-\s]*={0,2}\s*$/

/** Bytes of a base64 text, or undefined when it is not one. White space is passed over, as every Kubernetes client does; both alphabets are read. */
export function bytesOfBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  // Node skips what it does not know; a well-formed text has exactly the length that its bytes need.
  const unpadded = text.endsWith('=') ? (text.endsWith('==') ? text.length - 2 : text.length - 1) : text.length
  if (bytes.length === Math.floor((unpadded * 3) / 4) && unpadded % 4 !== 1) return bytes
  if (!ALPHABET.test(text)) return undefined
  const letters = text.replaceAll(/[\s=]/g, '').length
  return letters % 4 === 1 || bytes.length !== Math.floor((letters * 3) / 4) ? undefined : bytes
}

/** The text that the bytes spell, or undefined for binary data. A mark of byte order is no part of it. */
export function textOfBytes(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isAscii(buffer)) return hasControls(buffer) ? undefined : buffer.toString('latin1')
  if (buffer[0] === 0xff && buffer[1] === 0xfe && buffer.length % 2 === 0) return buffer.toString('utf16le', 2)
  if (!isUtf8(buffer)) return undefined
  if (hasControls(buffer)) return undefined
  const from = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0
  return buffer.toString('utf8', from)
}

/** Bytes at the beginning that tell binary data from text. */
const PROBED_BYTES = 512

/** A zero byte in its first part tells binary data from text. */
function hasControls(buffer: Buffer): boolean {
  const at = buffer.indexOf(0)
  return at !== -1 && at < PROBED_BYTES
}

/** Shortest base64 text without padding that is tried although nothing says that it is base64. */
const GUESS_CHARS_MIN = 20
/** Shortest one with padding. */
const GUESS_PADDED_CHARS_MIN = 12
const PRINTABLE = /^[\t\n\r -~]*$/

/**
 * The text behind an opaque value that happens to be base64 of plain text, or undefined. Random bytes are practically never printable:
 * fifteen of them are with a chance of one in a million.
 */
export function guessBase64(value: string): string | undefined {
  const { length } = value
  const isPadded = value.endsWith('=')
  if (length < (isPadded ? GUESS_PADDED_CHARS_MIN : GUESS_CHARS_MIN) || length > DECODE_LIMITS.speculativeCharsMax) return undefined
  if (isPadded && length % 4 !== 0) return undefined
  const head = value.slice(0, 64)
  if (!/^[A-Za-z0-9+/_-]*=*$/.test(head) || !/[A-Z]/.test(head) || !/[a-z]/.test(head)) return undefined
  const start = Buffer.from(head.slice(0, 60), 'base64')
  if (!PRINTABLE.test(start.toString('latin1'))) return undefined
  const bytes = bytesOfBase64(value)
  if (bytes === undefined || !isUtf8(bytes)) return undefined
  const text = bytes.toString('utf8')
  return PRINTABLE.test(text) && text.length >= 8 && !text.includes('\0') ? text : undefined
}
