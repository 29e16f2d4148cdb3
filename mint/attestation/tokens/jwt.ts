import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto'

/** Bytes of a token that somebody shows to us. Kubernetes' are 1 to 2 KB; larger ones are refused before they are decoded. */
const TOKEN_BYTES_MAX = 16 * 1024

/** Algorithms that a foreign issuer may sign with. `none` and the symmetric ones are never in it. */
const ALGORITHMS: Readonly<
  Record<
    'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA',
    { readonly hash: string | undefined; readonly kty: 'RSA' | 'EC' | 'OKP'; readonly curve?: string }
  >
> = {
  RS256: { hash: 'sha256', kty: 'RSA' },
  RS384: { hash: 'sha384', kty: 'RSA' },
  RS512: { hash: 'sha512', kty: 'RSA' },
  PS256: { hash: 'sha256', kty: 'RSA' },
  PS384: { hash: 'sha384', kty: 'RSA' },
  PS512: { hash: 'sha512', kty: 'RSA' },
  ES256: { hash: 'sha256', kty: 'EC', curve: 'prime256v1' },
  ES384: { hash: 'sha384', kty: 'EC', curve: 'secp384r1' },
  ES512: { hash: 'sha512', kty: 'EC', curve: 'secp521r1' },
  EdDSA: { hash: undefined, kty: 'OKP' },
}

/** Least bits of an RSA key whose signature is believed (RFC 7518 section 3.3). */
const RSA_BITS_MIN = 2048

/** An algorithm of a token. */
export type TokenAlgorithm = keyof typeof ALGORITHMS

/** A token taken apart; nothing of it is verified yet. */
export interface DecodedToken {
  readonly algorithm: TokenAlgorithm
  readonly keyId: string | undefined
  readonly type: string | undefined
  readonly claims: Readonly<Record<string, unknown>>
  readonly signed: Buffer
  readonly signature: Buffer
}

/** Either the token's parts or why it is none. The reason never repeats the token. */
export type Decoded = { readonly ok: true; readonly token: DecodedToken } | { readonly ok: false; readonly reason: string }

const BASE64URL = /^[A-Za-z0-9_-]+$/
const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** Takes a compact JWS apart (RFC 7515 section 3.1): three parts of strict base64url, two of them JSON objects. */
export function decodeToken(text: string): Decoded {
  if (text.length > TOKEN_BYTES_MAX) return refuse(`the token is longer than ${TOKEN_BYTES_MAX} bytes`)
  const [header = '', payload = '', signature = '', ...more] = text.split('.')
  if (more.length > 0 || !BASE64URL.test(header) || !BASE64URL.test(payload) || !BASE64URL.test(signature)) {
    return refuse('the token is not a compact JWS of three parts')
  }
  const head = jsonObject(header)
  const claims = jsonObject(payload)
  if (head === undefined || claims === undefined) return refuse('the token holds no JSON objects')
  const algorithm = head['alg']
  if (!isAlgorithm(algorithm)) return refuse('the algorithm of the token is not one that is believed')
  if (head['crit'] !== undefined) return refuse('the token demands extensions that are not known')
  return {
    ok: true,
    token: {
      algorithm,
      keyId: textOf(head['kid']),
      type: textOf(head['typ']),
      claims,
      signed: Buffer.from(`${header}.${payload}`, 'latin1'),
      signature: Buffer.from(signature, 'base64url'),
    },
  }
}

/** True when the key has signed the token, and is of the kind that the token's algorithm demands. */
export function hasSigned(key: KeyObject, token: Pick<DecodedToken, 'algorithm' | 'signed' | 'signature'>): boolean {
  const { hash, kty, curve } = ALGORITHMS[token.algorithm]
  const details = key.asymmetricKeyDetails
  try {
    switch (kty) {
      case 'RSA': {
        if (key.asymmetricKeyType !== 'rsa' || (details?.modulusLength ?? 0) < RSA_BITS_MIN) return false
        const padding = token.algorithm.startsWith('PS')
          ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
          : { padding: constants.RSA_PKCS1_PADDING }
        return verify(hash, token.signed, { key, ...padding }, token.signature)
      }
      case 'EC':
        if (key.asymmetricKeyType !== 'ec' || details?.namedCurve !== curve) return false
        return verify(hash, token.signed, { key, dsaEncoding: 'ieee-p1363' }, token.signature)
      case 'OKP':
        return key.asymmetricKeyType === 'ed25519' && verify(undefined, token.signed, key, token.signature)
    }
  } catch {
    return false
  }
}

/** A public key from PEM (SPKI, or a certificate), or undefined when the text holds none. */
export function publicKeyFromPem(pem: string): KeyObject | undefined {
  try {
    // A private key would be accepted, too, and its public half taken: nobody shall be led to put one into configuration.
    if (pem.includes('PRIVATE KEY')) return undefined
    return createPublicKey(pem)
  } catch {
    return undefined
  }
}

function jsonObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(UTF8.decode(Buffer.from(part, 'base64url')))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isAlgorithm(value: unknown): value is TokenAlgorithm {
  return typeof value === 'string' && Object.hasOwn(ALGORITHMS, value)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function refuse(reason: string): Decoded {
  return { ok: false, reason }
}
