import { OutboundError, type OutboundAnswer, type OutboundFetch, type OutboundTls } from '@mintmark/mint/attestation'
import { parseBundle, parseSpiffeId, parseTrustDomain, validateX509Svid, type Bundle, type TrustDomain } from '@mintmark/spiffe'
import type { FederationLinkRow } from '../ports.ts'

/** Redirects that are followed, and bounds of each answer. */
const REDIRECTS_MAX = 3
const LIMITS = { bytesMax: 2 * 1024 * 1024, msMax: 10_000 } as const

/** What polling one link came to: a new document, or one sentence that says what is wrong. */
export type Polled =
  | { readonly ok: true; readonly bundle: Bundle; readonly document: string; readonly status: number }
  | { readonly ok: false; readonly reason: string; readonly status?: number }

/** What polling needs. */
export interface FetchBundleDependencies {
  readonly fetch: OutboundFetch
  readonly now: () => Date
  /** Bundles of other trust domains, for endpoints that show an SVID of one of those. */
  readonly bundleOf: (trustDomain: TrustDomain) => Bundle | undefined
}

/**
 * Asks a bundle endpoint in the profile of its link (SPIFFE Federation section 5, rules 20 to 22). The trust domain's name is the link's, never the document's;
 * redirects are followed with TLS checked afresh, and never stored.
 */
export async function fetchBundle(link: FederationLinkRow, dependencies: FetchBundleDependencies): Promise<Polled> {
  const { endpoint } = link
  const foreign = parseTrustDomain(link.foreignTrustDomain)
  if (endpoint === undefined || !foreign.ok) return { ok: false, reason: 'The link has no endpoint.' }
  let answer: OutboundAnswer
  try {
    const tls = endpoint.profile === 'https_spiffe' ? spiffeTls(endpoint.endpointSpiffeId, link, dependencies) : {}
    answer = await follow(new URL(endpoint.url), tls, dependencies.fetch)
  } catch (error) {
    return { ok: false, reason: error instanceof OutboundError ? `${error.message}.` : 'The endpoint cannot be polled.' }
  }
  if (answer.status !== 200) return { ok: false, status: answer.status, reason: `The endpoint answered with status ${answer.status}.` }
  return readAnswer(answer, foreign.trustDomain, link)
}

async function follow(first: URL, tls: OutboundTls, fetch: OutboundFetch): Promise<OutboundAnswer> {
  let url = first
  for (let redirects = 0; ; redirects += 1) {
    const answer = await fetch(url, LIMITS, tls)
    if (answer.status < 300 || answer.status > 399 || answer.location === undefined) return answer
    if (redirects >= REDIRECTS_MAX) throw new OutboundError(`the endpoint redirects more than ${REDIRECTS_MAX} times`)
    if (!URL.canParse(answer.location, url.href)) throw new OutboundError('the endpoint redirects to something that is no URL')
    url = new URL(answer.location, url)
  }
}

function readAnswer({ status, body }: OutboundAnswer, trustDomain: TrustDomain, link: FederationLinkRow): Polled {
  let document: string
  try {
    document = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return { ok: false, status, reason: 'The answer is not UTF-8.' }
  }
  const parsed = parseBundle(trustDomain, document)
  if (!parsed.ok) return { ok: false, status, reason: `The answer is no bundle: ${parsed.reason}.` }
  const before = link.bundleDocument === undefined ? undefined : parseBundle(trustDomain, link.bundleDocument)
  const known = before?.ok === true ? before.bundle.sequence : undefined
  const { sequence } = parsed.bundle
  // Going back would bring keys back that were revoked. Whoever restores a trust domain from a backup makes the link anew.
  if (known !== undefined && sequence !== undefined && sequence < known) {
    return {
      ok: false,
      status,
      reason: `The bundle's sequence went back from ${known} to ${sequence}; when that is right, delete the link and create it again.`,
    }
  }
  return { ok: true, status, bundle: parsed.bundle, document }
}

/** The endpoint shows an X.509-SVID of the ID that the link names; Web PKI has no say. */
function spiffeTls(endpointSpiffeId: string, link: FederationLinkRow, { now, bundleOf }: FetchBundleDependencies): OutboundTls {
  const expected = parseSpiffeId(endpointSpiffeId)
  const bundleOfEndpoint = (trustDomain: TrustDomain): Bundle | undefined => {
    if (trustDomain !== link.foreignTrustDomain) return bundleOf(trustDomain)
    const own = link.bundleDocument === undefined ? undefined : parseBundle(trustDomain, link.bundleDocument)
    return own?.ok === true ? own.bundle : undefined
  }
  return {
    // What Node would check is replaced by `verify`, which runs before anything of the answer is read.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    verify: (certificates) => {
      if (!expected.ok) throw new OutboundError(`the SPIFFE ID of the endpoint is none: ${expected.reason}`)
      const validated = validateX509Svid(certificates, bundleOfEndpoint, now())
      if (!validated.ok) throw new OutboundError(`the endpoint's certificate is refused: ${validated.reason}`)
      if (validated.id !== expected.id) throw new OutboundError(`the endpoint is ${validated.id}, not ${expected.id}`)
    },
  }
}
