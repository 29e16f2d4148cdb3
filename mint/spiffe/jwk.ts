import { createPublicKey, type KeyObject } from 'node:crypto'
import { kindOf, readPublicKey, type PublicKeyKind } from './keys.ts'
import type { JwtAlgorithm, JwtAuthority } from './model.ts'

/** What each algorithm needs of a key, and how its signatures are checked (RFC 7518 section 3). */
export interface AlgorithmRule {
  readonly digest: 'sha256' | 'sha384' | 'sha512'
  readonly kind: PublicKeyKind
  readonly isPss: boolean
}

/** Every algorithm that a JWT-SVID may carry (rule 13); whatever is not here is refused, `none` and HMAC among it. */
export const JWT_ALGORITHMS: Readonly<Record<JwtAlgorithm, AlgorithmRule>> = {
  RS256: { digest: 'sha256', kind: 'RSA', isPss: false },
  RS384: { digest: 'sha384', kind: 'RSA', isPss: false },
  RS512: { digest: 'sha512', kind: 'RSA', isPss: false },
  ES256: { digest: 'sha256', kind: 'P-256', isPss: false },
  ES384: { digest: 'sha384', kind: 'P-384', isPss: false },
  ES512: { digest: 'sha512', kind: 'P-521', isPss: false },
  PS256: { digest: 'sha256', kind: 'RSA', isPss: true },
  PS384: { digest: 'sha384', kind: 'RSA', isPss: true },
  PS512: { digest: 'sha512', kind: 'RSA', isPss: true },
}

/** Whether a text names an algorithm that a JWT-SVID may carry; case matters. */
export function isJwtAlgorithm(text: unknown): text is JwtAlgorithm {
  return typeof text === 'string' && Object.hasOwn(JWT_ALGORITHMS, text)
}

/** The parameters of a public key that a JWK shows, by key type (RFC 7518 section 6). */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = { EC: ['kty', 'crv', 'x', 'y'], RSA: ['kty', 'n', 'e'] }
/** Longest parameter that is looked at, in characters; a modulus of 8192 bits takes 1366. */
const PARAMETER_CHARACTERS_MAX = 1400

/** The parameters of a foreign JWK's public key and nothing else, so that a private part is never carried on. Undefined when the key cannot be used. */
export function readJwkParameters(jwk: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | undefined {
  const names = typeof jwk['kty'] === 'string' && Object.hasOwn(PARAMETERS, jwk['kty']) ? (PARAMETERS[jwk['kty']] ?? []) : []
  const parameters: Record<string, string> = {}
  for (const name of names) {
    const value = jwk[name]
    if (typeof value !== 'string' || value.length > PARAMETER_CHARACTERS_MAX) return undefined
    parameters[name] = value
  }
  return names.length > 0 && keyOfParameters(parameters) !== undefined ? parameters : undefined
}

function keyOfParameters(parameters: Readonly<Record<string, string>>): { readonly key: KeyObject; readonly kind: PublicKeyKind } | undefined {
  try {
    const key = createPublicKey({ key: { ...parameters }, format: 'jwk' })
    const kind = kindOf(key)
    return kind === undefined ? undefined : { key, kind }
  } catch {
    return undefined
  }
}

const keys = new WeakMap<JwtAuthority, { readonly key: KeyObject; readonly kind: PublicKeyKind }>()

/** The key of a JWT authority, decoded once per authority. Undefined when it cannot be used. */
export function keyOfAuthority(authority: JwtAuthority): { readonly key: KeyObject; readonly kind: PublicKeyKind } | undefined {
  const known = keys.get(authority)
  if (known !== undefined) return known
  const read = keyOfParameters(authority.publicKey)
  if (read !== undefined) keys.set(authority, read)
  return read
}

/**
 * A public key as the parameters of a JWK, for a bundle.
 *
 * @param spki SubjectPublicKeyInfo, DER
 * @throws TypeError for a key that no SVID may carry
 */
export function jwkParametersOf(spki: Uint8Array): Readonly<Record<string, string>> {
  const checked = readPublicKey(spki)
  if (!checked.ok) throw new TypeError(`The key cannot stand in a bundle: ${checked.reason}.`)
  const jwk: Readonly<Record<string, unknown>> = { ...checked.key.export({ format: 'jwk' }) }
  const parameters: Record<string, string> = {}
  for (const name of PARAMETERS[String(jwk['kty'])] ?? []) parameters[name] = String(jwk[name])
  return parameters
}
