import type { Buffer } from 'node:buffer'
import { assembleBody, isPlainlyNamed, KEY_ID_BYTES, subjectKeyIdOf, type LeafBody, type LeafFields, type SharedParts } from './leaf-body.ts'

/** Bytes of the SubjectPublicKeyInfo of a P-256 key, and of a serial number from `randomSerial`. */
const P256_SPKI_BYTES = 91
const SERIAL_BYTES = 16
/** UTCTime with its header; dates from 2050 on are longer. */
const UTC_TIME_BYTES = 15
/** SPIFFE IDs up to this length have a template, so that no issuer keeps more than some 200 KB of them. */
const ID_BYTES_MAX = 256

/** Bodies of usual leaves. All that tells two of the same issuer apart are serial, dates, key and SPIFFE ID, and their lengths are known. */
export interface LeafTemplates {
  /** Bytes of the body of a leaf; undefined when it is not a usual one and has to be assembled. */
  bytesOf(leaf: LeafFields): number | undefined
  /** Writes the body of a usual leaf at an offset. */
  write(leaf: LeafFields, target: Buffer, offset: number): void
}

/** Cuts the bodies of usual leaves from templates, one for each length of SPIFFE IDs: a copy and six patches instead of an encoding. */
export function createTemplates(shared: SharedParts): LeafTemplates {
  const templates: (LeafBody | undefined)[] = []
  const templateOf = (leaf: LeafFields): LeafBody => (templates[leaf.id.length] ??= assembleBody(leaf, shared))
  return {
    bytesOf: (leaf) => (isUsual(leaf, shared) ? templateOf(leaf).bytes.length : undefined),
    write: (leaf, target, offset) => {
      const { bytes, serialAt, datesAt, publicKeyAt, keyIdAt } = templateOf(leaf)
      const keyId = leaf.subjectKeyId ?? subjectKeyIdOf(leaf.publicKey)
      if (keyId.length !== KEY_ID_BYTES) throw new RangeError(`A subject key id has ${KEY_ID_BYTES} bytes.`)
      target.set(bytes, offset)
      target.set(leaf.serial, offset + serialAt)
      target.set(shared.dates(leaf.notBefore), offset + datesAt)
      target.set(shared.dates(leaf.notAfter), offset + datesAt + UTC_TIME_BYTES)
      target.set(leaf.publicKey, offset + publicKeyAt)
      target.set(keyId, offset + keyIdAt)
      target.write(leaf.id, offset + bytes.length - leaf.id.length, 'latin1')
    },
  }
}

/** Whether only serial, dates, key and SPIFFE ID tell a leaf from others, each in its usual length. */
function isUsual(leaf: LeafFields, { dates }: SharedParts): boolean {
  const { id, publicKey, serial, subject } = leaf
  const first = serial[0] ?? 0
  return (
    publicKey.length === P256_SPKI_BYTES &&
    serial.length === SERIAL_BYTES &&
    first > 0 &&
    first < 0x80 &&
    id.length <= ID_BYTES_MAX &&
    (subject === undefined || subject.length === 0) &&
    isPlainlyNamed(leaf) &&
    dates(leaf.notBefore).length === UTC_TIME_BYTES &&
    dates(leaf.notAfter).length === UTC_TIME_BYTES
  )
}
