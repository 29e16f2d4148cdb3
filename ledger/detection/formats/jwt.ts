import type { Attributes } from '@mintmark/contract/scan'
import { charClass, type Found, type FormatRule, type Reading } from '../rule.ts'

/** Longest token that is read; longer ones exceed what servers accept in a header. */
const TOKEN_CHARS_MAX = 16 * 1024
const ATTRIBUTE_CHARS_MAX = 256

const BASE64URL = charClass('A-Za-z0-9_=-')

/** Base64url of `{"` and one of the letters that header fields begin with, and of a header with blanks. */
const ANCHORS = ['eyJh', 'eyJ0', 'eyJr', 'eyJl', 'eyJ4', 'eyJq', 'eyJj', 'eyJ6', 'eyJi', 'eyJ1', 'eyJw', 'eyAi', 'ewog', 'ewoJ']

/** JSON Web Tokens, with those of Kubernetes service accounts as a kind of their own. */
export const jsonWebTokens: readonly FormatRule[] = [
  {
    id: 'json-web-token',
    kind: 'jwt',
    provider: 'JWT',
    anchors: ANCHORS,
    pattern: /(?<![\w.%-])(e[yw][\w-]{14,3000}={0,2})\.(?=[\w-])/y,
    edges: 'open',
    read: readToken,
    source: { page: 'RFC 7519, RFC 7515 and RFC 7516', licence: 'facts' },
  },
]

function readToken({ leaf, match, start, end }: Found): Reading | undefined {
  const header = parseObject(match[1] ?? '')
  if (header === undefined || typeof header.alg !== 'string') return undefined
  const segments: string[] = []
  let at = end
  const limit = Math.min(leaf.text.length, start + TOKEN_CHARS_MAX)
  for (;;) {
    const from = at
    while (at < limit && BASE64URL[leaf.text.charCodeAt(at)] === 1) at++
    segments.push(leaf.text.slice(from, at))
    if (segments.length === 4 || leaf.text[at] !== '.' || at >= limit) break
    at++
  }
  if (segments.length === 4) return readEncrypted(header, start, at, leaf.text)
  const claims = parseObject(segments[0] ?? '')
  if (claims === undefined || segments.length < 2) return undefined
  const signature = segments[1] ?? ''
  // A full stop after the second segment ends a sentence and not the token.
  const stop = segments.length === 2 ? at : start + (match[1] ?? '').length + 1 + (segments[0] ?? '').length + 1 + signature.length
  if (signature === '' && header.alg !== 'none') return undefined
  return { start, end: stop, canonical: leaf.text.slice(start, stop), ...describeClaims(header, claims) }
}

function readEncrypted(header: Record<string, unknown>, start: number, end: number, text: string): Reading | undefined {
  if (typeof header.enc !== 'string' || header.enc.length > 32) return undefined
  return {
    start,
    end,
    canonical: text.slice(start, end),
    confidence: 'exact',
    attributes: short({ alg: header.alg, enc: header.enc, kid: header.kid }),
    reasons: ['An encrypted JSON Web Token; its claims cannot be read'],
  }
}

function describeClaims(header: Record<string, unknown>, claims: Record<string, unknown>): Reading {
  const attributes = short({ alg: header.alg, kid: header.kid, iss: claims.iss, sub: claims.sub, aud: audienceOf(claims.aud), role: claims.role })
  const expiresAt = instantOf(claims.exp)
  const createdAt = instantOf(claims.iat)
  const times = { ...(createdAt === undefined ? {} : { createdAt }), ...(expiresAt === undefined ? {} : { expiresAt }) }
  const id = typeof claims.jti === 'string' && claims.jti !== '' ? { publicId: claims.jti.slice(0, ATTRIBUTE_CHARS_MAX) } : {}
  const expiry = expiresAt === undefined ? 'It never expires' : `It expires at ${expiresAt}`
  const account = serviceAccountOf(claims)
  if (account !== undefined) {
    const isLegacy = account.form === 'legacy'
    return {
      kind: 'kubernetes-service-account-token',
      provider: 'Kubernetes',
      confidence: 'exact',
      ...id,
      ...times,
      attributes: { ...attributes, ...account },
      reasons: [`A ${isLegacy ? 'legacy token' : 'bound token'} of a Kubernetes service account, by its claims`, expiry],
    }
  }
  return {
    confidence: 'exact',
    ...id,
    ...times,
    attributes,
    reasons: ['A JSON Web Token: header and claims were decoded', header.alg === 'none' ? 'It carries no signature' : expiry],
  }
}

/** Namespace and name of the service account that a token belongs to. */
function serviceAccountOf(claims: Record<string, unknown>): Attributes | undefined {
  if (claims.iss === 'kubernetes/serviceaccount') {
    return short({
      form: 'legacy',
      namespace: claims['kubernetes.io/serviceaccount/namespace'],
      serviceAccount: claims['kubernetes.io/serviceaccount/service-account.name'],
      secret: claims['kubernetes.io/serviceaccount/secret.name'],
    })
  }
  const bound = claims['kubernetes.io']
  if (isRecord(bound))
    return short({ form: 'bound', namespace: bound.namespace, serviceAccount: isRecord(bound.serviceaccount) ? bound.serviceaccount.name : undefined })
  if (typeof claims.sub === 'string' && claims.sub.startsWith('system:serviceaccount:')) {
    const [, , namespace, serviceAccount] = claims.sub.split(':')
    return short({ form: 'bound', namespace, serviceAccount })
  }
  return undefined
}

function audienceOf(aud: unknown): unknown {
  return Array.isArray(aud)
    ? aud
        .filter((one) => typeof one === 'string')
        .slice(0, 4)
        .join(' ')
    : aud
}

/** Texts among the fields, cut to the length of an attribute. */
function short(fields: Record<string, unknown>): Attributes {
  const attributes: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) if (typeof value === 'string' && value !== '') attributes[name] = value.slice(0, ATTRIBUTE_CHARS_MAX)
  return attributes
}

function parseObject(segment: string): Record<string, unknown> | undefined {
  if (segment.length < 8 || segment.length > TOKEN_CHARS_MAX) return undefined
  try {
    const parsed: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    return isRecord(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Seconds since 1970 as an instant; years outside 1990 to 2200 are no dates. */
function instantOf(seconds: unknown): string | undefined {
  if (typeof seconds !== 'number' || !(seconds > 631_152_000) || !(seconds < 7_258_118_400)) return undefined
  return new Date(Math.floor(seconds) * 1_000).toISOString()
}
