import { createHash, createHmac } from 'node:crypto'
import type { FingerprintKey } from './finding.ts'

/** Shorter keys are refused: HMAC-SHA-256 keeps its strength with 32 bytes. */
const KEY_BYTES_MIN = 32

/**
 * Names a fingerprint key without revealing it.
 *
 * @throws Error when the key is shorter than 32 bytes
 */
export function fingerprintKeyOf(bytes: Uint8Array): FingerprintKey {
  if (bytes.length < KEY_BYTES_MIN)
    throw new Error(`A fingerprint key has at least ${KEY_BYTES_MIN} random bytes; this one has ${bytes.length}. Create a new one.`)
  const id = createHash('sha256').update('mintmark fingerprint key id').update(bytes).digest('hex').slice(0, 16)
  return { id, bytes }
}

/** Computes keyed fingerprints: equal texts have equal ones, and without the key nothing can be tried against them. */
export interface Fingerprinter {
  /** HMAC-SHA-256 of the canonical form of a credential, as 64 hex digits. */
  readonly ofSecret: (canonical: string) => string
  /** The same in a domain of its own, over a whole entry: equal for exact copies. */
  readonly ofCopy: (content: string | Uint8Array) => string
}

/** Fingerprints under one tenant's key. The copy domain has a key derived from it, so that an entry that is one bare secret shows two unrelated values. */
export function createFingerprinter(key: FingerprintKey): Fingerprinter {
  const copyKey = createHmac('sha256', key.bytes).update('mintmark copy domain').digest()
  return {
    ofSecret: (canonical) => createHmac('sha256', key.bytes).update(canonical, 'utf8').digest('hex'),
    ofCopy: (content) => createHmac('sha256', copyKey).update(content).digest('hex'),
  }
}
