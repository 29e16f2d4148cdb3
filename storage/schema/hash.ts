import { hash } from 'node:crypto'

/** Separates the parts of what is hashed: no part can hold it once JSON has escaped it, and names hold no control characters. */
const SEPARATOR = '\u0000'

/** Bytes that what is hashed is written to, longer texts aside: joined as texts they would be half of the garbage of a scan. */
const SCRATCH = Buffer.allocUnsafeSlow(64 * 1024)
const UTF8_BYTES_PER_UNIT_MAX = 3

/**
 * First 128 bits of SHA-256 over the parts, in the form of a uuid, which PostgreSQL stores in 16 bytes.
 * A collision by accident is out of reach; one by intent would cost its author 2^64 hashes to confuse rows of a source that he may write anyway.
 */
export function hashOf(...parts: readonly string[]): string {
  let units = parts.length
  for (const part of parts) units += part.length
  if (units * UTF8_BYTES_PER_UNIT_MAX > SCRATCH.length) return hash('sha256', parts.join(SEPARATOR), 'hex').slice(0, 32)
  let end = 0
  for (let index = 0; index < parts.length; index += 1) {
    if (index > 0) SCRATCH[end++] = 0
    end += SCRATCH.write(parts[index] ?? '', end)
  }
  return hash('sha256', SCRATCH.subarray(0, end), 'hex').slice(0, 32)
}

/** The same value as PostgreSQL prints it. */
function asUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

/**
 * A fingerprint as a uuid, by which rows are joined. It is hashed and not cut: of a cut one a hostile scanner could choose the rest,
 * and two fingerprints under one key would make the scans of others fail.
 */
export function fingerprintUuid(fingerprint: string): string {
  return asUuid(hashOf(fingerprint))
}

/** PostgreSQL's text cannot hold U+0000; a hostile name gets the replacement character instead. */
export function storable(text: string): string {
  return text.includes('\u0000') ? text.replaceAll('\u0000', '\uFFFD') : text
}
