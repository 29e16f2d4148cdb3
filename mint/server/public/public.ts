import { formatOidcKeys } from '@mintmark/spiffe'
import type { TrustFeed } from '../bundles/trust.ts'

/** Answers for the endpoints that everybody may ask. */
export type PublicHandler = (request: Request) => Response | undefined

/** What the endpoints are made of. */
export interface PublicDependencies {
  readonly trust: TrustFeed
  /** Base URL without a slash at its end. */
  readonly publicUrl: string
  /** `iss` of tokens; absent: tokens have none, and there is no discovery. */
  readonly issuer: string | undefined
  /** Further hosts that requests may name. */
  readonly hosts: readonly string[]
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
const SHARED_HEADERS = { 'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff' }

/**
 * `…/bundle` (SPIFFE bundle, rule 20), `…/jwks` (keys for OIDC, `use: sig`) and `…/.well-known/openid-configuration` (rules 41 to 43) below the public URL.
 *
 * @returns undefined for a path of somebody else
 */
export function createPublicHandler({ trust, publicUrl, issuer, hosts }: PublicDependencies): PublicHandler {
  const base = new URL(publicUrl)
  const prefix = base.pathname.replace(/\/$/, '')
  const allowed = new Set([base.hostname, ...LOOPBACK, ...hosts].map((host) => host.toLowerCase()))
  return (request) => {
    const { pathname, hostname } = new URL(request.url)
    if (!pathname.startsWith(`${prefix}/`)) return undefined
    const answer = documentFor(pathname.slice(prefix.length), trust, publicUrl, issuer)
    if (answer === undefined) return undefined
    // A name that was made to point here (DNS rebinding) is not ours, and no issuer of ours is reached by it.
    if (!allowed.has(hostOf(request, hostname))) return plain(421, 'This host is not served here.')
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: { ...SHARED_HEADERS, 'access-control-allow-methods': 'GET, HEAD' } })
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Only GET is answered here.')
    return answer
  }
}

function documentFor(path: string, trust: TrustFeed, publicUrl: string, issuer: string | undefined): Response | undefined {
  switch (path) {
    case '/bundle':
      return json(trust.current().documents[0]?.document ?? '{"keys":[]}')
    case '/jwks':
    case '/keys':
      return json(formatOidcKeys(trust.current().own))
    case '/.well-known/openid-configuration':
      if (issuer === undefined) return plain(404, 'Tokens of this trust domain have no issuer.')
      return trust.current().own.jwtAuthorities.length === 0
        ? plain(501, 'The trust domain has no keys for tokens.')
        : json(discovery(issuer, publicUrl, trust))
    default:
      return undefined
  }
}

/** What AWS, Azure and Google read of a discovery document, and what AWS was reported to want beside it (rule 41). */
function discovery(issuer: string, publicUrl: string, trust: TrustFeed): string {
  const algorithms = new Set(trust.current().own.jwtAuthorities.map(({ algorithm }) => algorithm ?? 'ES256'))
  return JSON.stringify({
    issuer,
    jwks_uri: `${publicUrl}/jwks`,
    authorization_endpoint: '',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...algorithms].toSorted(),
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat'],
    scopes_supported: ['openid'],
  })
}

function hostOf(request: Request, hostname: string): string {
  const header = request.headers.get('host')
  if (header === null) return hostname.toLowerCase()
  return header.replace(/:\d+$/, '').toLowerCase()
}

function json(document: string): Response {
  return new Response(document, { headers: { ...SHARED_HEADERS, 'content-type': 'application/json', 'cache-control': 'no-store' } })
}

function plain(status: number, words: string): Response {
  return new Response(`${words}\n`, { status, headers: { ...SHARED_HEADERS, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' } })
}
