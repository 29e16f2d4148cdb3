import { createPrivateKey, randomUUID, sign } from 'node:crypto'

/** Audience of what agents show to prove themselves: assertions of a cluster version key, and tokens of a ServiceAccount by default. */
export const ATTESTATION_AUDIENCE = 'urn:mintmark:agent-attestation'
/** Seconds that an assertion is good for; a server refuses longer ones. */
export const ASSERTION_SECONDS = 60

/** What an agent signs with. */
export interface AssertionKey {
  /** `cv-…` */
  readonly versionId: string
  /** Ed25519, PKCS#8 PEM, as `spirlctl cluster register` has shown it. */
  readonly privateKeyPem: string
}

/**
 * Evidence of attestor `cvk`: a JWT (EdDSA) whose `kid`, `iss` and `sub` are the cluster version, good for a minute and for one use.
 * With a certificate's thumbprint it is good on that TLS connection only (`cnf.x5t#S256`, RFC 8705 section 3.1).
 */
export function signAssertion(key: AssertionKey, now: Date, certificateThumbprint?: string): string {
  const issuedAt = Math.floor(now.getTime() / 1000)
  const header = { alg: 'EdDSA', typ: 'JWT', kid: key.versionId }
  const claims = {
    iss: key.versionId,
    sub: key.versionId,
    aud: ATTESTATION_AUDIENCE,
    iat: issuedAt,
    exp: issuedAt + ASSERTION_SECONDS,
    jti: randomUUID(),
    ...(certificateThumbprint === undefined ? {} : { cnf: { 'x5t#S256': certificateThumbprint } }),
  }
  const signed = `${encode(header)}.${encode(claims)}`
  return `${signed}.${sign(undefined, Buffer.from(signed), createPrivateKey(key.privateKeyPem)).toString('base64url')}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
