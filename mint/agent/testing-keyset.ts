import { createHash } from 'node:crypto'
import {
  generateWorkloadKey,
  jwkParametersOf,
  localSigner,
  randomSerial,
  readCertificate,
  writeAuthority,
  type CertificateIssuer,
  type JwtAuthority,
  type Signer,
  type TrustDomain,
} from '@mintmark/spiffe'

/** An issuing key for tests: its own root, and a key for tokens. */
export interface TestKeyset {
  readonly root: Uint8Array
  readonly issuer: CertificateIssuer
  readonly signer: Signer
  /** Lower-case hex. */
  readonly subjectKeyId: string
  readonly jwtAuthority: JwtAuthority
  readonly serial: () => Uint8Array
}

const MS_PER_DAY = 86_400_000

/** Makes a keyset of a trust domain that is good for a month. */
export async function makeKeyset(trustDomain: TrustDomain, now: Date): Promise<TestKeyset> {
  const key = generateWorkloadKey()
  const signer = localSigner(key.privateKey)
  const root = await writeAuthority({
    trustDomain,
    publicKey: key.publicKey,
    serial: randomSerial(),
    notBefore: new Date(now.getTime() - MS_PER_DAY),
    notAfter: new Date(now.getTime() + 30 * MS_PER_DAY),
    subject: [{ type: 'CN', value: `Test ${Buffer.from(randomSerial()).toString('hex')}` }],
    signer,
  })
  const read = readCertificate(root)
  if (!read.ok || read.subjectKeyId === undefined) throw new Error('A test authority cannot be read.')
  const subjectKeyId = Buffer.from(read.subjectKeyId).toString('hex')
  const keyId = createHash('sha256').update(key.publicKey).digest('hex').slice(0, 16)
  return {
    root,
    issuer: { signer, certificate: root, intermediates: [] },
    signer,
    subjectKeyId,
    jwtAuthority: { keyId, publicKey: jwkParametersOf(key.publicKey), algorithm: 'ES256' },
    serial: randomSerial,
  }
}
