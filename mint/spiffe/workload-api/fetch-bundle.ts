import { Buffer } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { request, type RequestOptions } from 'node:https'
import type { LookupFunction } from 'node:net'
import { BUNDLE_CHARACTERS_MAX, parseBundle, refuse, type Bundle, type Checked, type SpiffeId, type TrustDomain } from '@mintmark/spiffe'
import { authorizeId } from './authorize.ts'
import { verifyingOptions } from './tls.ts'

/** How a bundle endpoint proves itself (rules 20 and 21). */
export type BundleEndpoint =
  | {
      readonly url: string
      readonly profile: 'https_web'
      /** Further roots of the Web PKI, PEM; those of the system and of Node when absent. */
      readonly certificateAuthorities?: readonly string[]
    }
  | {
      readonly url: string
      readonly profile: 'https_spiffe'
      readonly endpointSpiffeId: SpiffeId
      /** The newest stored bundle of the endpoint's trust domain (at first the bootstrap one). */
      readonly endpointBundle: Bundle
    }

/** Whose bundle is fetched, and within which limits. Nothing is inferred from anything else (rule 22). */
export interface BundleFetch {
  readonly trustDomain: TrustDomain
  readonly endpoint: BundleEndpoint
  /** For the whole fetch, redirects included; 30,000 by default. */
  readonly timeoutMs?: number
  /** Of the answer; 4 MiB by default. */
  readonly bytesMax?: number
  readonly signal?: AbortSignal
  /** Asked for every URL, redirects included. @returns why it may not be fetched */
  readonly checkUrl?: (url: URL) => string | undefined
  /** Resolves host names; where addresses are to be kept out, the place to do it. */
  readonly lookup?: LookupFunction
}

const TIMEOUT_MS = 30_000
/** Redirects that are followed. */
const REDIRECTS_MAX = 5
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Fetches a foreign trust domain's bundle from its endpoint. Redirects are followed with validation afresh and never remembered:
 * the next poll starts at the endpoint's own URL again. Nothing is thrown: an endpoint that lies, loops or stalls is refused with the reason.
 *
 * @returns the bundle and the document as it was sent
 */
export async function fetchBundle(fetch: BundleFetch): Promise<Checked<{ bundle: Bundle; document: string }>> {
  const deadline = AbortSignal.timeout(fetch.timeoutMs ?? TIMEOUT_MS)
  const signal = fetch.signal === undefined ? deadline : AbortSignal.any([deadline, fetch.signal])
  let url = fetch.endpoint.url
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const checked = checkEndpointUrl(url)
    if (!checked.ok) return checked
    const problem = fetch.checkUrl?.(checked.url)
    if (problem !== undefined) return refuse(problem)
    const answer = await get(checked.url, fetch, signal).catch((error: unknown) => {
      return refuse(deadline.aborted ? 'bundle endpoint did not answer in time' : `bundle endpoint cannot be reached: ${sentenceOf(error)}`)
    })
    if (!answer.ok) return answer
    if (answer.location === undefined) {
      const parsed = parseBundle(fetch.trustDomain, answer.text)
      return parsed.ok ? { ok: true, bundle: parsed.bundle, document: answer.text } : parsed
    }
    url = URL.parse(answer.location, checked.url)?.href ?? ''
  }
  return refuse(`bundle endpoint redirected more than ${REDIRECTS_MAX} times`)
}

/** Whether a URL may be a bundle endpoint's: https, a host, no user name or password (rule 20). */
export function checkEndpointUrl(text: string): Checked<{ url: URL }> {
  const url = URL.parse(text)
  if (url === null) return refuse('URL of the bundle endpoint is none')
  if (url.protocol !== 'https:') return refuse('URL of the bundle endpoint is not https')
  if (url.username !== '' || url.password !== '') return refuse('URL of the bundle endpoint holds a user name or password')
  return { ok: true, url }
}

type Answer = Checked<{ text: string; location?: string }>

function get(url: URL, fetch: BundleFetch, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      ...tlsOptionsFor(fetch),
      method: 'GET',
      headers: { accept: 'application/json' },
      // A connection of its own each time, so that TLS is validated each time.
      agent: false,
      signal,
      ...(fetch.lookup && { lookup: fetch.lookup }),
    })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      readAnswer(response, fetch.bytesMax ?? BUNDLE_CHARACTERS_MAX)
        .then(resolve, reject)
        .finally(() => outgoing.destroy())
    })
    outgoing.end()
  })
}

function tlsOptionsFor({ endpoint }: BundleFetch): RequestOptions {
  if (endpoint.profile === 'https_web') {
    return { minVersion: 'TLSv1.2', ...(endpoint.certificateAuthorities && { ca: [...endpoint.certificateAuthorities] }) }
  }
  const { endpointBundle, endpointSpiffeId } = endpoint
  const trust = {
    bundles: () => [endpointBundle],
    bundleOf: (trustDomain: TrustDomain) => (trustDomain === endpointBundle.trustDomain ? endpointBundle : undefined),
  }
  return verifyingOptions(trust, authorizeId(endpointSpiffeId))
}

async function readAnswer(response: IncomingMessage, bytesMax: number): Promise<Answer> {
  const { statusCode = 0, headers } = response
  if (REDIRECT_STATUSES.has(statusCode)) {
    return headers.location === undefined ? refuse('bundle endpoint redirects to nowhere') : { ok: true, text: '', location: headers.location }
  }
  if (statusCode !== 200) return refuse(`bundle endpoint answered with status ${statusCode}`)
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.length
    if (bytes > bytesMax) return refuse(`bundle endpoint sent more than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)) }
  } catch {
    return refuse('bundle endpoint sent what is not UTF-8')
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
