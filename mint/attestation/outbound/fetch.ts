import { lookup } from 'node:dns'
import { request as open, type RequestOptions } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { rootCertificates, type ConnectionOptions } from 'node:tls'
import type { AddressGuard } from './addresses.ts'

/** Bounds of one request. */
export interface OutboundLimits {
  readonly bytesMax: number
  /** Milliseconds for everything: names, connection, body. */
  readonly msMax: number
}

/** What a server elsewhere answered. */
export interface OutboundAnswer {
  readonly status: number
  readonly body: Buffer
  /** Where it wants us to go, for redirects; followed by nobody here. */
  readonly location: string | undefined
}

/** Fetches a URL that somebody has configured. https only; no proxy; no redirects; nothing inside the network unless it is allowed. */
export type OutboundFetch = (url: URL, limits: OutboundLimits, tls?: OutboundTls, send?: OutboundSend) => Promise<OutboundAnswer>

/** A JSON document to send by POST, with a credential of our own; without one a URL is read by GET. */
export interface OutboundSend {
  readonly json: string
  /** For header Authorization; goes to the URL's own host alone, because redirects are not followed. */
  readonly bearer: string
}

/** TLS of one request, where the usual authorities do not decide. */
export type OutboundTls = Pick<ConnectionOptions, 'ca' | 'checkServerIdentity' | 'rejectUnauthorized' | 'servername'> & {
  /** Looks at the certificates that the server has shown, before anything of its answer is used. Throws to refuse. */
  readonly verify?: (certificates: readonly Uint8Array[]) => void
}

/** Why nothing came back: a sentence without the URL's user, query or body. */
export class OutboundError extends Error {
  constructor(happened: string, options?: { readonly cause?: unknown }) {
    super(happened, options)
    this.name = 'OutboundError'
  }
}

/**
 * Addresses are checked when the connection is made, on the very address that is connected to: a name that changes between a check and a connection gains nothing.
 *
 * @param supplementalRoots PEM of authorities that are trusted beside the well-known ones
 */
export function createOutboundFetch(guard: AddressGuard, supplementalRoots?: string): OutboundFetch {
  const roots = supplementalRoots === undefined ? {} : { ca: [...rootCertificates, supplementalRoots] }
  return async (url, limits, tls = {}, send) => {
    if (url.protocol !== 'https:') throw new OutboundError(`${url.origin} is not https`)
    if (url.username !== '' || url.password !== '') throw new OutboundError('the URL holds a user name')
    const host = url.hostname.replaceAll(/[[\]]/g, '')
    if (isIP(host) !== 0 && !guard.allowsHost(host) && !guard.allowsAddress(host)) throw inside(host)
    return request(url, limits, { ...roots, ...tls }, guardedLookup(guard), send)
  }
}

function guardedLookup(guard: AddressGuard): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, [])
        return
      }
      const addresses = guard.allowsHost(host) ? found : found.filter(({ address }) => guard.allowsAddress(address))
      const [first] = addresses
      if (first === undefined) callback(inside(host), [])
      else if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

function inside(host: string): OutboundError {
  return new OutboundError(`${host} lies inside the network; allow it in the server's settings when that is meant (MINTMARK_OUTBOUND_ALLOWED)`)
}

async function request(
  url: URL,
  { bytesMax, msMax }: OutboundLimits,
  { verify, ...tls }: OutboundTls,
  guarded: LookupFunction,
  send: OutboundSend | undefined,
): Promise<OutboundAnswer> {
  const ended = new AbortController()
  const late = setTimeout(() => ended.abort(), msMax)
  try {
    return await new Promise((resolve, reject) => {
      // A connection of its own for each request: what was verified is what answers.
      const options: RequestOptions = {
        ...tls,
        lookup: guarded,
        agent: false,
        signal: ended.signal,
        ...methodOf(send),
        maxHeaderSize: 16_384,
      }
      const sent = open(url, options, (response) => {
        const parts: Buffer[] = []
        let bytes = 0
        response.on('data', (part: Buffer) => {
          bytes += part.length
          if (bytes <= bytesMax) parts.push(part)
          else response.destroy(new OutboundError(`the answer of ${url.host} is larger than ${bytesMax} bytes`))
        })
        response.once('error', reject)
        response.once('close', () => reject(new OutboundError(`${url.host} closed the connection before its answer was whole`)))
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts), location: response.headers.location }))
      })
      sent.on('error', reject)
      if (verify !== undefined) sent.once('socket', (socket) => socket.once('secureConnect', () => verifyPeer(socket, verify, sent)))
      sent.end(send?.json)
    })
  } catch (error) {
    if (error instanceof OutboundError) throw error
    if (ended.signal.aborted) throw new OutboundError(`${url.host} did not answer within ${msMax} ms`)
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new OutboundError(`${url.host} cannot be reached (${code === '' ? describe(error) : code})`, { cause: error })
  } finally {
    clearTimeout(late)
  }
}

function methodOf(send: OutboundSend | undefined): Pick<RequestOptions, 'method' | 'headers'> {
  if (send === undefined) return { method: 'GET', headers: { accept: 'application/json' } }
  const headers = { accept: 'application/json', authorization: `Bearer ${send.bearer}`, 'content-type': 'application/json' }
  return { method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(send.json) } }
}

/** A refusal destroys the request, so nothing of the answer is ever read. */
function verifyPeer(socket: object, verify: (certificates: readonly Uint8Array[]) => void, sent: { destroy(error: Error): unknown }): void {
  try {
    verify(peerCertificates(socket))
  } catch (error) {
    sent.destroy(error instanceof OutboundError ? error : new OutboundError(describe(error)))
  }
}

const CHAIN_MAX = 10

function peerCertificates(socket: object): readonly Uint8Array[] {
  if (!('getPeerCertificate' in socket) || typeof socket.getPeerCertificate !== 'function') return []
  const certificates: Uint8Array[] = []
  let next: unknown = socket.getPeerCertificate(true)
  while (certificates.length < CHAIN_MAX && typeof next === 'object' && next !== null && 'raw' in next && next.raw instanceof Uint8Array) {
    certificates.push(next.raw)
    const issuer: unknown = 'issuerCertificate' in next ? next.issuerCertificate : undefined
    if (issuer === next) break
    next = issuer
  }
  return certificates
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}
