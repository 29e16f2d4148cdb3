import { refuse, type Checked } from './checked.ts'
import type { SpiffeId, TrustDomain } from './model.ts'

/** SPIFFE-ID section 2.3: implementations accept at least 2048 bytes and should not emit more. */
export const SPIFFE_ID_BYTES_MAX = 2048
/** SPIFFE-ID section 2.1: a trust domain name has at most 255 bytes. */
export const TRUST_DOMAIN_BYTES_MAX = 255

const SCHEME = 'spiffe://'
const TRUST_DOMAIN = /^[a-z0-9._-]+$/
const SEGMENT = /^[A-Za-z0-9._-]+$/

/**
 * Checks the bare name of a trust domain, such as `example.org`.
 * The specification calls the name case-insensitive; upper case is refused as go-spiffe does, so that equality stays equality of strings.
 *
 * @see SPIFFE-ID.md section 2.1
 */
export function parseTrustDomain(text: string): Checked<{ trustDomain: TrustDomain }> {
  if (text === '') return refuse('trust domain is missing')
  if (text.length > TRUST_DOMAIN_BYTES_MAX) return refuse(`trust domain is longer than ${TRUST_DOMAIN_BYTES_MAX} bytes`)
  if (!TRUST_DOMAIN.test(text)) return refuse('trust domain may hold only a-z, 0-9, ".", "-" and "_"')
  return { ok: true, trustDomain: asTrustDomain(text) }
}

/**
 * Checks a SPIFFE ID. Nothing is normalised: two IDs are equal exactly when their strings are.
 *
 * @returns the ID with its parts; `path` is empty for the ID of a trust domain and starts with `/` otherwise
 * @see SPIFFE-ID.md sections 2.1 to 2.4
 */
export function parseSpiffeId(text: string): Checked<{ id: SpiffeId; trustDomain: TrustDomain; path: string }> {
  if (text.length > SPIFFE_ID_BYTES_MAX) return refuse(`SPIFFE ID is longer than ${SPIFFE_ID_BYTES_MAX} bytes`)
  if (!text.startsWith(SCHEME)) return refuse('SPIFFE ID does not start with "spiffe://"')
  const pathStart = text.indexOf('/', SCHEME.length)
  const domain = parseTrustDomain(text.slice(SCHEME.length, pathStart === -1 ? undefined : pathStart))
  if (!domain.ok) return domain
  const path = pathStart === -1 ? '' : text.slice(pathStart)
  const problem = path === '' ? undefined : problemOfPath(path)
  if (problem !== undefined) return refuse(problem)
  return { ok: true, id: asSpiffeId(text), trustDomain: domain.trustDomain, path }
}

/**
 * The SPIFFE ID of a path within a trust domain. An empty path gives the ID of the trust domain itself.
 *
 * @param path starts with `/`; segments are checked, never escaped
 */
export function spiffeId(trustDomain: TrustDomain, path: string): Checked<{ id: SpiffeId }> {
  const problem = path === '' ? undefined : problemOfPath(path)
  if (problem !== undefined) return refuse(problem)
  const text = `${SCHEME}${trustDomain}${path}`
  if (text.length > SPIFFE_ID_BYTES_MAX) return refuse(`SPIFFE ID is longer than ${SPIFFE_ID_BYTES_MAX} bytes`)
  return { ok: true, id: asSpiffeId(text) }
}

/** The SPIFFE ID of the trust domain itself, such as `spiffe://example.org`. */
export function trustDomainId(trustDomain: TrustDomain): SpiffeId {
  return asSpiffeId(`${SCHEME}${trustDomain}`)
}

/** The trust domain that an ID belongs to. */
export function trustDomainOf(id: SpiffeId): TrustDomain {
  const end = id.indexOf('/', SCHEME.length)
  return asTrustDomain(id.slice(SCHEME.length, end === -1 ? undefined : end))
}

/** The path of an ID, with its leading slash; empty for the ID of a trust domain. */
export function pathOf(id: SpiffeId): string {
  const start = id.indexOf('/', SCHEME.length)
  return start === -1 ? '' : id.slice(start)
}

/** For text that was checked, or that is a part of what was. */
function asTrustDomain(text: string): TrustDomain {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where a name becomes a checked one; see above
  return text as TrustDomain
}

/** For text that was checked, or that was put together of checked parts. */
function asSpiffeId(text: string): SpiffeId {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where an ID becomes a checked one; see above
  return text as SpiffeId
}

function problemOfPath(path: string): string | undefined {
  if (!path.startsWith('/')) return 'path does not start with "/"'
  for (const segment of path.slice(1).split('/')) {
    if (segment === '') return 'path has an empty segment or a trailing slash'
    if (segment === '.' || segment === '..') return 'path has a dot segment'
    if (!SEGMENT.test(segment)) return 'a path segment may hold only letters, digits, ".", "-" and "_"'
  }
  return undefined
}
