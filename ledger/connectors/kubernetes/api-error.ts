import { UserError } from '@mintmark/ledger/model'
import type { Connection } from './kubeconfig/connection.ts'

/** Why a request did not end in an answer that can be used. */
export type ApiErrorReason =
  /** 401: who we are is not accepted. */
  | 'unauthorized'
  /** 403: what we ask for is not granted. */
  | 'denied'
  | 'not-found'
  /** 410: the state that we asked to go on from is no longer kept. */
  | 'gone'
  /** 429, 5xx: the server says that another time is better. */
  | 'busy'
  /** The connection broke, or nothing came for too long. */
  | 'network'
  | 'stalled'
  /** The certificate of the server, or of the client, is refused. */
  | 'tls'
  /** The answer is not what Kubernetes answers. */
  | 'protocol'

/** A failed request. The message never holds anything of a body, which could hold values. */
export class ApiError extends Error {
  readonly reason: ApiErrorReason
  readonly retryAfterMs: number | undefined
  /** For `gone`: where an inconsistent list may go on. */
  readonly continueToken: string | undefined
  /** What to do, where it is not what is usual for the reason. */
  readonly remedy: string | undefined

  constructor(
    reason: ApiErrorReason,
    message: string,
    more: { readonly retryAfterMs?: number | undefined; readonly continueToken?: string | undefined; readonly remedy?: string; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause })
    this.name = 'ApiError'
    this.reason = reason
    this.retryAfterMs = more.retryAfterMs
    this.continueToken = more.continueToken
    this.remedy = more.remedy
  }

  /** True when the same request may succeed a little later. */
  get isPassing(): boolean {
    return this.reason === 'busy' || this.reason === 'network' || this.reason === 'stalled'
  }
}

const TLS_SENTENCES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'The certificate of the API server has expired',
  CERT_NOT_YET_VALID: 'The certificate of the API server is not valid yet; check the clock of this machine',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate of the API server is signed by itself, not by the authority in the kubeconfig',
  SELF_SIGNED_CERT_IN_CHAIN: 'The certificate of the API server is signed by an authority that the kubeconfig does not name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The certificate of the API server is signed by an authority that the kubeconfig does not name',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'The certificate of the API server is signed by an authority that the kubeconfig does not name',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate of the API server is for another name than its address',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'The API server does not know the authority of the client certificate',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'The API server asks for a client certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'The API server says that the client certificate has expired',
  ERR_SSL_WRONG_VERSION_NUMBER: 'The API server answers without TLS on this port',
}

const NETWORK_SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was dropped',
  EPIPE: 'the connection was dropped',
  ETIMEDOUT: 'nothing answers',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up now',
}

/** Whom a request was for, in messages. */
export interface Peer {
  readonly name: string
  readonly host: string
  /** What to do when it cannot be reached or trusted, where that is not the usual. */
  readonly remedy?: string
}

/** Names what went wrong below HTTP. */
export function toApiError(error: unknown, { name, host, remedy }: Peer): ApiError {
  if (error instanceof ApiError) return error
  const more = { cause: error, ...(remedy === undefined ? {} : { remedy }) }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'ERR_PROXY_TUNNEL') return new ApiError('network', `The ${name} at ${host} cannot be reached: the proxy opens no tunnel to it`, more)
  const tls =
    TLS_SENTENCES[code] ??
    (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code.includes('CERT') ? `TLS with the API server failed (${code})` : undefined)
  if (tls !== undefined) return new ApiError('tls', tls.replace('API server', name), more)
  const why = NETWORK_SENTENCES[code] ?? (code === '' ? 'the connection was dropped' : code)
  return new ApiError('network', `The ${name} at ${host} cannot be reached: ${why}`, more)
}

/** The same for the person who started the scan: what happened, and what to do. */
export function toUserError(error: ApiError, connection: Connection): UserError {
  return new UserError(`kubernetes-${error.reason}`, error.message, adviseOn(error, connection), { cause: error })
}

/** One sentence about what to change. */
export function adviseOn(error: ApiError, connection: Connection): string {
  if (error.remedy !== undefined) return error.remedy
  switch (error.reason) {
    case 'unauthorized':
      return connection.credentials.advice
    case 'denied':
      return `Grant it to ${connection.credentials.name === '' ? 'the user' : connection.credentials.name}: the ClusterRole spirl-ledger-scanner holds everything that a scan needs`
    case 'tls':
      return 'Correct certificate-authority-data, tls-server-name or the client certificate in the kubeconfig'
    case 'network':
    case 'stalled':
      return `Check that ${connection.server.host} is the right address and can be reached from here (VPN, firewall); try kubectl version`
    case 'busy':
      return 'Try again later; the API server is overloaded or starting'
    case 'not-found':
    case 'gone':
    case 'protocol':
      return `Check that ${connection.server.href} is a Kubernetes API server of version 1.21 or newer`
  }
}
