import { expectValue, readBits, readValue } from './der-reader.ts'

/** The length of the header of a P-256 SubjectPublicKeyInfo, whose point is its last 65 bytes. */
const P256_SPKI_BYTES = 91
const P256_POINT_BYTES = 65

/**
 * The bits of a SubjectPublicKeyInfo without the algorithm: what key ids are made of.
 *
 * @throws DerError when it is not one
 */
export function publicKeyBits(spki: Uint8Array): Uint8Array {
  if (spki.length === P256_SPKI_BYTES && spki[P256_SPKI_BYTES - P256_POINT_BYTES] === 0x04) return spki.subarray(P256_SPKI_BYTES - P256_POINT_BYTES)
  const whole = expectValue(spki, 0, spki.length, 0x30, 'public key')
  const algorithm = readValue(spki, whole.body, whole.end)
  const bits = expectValue(spki, algorithm.end, whole.end, 0x03, 'bits of a key')
  return readBits(spki, bits)
}
