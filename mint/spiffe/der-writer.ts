import { Buffer } from 'node:buffer'

/** Tags of ASN.1 that certificates and requests use (X.690 section 8). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** How many bytes the length octets take for a body of this size, in the shortest form that DER demands (X.690 section 10.1). */
export function lengthOctets(bodyBytes: number): number {
  if (bodyBytes < 0x80) return 1
  if (bodyBytes < 0x100) return 2
  if (bodyBytes < 0x10000) return 3
  return 4
}

/** Writes tag and length at an offset. @returns the offset of the body */
export function putHeader(target: Uint8Array, offset: number, tag: number, bodyBytes: number): number {
  target[offset] = tag
  const octets = lengthOctets(bodyBytes)
  if (octets === 1) {
    target[offset + 1] = bodyBytes
    return offset + 2
  }
  target[offset + 1] = 0x80 + octets - 1
  for (let index = octets - 1; index > 0; index -= 1) {
    target[offset + 1 + index] = (bodyBytes >>> (8 * (octets - 1 - index))) & 0xff
  }
  return offset + 1 + octets
}

/** One value: tag, shortest length, the concatenated parts as body. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let bodyBytes = 0
  for (const part of parts) bodyBytes += part.length
  const target = Buffer.allocUnsafe(1 + lengthOctets(bodyBytes) + bodyBytes)
  let offset = putHeader(target, 0, tag, bodyBytes)
  for (const part of parts) {
    target.set(part, offset)
    offset += part.length
  }
  return target
}

/** A SEQUENCE of the parts. */
export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return der(TAG.sequence, ...parts)
}

/** An INTEGER from unsigned big-endian bytes: minimal, with a leading zero only when the top bit is set. */
export function unsignedInteger(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1
  const minimal = bytes.length === 0 ? Uint8Array.of(0) : bytes.subarray(start)
  return (minimal[0] ?? 0) >= 0x80 ? der(TAG.integer, Uint8Array.of(0), minimal) : der(TAG.integer, minimal)
}

/** A BIT STRING of whole bytes. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return der(TAG.bitString, Uint8Array.of(0), bytes)
}

/** A BIT STRING of named bits: bit 0 is the highest of the first byte, and trailing zeros are dropped (X.690 section 11.2.2). */
export function namedBits(...bits: readonly number[]): Uint8Array {
  const highest = Math.max(...bits)
  const bytes = new Uint8Array(Math.floor(highest / 8) + 1)
  for (const bit of bits) {
    const index = bit >> 3
    bytes[index] = (bytes[index] ?? 0) | (0x80 >> (bit & 7))
  }
  return der(TAG.bitString, Uint8Array.of(7 - (highest & 7)), bytes)
}

/** An OBJECT IDENTIFIER from dotted text. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    const septets = [arc & 0x7f]
    for (let remaining = Math.floor(arc / 128); remaining > 0; remaining = Math.floor(remaining / 128)) septets.unshift((remaining & 0x7f) | 0x80)
    bytes.push(...septets)
  }
  return der(TAG.objectIdentifier, Uint8Array.from(bytes))
}

/**
 * A Time: UTCTime up to the year 2049, GeneralizedTime from 2050, always with seconds and `Z` (RFC 5280 section 4.1.2.5).
 *
 * @throws RangeError for a date that a certificate cannot carry
 */
export function time(date: Date): Uint8Array {
  const year = date.getUTCFullYear()
  if (!(year >= 1950 && year <= 9999)) throw new RangeError('A certificate carries dates from 1950 to 9999 only.')
  // Milliseconds are dropped, as the format has none.
  const digits = date.toISOString().replace(/[-:T]|\.\d+Z/g, '')
  return year < 2050 ? der(TAG.utcTime, Buffer.from(`${digits.slice(2)}Z`, 'latin1')) : der(TAG.generalizedTime, Buffer.from(`${digits}Z`, 'latin1'))
}
