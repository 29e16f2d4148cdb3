import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

/** A foreign issuer for tests: a key of a kind, and tokens that say whatever a test wants. */
export interface ExampleIssuer {
  readonly keyId: string
  readonly publicKey: KeyObject
  readonly pem: string
  readonly jwks: string
  /** `header` and `claims` are laid over usual ones; a value of undefined leaves one out. */
  token(claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): string
}

const KINDS = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
} as const

/** An issuer whose tokens are good for five minutes from `now`. */
export function exampleIssuer(
  algorithm: keyof typeof KINDS,
  usual: { readonly iss: string; readonly aud: string; readonly now: Date },
  keyId = 'key-1',
): ExampleIssuer {
  const { publicKey, privateKey } = KINDS[algorithm]()
  const issuedAt = Math.floor(usual.now.getTime() / 1000)
  return {
    keyId,
    publicKey,
    pem: publicKey.export({ type: 'spki', format: 'pem' }),
    jwks: JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', alg: algorithm }] }),
    token: (claims = {}, header = {}) => {
      const head = { alg: algorithm, typ: 'JWT', kid: keyId, ...header }
      const body = { iss: usual.iss, aud: usual.aud, sub: 'somebody', iat: issuedAt, exp: issuedAt + 300, ...claims }
      const signed = `${encode(head)}.${encode(body)}`
      const key = algorithm === 'ES256' ? { key: privateKey, dsaEncoding: 'ieee-p1363' as const } : privateKey
      return `${signed}.${sign(algorithm === 'EdDSA' ? undefined : 'sha256', Buffer.from(signed), key).toString('base64url')}`
    },
  }
}

/** A part of a token. */
export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
