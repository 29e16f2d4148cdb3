import { createHash, generateKeyPairSync } from 'node:crypto'
import { formatScannerKey, type ScannerKey } from '@mintmark/contract/http'

/** Hex digits of a key id: enough to tell keys apart, not a secret. */
const KEY_ID_CHARS = 16

/** A pair of which the public half is stored and the private half is shown. */
export interface NewScannerKey {
  readonly publicKeyPem: string
  /** What the creator is shown, once, when the integration's id is known. */
  show(integrationId: string): ScannerKey
}

/** A new Ed25519 pair. The private half lives in this object only, until it was shown. */
export function createScannerKey(): NewScannerKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const id = createHash('sha256').update(publicKey).digest('hex').slice(0, KEY_ID_CHARS)
  return {
    publicKeyPem: publicKey,
    show: (integrationId) => ({ id, privateKeyPem: privateKey, file: formatScannerKey({ integrationId, keyId: id, privateKeyPem: privateKey }) }),
  }
}
