import { Buffer } from 'node:buffer'
import type { Signer, SpiffeId } from './model.ts'

/** What is to stand in a JWT-SVID. */
export interface JwtSvidFields {
  readonly id: SpiffeId
  /** At least one. A single value is written as a list, too, as SPIRE does. */
  readonly audience: readonly string[]
  /** Whole seconds count; `iat` and `exp` have no more. */
  readonly issuedAt: Date
  readonly expiresAt: Date
  readonly keyId: string
  readonly signer: Signer
  readonly issuer?: string
  /** Makes the token unique, which forbids caching it. */
  readonly jti?: string
  /** Further claims; the ones above cannot be overridden. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Header segments by algorithm and key: all tokens of a key share theirs. */
const headers = new Map<string, string>()
const HEADERS_MAX = 256

/** Claims that only the fields of {@link JwtSvidFields} set. */
export const RESERVED_CLAIMS: ReadonlySet<string> = new Set(['sub', 'aud', 'exp', 'iat', 'iss', 'jti', 'nbf'])

/**
 * Signs a JWT-SVID (JWT-SVID.md sections 2 and 3): compact form, header of `alg`, `kid` and `typ` only (rules 13, 14).
 *
 * @returns the token, at once when the signer is local
 * @throws RangeError without an audience, or when the token would expire before it is issued
 */
export function signJwtSvid(fields: JwtSvidFields): string | Promise<string> {
  const { signer } = fields
  if (fields.audience.length === 0 || fields.audience.includes('')) throw new RangeError('A JWT-SVID has at least one audience, and none is empty.')
  if (!(fields.expiresAt > fields.issuedAt)) throw new RangeError('A JWT-SVID expires after it is issued.')
  const input = `${headerOf(signer.algorithm, fields.keyId)}.${Buffer.from(payloadOf(fields), 'utf8').toString('base64url')}`
  const signature = signer.sign(Buffer.from(input, 'latin1'), 'token')
  if (signature instanceof Promise) return signature.then((bytes) => `${input}.${base64url(bytes)}`)
  return `${input}.${base64url(signature)}`
}

function payloadOf(fields: JwtSvidFields): string {
  // The ID needs no escaping: none of its characters has a meaning in JSON.
  let text = `{"sub":"${fields.id}","aud":${JSON.stringify(fields.audience)},"exp":${seconds(fields.expiresAt)},"iat":${seconds(fields.issuedAt)}`
  if (fields.issuer !== undefined) text += `,"iss":${JSON.stringify(fields.issuer)}`
  if (fields.jti !== undefined) text += `,"jti":${JSON.stringify(fields.jti)}`
  for (const [name, value] of Object.entries(fields.claims ?? {})) {
    const json: string | undefined = RESERVED_CLAIMS.has(name) ? undefined : JSON.stringify(value)
    if (json !== undefined) text += `,${JSON.stringify(name)}:${json}`
  }
  return `${text}}`
}

function headerOf(algorithm: string, keyId: string): string {
  const name = `${algorithm} ${keyId}`
  const known = headers.get(name)
  if (known !== undefined) return known
  const header = Buffer.from(`{"alg":"${algorithm}","kid":${JSON.stringify(keyId)},"typ":"JWT"}`, 'utf8').toString('base64url')
  if (headers.size >= HEADERS_MAX) headers.clear()
  headers.set(name, header)
  return header
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}
