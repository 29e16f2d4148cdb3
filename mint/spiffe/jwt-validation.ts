import { Buffer } from 'node:buffer'
import { constants, verify } from 'node:crypto'
import { refuse, type Checked } from './checked.ts'
import { isJwtAlgorithm, JWT_ALGORITHMS, keyOfAuthority } from './jwk.ts'
import type { Bundle, JwtAlgorithm, SpiffeId, TrustDomain } from './model.ts'
import { parseSpiffeId } from './spiffe-id.ts'
import { isRecord, parseStrictJson } from './strict-json.ts'

/** Largest token that is looked at, in characters. */
export const TOKEN_CHARACTERS_MAX = 64 * 1024
/** How far clocks may be apart unless the caller says otherwise. */
export const LEEWAY_SECONDS = 30

/** Against what a JWT-SVID is validated. */
export interface JwtValidation {
  /** Bundles by trust domain; undefined for one that is not trusted. */
  readonly bundleOf: (trustDomain: TrustDomain) => Bundle | undefined
  /** One's own name; with several, the token must carry at least one of them. */
  readonly audience: string | readonly string[]
  readonly now: Date
  readonly leewaySeconds?: number
}

/** A JWT-SVID whose form was read; its word counts for nothing yet. */
interface ReadToken {
  readonly algorithm: JwtAlgorithm
  readonly keyId: string
  readonly claims: Record<string, unknown>
  readonly signed: string
  readonly signature: Buffer
}

/**
 * Validates a JWT-SVID (JWT-SVID.md section 5, rules 13 to 15): algorithm first, then form, subject, key out of the bundle of the
 * subject's trust domain, signature, audience and dates. Never throws; reasons never quote the token.
 */
export function validateJwtSvid(
  token: string,
  validation: JwtValidation,
): Checked<{ id: SpiffeId; claims: Record<string, unknown>; audience: readonly string[]; expiresAt: Date }> {
  const read = readToken(token)
  if (!read.ok) return read
  const subject = read.claims['sub']
  if (typeof subject !== 'string') return refuse('token has no subject')
  const identity = parseSpiffeId(subject)
  if (!identity.ok) return refuse(`token's subject is not a SPIFFE ID: ${identity.reason}`)
  const signature = checkSignature(read, identity.trustDomain, validation.bundleOf(identity.trustDomain))
  if (!signature.ok) return signature
  const dates = checkDates(read.claims, validation.now, validation.leewaySeconds ?? LEEWAY_SECONDS)
  if (!dates.ok) return dates
  const audience = readAudience(read.claims['aud'])
  if (audience === undefined) return refuse('token has no audience')
  const own = typeof validation.audience === 'string' ? [validation.audience] : validation.audience
  if (!own.some((name) => name !== '' && audience.includes(name))) return refuse('token is for another audience')
  return { ok: true, id: identity.id, claims: read.claims, audience, expiresAt: dates.expiresAt }
}

/**
 * Reads the claims of a token that came out of the Workload API, which has verified it already.
 * For anything that a stranger sent, {@link validateJwtSvid} is the only way.
 */
export function readJwtSvidUnverified(
  token: string,
): Checked<{ id: SpiffeId; audience: readonly string[]; claims: Record<string, unknown>; issuedAt?: Date; expiresAt: Date }> {
  const read = readToken(token)
  if (!read.ok) return read
  const identity = parseSpiffeId(typeof read.claims['sub'] === 'string' ? read.claims['sub'] : '')
  if (!identity.ok) return refuse(`token's subject is not a SPIFFE ID: ${identity.reason}`)
  const audience = readAudience(read.claims['aud'])
  if (audience === undefined) return refuse('token has no audience')
  const expiresAt = readDate(read.claims['exp'])
  if (expiresAt === undefined) return refuse('token has no date of expiry')
  const issuedAt = readDate(read.claims['iat'])
  return { ok: true, id: identity.id, audience, claims: read.claims, expiresAt, ...(issuedAt && { issuedAt }) }
}

const BASE64URL = /^[A-Za-z0-9_-]+$/

function readToken(token: string): Checked<ReadToken> {
  if (token.length > TOKEN_CHARACTERS_MAX) return refuse(`token is longer than ${TOKEN_CHARACTERS_MAX} characters`)
  const segments = token.split('.', 4)
  const [header = '', payload = '', signature = ''] = segments
  if (segments.length !== 3 || !segments.every((segment) => BASE64URL.test(segment))) return refuse('token is not a JWS in compact form')
  const signatureBytes = Buffer.from(signature, 'base64url')
  // The last letter can carry bits that mean nothing: one signature must not have two spellings.
  if (signatureBytes.toString('base64url') !== signature) return refuse('token is not a JWS in compact form')
  const head = readSegment(header)
  if (!head.ok) return refuse(`token's header ${head.reason}`)
  const named = readHeader(head.record)
  if (!named.ok) return named
  const body = readSegment(payload)
  if (!body.ok) return refuse(`token's payload ${body.reason}`)
  return { ...named, claims: body.record, signed: `${header}.${payload}`, signature: signatureBytes }
}

function readHeader(header: Record<string, unknown>): Checked<{ algorithm: JwtAlgorithm; keyId: string }> {
  const { alg, kid, typ, ...others } = header
  if (!isJwtAlgorithm(alg)) return refuse('token is signed with an algorithm that a JWT-SVID may not have')
  if (typ !== undefined && typ !== 'JWT' && typ !== 'JOSE') return refuse("token's type is neither JWT nor JOSE")
  if (Object.keys(others).length > 0) return refuse("token's header holds more than alg, kid and typ")
  if (typeof kid !== 'string' || kid === '') return refuse('token has no key id')
  return { ok: true, algorithm: alg, keyId: kid }
}

function readSegment(segment: string): Checked<{ record: Record<string, unknown> }> {
  const bytes = Buffer.from(segment, 'base64url')
  const parsed = parseStrictJson(new TextDecoder().decode(bytes))
  if (!parsed.ok) return parsed
  return isRecord(parsed.value) ? { ok: true, record: parsed.value } : refuse('is not an object')
}

function checkSignature(token: ReadToken, trustDomain: TrustDomain, bundle: Bundle | undefined): Checked<object> {
  if (bundle === undefined) return refuse(`there is no bundle for trust domain "${trustDomain}"`)
  if (bundle.trustDomain !== trustDomain) return refuse(`the bundle at hand is of another trust domain than "${trustDomain}"`)
  const authority = bundle.jwtAuthorities.find(({ keyId }) => keyId === token.keyId)
  if (authority === undefined) return refuse(`the bundle of trust domain "${trustDomain}" has no key of the token's key id`)
  const key = keyOfAuthority(authority)
  if (key === undefined) return refuse('the key of that id cannot be used')
  const rule = JWT_ALGORITHMS[token.algorithm]
  if (rule.kind !== key.kind || (authority.algorithm !== undefined && authority.algorithm !== token.algorithm)) {
    return refuse("token's algorithm does not fit the key")
  }
  const options =
    rule.kind === 'RSA'
      ? { key: key.key, ...(rule.isPss && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }) }
      : { key: key.key, dsaEncoding: 'ieee-p1363' as const }
  return isValid(rule.digest, token, options) ? { ok: true } : refuse("token's signature is wrong")
}

function isValid(digest: string, token: ReadToken, key: Parameters<typeof verify>[2]): boolean {
  try {
    return verify(digest, Buffer.from(token.signed, 'latin1'), key, token.signature)
  } catch {
    // OpenSSL refuses some malformed signatures by an error instead of an answer; both mean no.
    return false
  }
}

function checkDates(claims: Record<string, unknown>, now: Date, leewaySeconds: number): Checked<{ expiresAt: Date }> {
  const leewayMs = leewaySeconds * 1000
  const expiresAt = readDate(claims['exp'])
  if (expiresAt === undefined) return refuse('token has no date of expiry')
  if (now.getTime() > expiresAt.getTime() + leewayMs) return refuse(`token expired at ${expiresAt.toISOString()}`)
  for (const name of ['nbf', 'iat']) {
    if (claims[name] === undefined) continue
    const from = readDate(claims[name])
    if (from === undefined) return refuse(`token's ${name} is not a date`)
    if (now.getTime() < from.getTime() - leewayMs) return refuse(`token is from the future: its ${name} is ${from.toISOString()}`)
  }
  return { ok: true, expiresAt }
}

/** A NumericDate; what lies beyond the years that a Date can hold is none. */
function readDate(value: unknown): Date | undefined {
  if (typeof value !== 'number') return undefined
  const date = new Date(value * 1000)
  return Number.isNaN(date.getTime()) ? undefined : date
}

function readAudience(value: unknown): readonly string[] | undefined {
  const list = typeof value === 'string' ? [value] : value
  if (!Array.isArray(list) || list.length === 0) return undefined
  const names: string[] = []
  for (const name of list) {
    if (typeof name !== 'string') return undefined
    names.push(name)
  }
  return names
}
