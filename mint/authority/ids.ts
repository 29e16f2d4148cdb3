import { randomBytes } from 'node:crypto'

const TIMESTAMP_BYTES = 6
const KEYSET_ID = /^ks_[0-9a-f]{32}$/

/** A new keyset id, `ks_…`: a UUID of version 7 (RFC 9562 section 5.7) in hex, so that ids sort by time. */
export function newKeysetId(now: Date): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now.getTime(), 0, TIMESTAMP_BYTES)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return `ks_${bytes.toString('hex')}`
}

/** Whether a text is the id of a keyset; what a store or a person gives is not one until it was checked. */
export function isKeysetId(text: string): boolean {
  return KEYSET_ID.test(text)
}
