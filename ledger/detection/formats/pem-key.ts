import { createPublicKey, hash } from 'node:crypto'
import { readDerKey } from './key-der.ts'
import { publicBlobOfOpenSsh, spkiIdOfSshBlob } from './ssh-key.ts'

/** What a PEM private key says of itself without giving itself away. */
export interface PemKey {
  /** `read`: parsed; `sealed`: under a passphrase; `unread`: not the structure that its label names. */
  readonly state: 'read' | 'sealed' | 'unread'
  readonly algorithm: string
  readonly encrypted: boolean
  /** SHA-256 of the SubjectPublicKeyInfo as 64 hex digits: the same for key, certificate and host key. */
  readonly spki: string | undefined
}

/** Reads the public half of a private key. `body` is base64 without line ends; a key that does not parse is `unread`, never an error. */
export function describePemKey(label: string, body: string, isEncryptedLegacy: boolean): PemKey {
  if (label === 'OPENSSH PRIVATE KEY') return describeOpenSsh(body)
  if (label === 'ENCRYPTED PRIVATE KEY' || isEncryptedLegacy) return { state: 'sealed', algorithm: 'unknown', encrypted: true, spki: undefined }
  const known = readDerKey(Buffer.from(body, 'base64'))
  if (known !== undefined) return { state: 'read', algorithm: known.algorithm, encrypted: false, spki: known.spki }
  try {
    const key = createPublicKey({
      key: Buffer.from(`-----BEGIN ${label}-----\n${(body.match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`),
      format: 'pem',
    })
    const spki = hash('sha256', key.export({ type: 'spki', format: 'der' }), 'hex')
    return { state: 'read', algorithm: key.asymmetricKeyType ?? 'unknown', encrypted: false, spki }
  } catch {
    return { state: 'unread', algorithm: 'unknown', encrypted: false, spki: undefined }
  }
}

function describeOpenSsh(body: string): PemKey {
  const file = publicBlobOfOpenSsh(Buffer.from(body, 'base64'))
  if (file === undefined) return { state: 'unread', algorithm: 'unknown', encrypted: false, spki: undefined }
  return { state: file.encrypted ? 'sealed' : 'read', algorithm: file.algorithm, encrypted: file.encrypted, spki: spkiIdOfSshBlob(file.blob) }
}
