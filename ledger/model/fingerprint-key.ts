import { hash } from 'node:crypto'

/** Shorter keys are refused: HMAC-SHA-256 keeps its strength with 32 bytes. */
const KEY_BYTES_MIN = 32

/** The tenant's key for fingerprints. `id` names it (first 16 hex digits of SHA-256 over "mintmark fingerprint key id" and the key) without revealing it. */
export interface FingerprintKey {
  readonly id: string
  readonly bytes: Uint8Array
}

/**
 * Names a fingerprint key without revealing it.
 *
 * @throws Error when the key is shorter than 32 bytes
 */
export function fingerprintKeyOf(bytes: Uint8Array): FingerprintKey {
  if (bytes.length < KEY_BYTES_MIN)
    throw new Error(`A fingerprint key has at least ${KEY_BYTES_MIN} random bytes; this one has ${bytes.length}. Create a new one.`)
  return { id: hash('sha256', Buffer.concat([Buffer.from('mintmark fingerprint key id'), bytes]), 'hex').slice(0, 16), bytes }
}
