import { request } from 'node:https'
import { ApiError, toApiError } from '../api-error.ts'
import { fieldsOf, listOf, optionalText } from '../objects/fields.ts'
import type { Fields } from '../objects/fields.ts'

/** Where tokens are renewed, and as which client. */
export interface IdentityProvider {
  readonly issuer: URL
  readonly clientId: string
  readonly clientSecret: string | undefined
  /** Authority of the provider's certificate; absent: those of the system. */
  readonly caPem: string | undefined
}

/** What a renewal gave. */
export interface RenewedTokens {
  readonly idToken: string
  /** Providers that rotate give another one, and the former no longer works. */
  readonly refreshToken: string | undefined
}

const ANSWER_BYTES_MAX = 1024 * 1024
const ANSWER_MS_MAX = 15_000
const PEER = 'identity provider'
const REMEDY = 'Check idp-issuer-url and idp-certificate-authority of the kubeconfig, and that the provider can be reached from here'
const DISCOVERY = '/.well-known/openid-configuration'

/**
 * Renews an id token (OpenID Connect Core 1.0, section 12), at the endpoint that the provider's configuration names (OpenID Connect Discovery 1.0).
 *
 * @throws ApiError `unauthorized` when the provider refuses, `network` and others when it cannot be asked
 */
export async function renewTokens(provider: IdentityProvider, refreshToken: string, signal: AbortSignal): Promise<RenewedTokens> {
  const { endpoint, takesBasic } = await discover(provider, signal)
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken })
  const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' }
  if (provider.clientSecret !== undefined && takesBasic) headers['authorization'] = `Basic ${basicOf(provider.clientId, provider.clientSecret)}`
  else {
    form.set('client_id', provider.clientId)
    if (provider.clientSecret !== undefined) form.set('client_secret', provider.clientSecret)
  }
  const { status, body } = await ask(provider, endpoint, { method: 'POST', headers, body: form.toString() }, signal)
  if (status !== 200) throw refusal(provider, status, body)
  const idToken = optionalText(body['id_token'])
  if (idToken === undefined) throw unusable(provider, 'renewed without an id token; the scope openid is missing from the login')
  return { idToken, refreshToken: optionalText(body['refresh_token']) }
}

/** RFC 6749 section 2.3.1: both parts are form-encoded before they are joined. */
function basicOf(clientId: string, clientSecret: string): string {
  const encoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
  return Buffer.from(`${encoded(clientId)}:${encoded(clientSecret)}`).toString('base64')
}

async function discover(provider: IdentityProvider, signal: AbortSignal): Promise<{ readonly endpoint: URL; readonly takesBasic: boolean }> {
  const issuer = provider.issuer.href.replace(/\/+$/, '')
  const { status, body } = await ask(provider, new URL(issuer + DISCOVERY), { method: 'GET', headers: {} }, signal)
  if (status !== 200) throw unusable(provider, `answered ${DISCOVERY} with status ${status}`)
  if (optionalText(body['issuer'])?.replace(/\/+$/, '') !== issuer) throw unusable(provider, 'names another issuer than idp-issuer-url')
  const address = optionalText(body['token_endpoint']) ?? ''
  const endpoint = URL.canParse(address) ? new URL(address) : undefined
  if (endpoint?.protocol !== 'https:') throw unusable(provider, 'names no token endpoint with TLS')
  const methods = listOf(body['token_endpoint_auth_methods_supported'])
  // Without a list the basic method is the one that every provider takes.
  return { endpoint, takesBasic: methods.length === 0 || methods.includes('client_secret_basic') }
}

interface Question {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

interface Answer {
  readonly status: number
  readonly body: Fields
}

/** Redirects are not followed: the question holds a credential. */
function ask(provider: IdentityProvider, url: URL, { method, headers, body }: Question, signal: AbortSignal): Promise<Answer> {
  const patience = AbortSignal.timeout(ANSWER_MS_MAX)
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      if (signal.aborted) return reject(error)
      const peer = { name: PEER, host: url.host, remedy: REMEDY }
      reject(
        patience.aborted ? new ApiError('stalled', `The ${PEER} at ${url.host} did not answer for ${ANSWER_MS_MAX / 1_000} s`, peer) : toApiError(error, peer),
      )
    }
    const sent = request(url, {
      method,
      agent: false,
      signal: AbortSignal.any([signal, patience]),
      headers: { accept: 'application/json', ...headers },
      ...(provider.caPem === undefined ? {} : { ca: provider.caPem }),
    })
    sent.on('error', fail)
    sent.on('response', (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('error', fail)
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > ANSWER_BYTES_MAX) response.destroy(unusable(provider, `answered with more than ${ANSWER_BYTES_MAX} bytes`))
        else chunks.push(chunk)
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks)) }))
    })
    sent.end(body)
  })
}

function parse(bytes: Buffer): Fields {
  try {
    return fieldsOf(JSON.parse(bytes.toString('utf8')))
  } catch {
    return {}
  }
}

function refusal({ issuer }: IdentityProvider, status: number, body: Fields): ApiError {
  if (status >= 500) return new ApiError('busy', `The identity provider at ${issuer.host} answered with status ${status}`)
  // Error codes are words of RFC 6749; anything else could be a quotation.
  const code = optionalText(body['error'])
  const why = code !== undefined && /^[a-z_]{1,40}$/.test(code) ? code : `status ${status}`
  return new ApiError('unauthorized', `The identity provider at ${issuer.host} does not renew the token (${why})`)
}

function unusable({ issuer }: IdentityProvider, what: string): ApiError {
  return new ApiError('unauthorized', `The identity provider at ${issuer.host} ${what}`)
}
