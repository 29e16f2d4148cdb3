import type { Agent, IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { ApiError, toApiError } from './api-error.ts'
import type { Peer } from './api-error.ts'
import type { Connection } from './kubeconfig/connection.ts'
import type { Proof } from './kubeconfig/proof.ts'
import { isFields, fieldsOf, optionalText } from './objects/fields.ts'

/** Taken as objects, because an import of all names of `node:http` would load the browser's kinds of request as well, which cost eight megabytes. */
const http = process.getBuiltinModule('node:http')
const https = process.getBuiltinModule('node:https')

/** Patience with a server, in milliseconds. Tests are less patient. */
export interface Timing {
  /** Nothing arrives for this long while we wait: the connection is given up. */
  readonly idleMsMax: number
  /** Attempts that bring nothing end after this time. */
  readonly retryMsMax: number
  readonly backoffMsMin: number
  readonly backoffMsMax: number
}

/** How patient a scan is. */
export const TIMING: Timing = { idleMsMax: 30_000, retryMsMax: 60_000, backoffMsMin: 200, backoffMsMax: 5_000 }

/** Connections for lists; watches have their own, one for each collection. */
const SOCKETS_MAX = 8
const KEEP_ALIVE_MS = 30_000
/** Bytes of an answer that is read as a whole: errors, versions, single small objects. */
const SMALL_BYTES_MAX = 4 * 1024 * 1024
const RETRY_AFTER_MS_MAX = 30_000

/** Query of a request; absent values are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>

/** How one answer is read. */
export interface StreamOptions {
  readonly signal: AbortSignal
  /** Another patience than that of lists: a watch may be silent for minutes. */
  readonly idleMsMax?: number
  readonly watch?: boolean
}

/** An API server that is asked for JSON. */
export interface ApiClient {
  readonly connection: Connection
  readonly timing: Timing
  /** The body of a 200 answer in pieces as they arrive. One attempt. @throws ApiError */
  stream(path: string, query: Query, options: StreamOptions): Promise<AsyncIterable<Buffer>>
  /** A small answer, parsed, with attempts repeated for `retryMsMax`, by default that of the timing. @throws ApiError */
  json(path: string, query: Query, signal: AbortSignal, retryMsMax?: number): Promise<unknown>
  close(): void
}

/** A client of one API server. Nothing is sent before the first request; {@link ApiClient.close} ends its connections. */
export function createApiClient(connection: Connection, timing: Timing = TIMING): ApiClient {
  const agents = createAgents(connection)
  const peer = peerOf(connection)

  const attempt = async (path: string, query: Query, options: StreamOptions, refused: boolean): Promise<IncomingMessage> => {
    const proof = await connection.credentials.proof(refused, options.signal)
    const agent = agents.of(proof, options.watch === true)
    const response = await send(connection, agent, proof, path + formatQuery(query), options, options.idleMsMax ?? timing.idleMsMax).catch((error: unknown) => {
      options.signal.throwIfAborted()
      throw toApiError(error, peer)
    })
    if (response.statusCode === 200) return response
    const error = await readFailure(response, timing.idleMsMax)
    // A credential may have been renewed behind our back: one more try with a fresh one.
    if (error.reason === 'unauthorized' && !refused) return attempt(path, query, options, true)
    throw error
  }
  const stream: ApiClient['stream'] = async (path, query, options) => {
    const response = await attempt(path, query, options, false)
    return readChunks(response, peer, options.idleMsMax ?? timing.idleMsMax, options.signal)
  }
  return {
    connection,
    timing,
    stream,
    json: (path, query, signal, retryMsMax = timing.retryMsMax) =>
      retrying({ ...timing, retryMsMax }, signal, async () => {
        const chunks: Buffer[] = []
        let bytes = 0
        for await (const chunk of await stream(path, query, { signal })) {
          bytes += chunk.length
          if (bytes > SMALL_BYTES_MAX) throw new ApiError('protocol', `The answer to ${path} is larger than ${SMALL_BYTES_MAX} bytes`)
          chunks.push(chunk)
        }
        return parseJson(Buffer.concat(chunks), path)
      }),
    close: () => agents.close(),
  }
}

/** A failure behind a proxy may be the proxy's. */
function peerOf({ server, proxy }: Connection): Peer {
  const host = proxy === undefined ? server.host : `${server.host} (through the proxy at ${proxy.host})`
  return { name: 'API server', host }
}

/** Repeats what fails for a passing reason, with growing pauses, until the time is over; at least once, because one silence can be longer than that. */
async function retrying<Result>(timing: Timing, signal: AbortSignal, run: () => Promise<Result>): Promise<Result> {
  const endMs = performance.now() + timing.retryMsMax
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await run()
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof ApiError) || !error.isPassing) throw error
      const pauseMs = backoffMs(timing, attempt, error.retryAfterMs)
      if (attempt > 0 && performance.now() + pauseMs > endMs) throw error
      await delay(pauseMs, undefined, { signal })
    }
  }
}

/** A pause that doubles with every attempt, spread so that many scanners do not return at the same moment. */
export function backoffMs(timing: Timing, attempt: number, retryAfterMs: number | undefined): number {
  const growing = Math.min(timing.backoffMsMax, timing.backoffMsMin * 2 ** Math.min(attempt, 16))
  return Math.max(retryAfterMs ?? 0, growing * (0.5 + Math.random() / 2))
}

interface Agents {
  of(proof: Proof, watch: boolean): Agent
  close(): void
}

/** One pool of connections for each client certificate: a TLS connection keeps the one it began with. */
function createAgents({ server, caPem, insecure, serverName, proxy }: Connection): Agents {
  const pools = new Map<string, Agent>()
  const create = (proof: Proof, watch: boolean): Agent => {
    const options = {
      keepAlive: true,
      keepAliveMsecs: KEEP_ALIVE_MS,
      maxSockets: watch ? Number.POSITIVE_INFINITY : SOCKETS_MAX,
      ...(proxy === undefined ? {} : { proxyEnv: { HTTP_PROXY: proxy.href, HTTPS_PROXY: proxy.href } }),
    }
    if (server.protocol === 'http:') return new http.Agent(options)
    return new https.Agent({
      ...options,
      rejectUnauthorized: !insecure,
      ...(caPem === undefined ? {} : { ca: caPem }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...proof.certificate,
    })
  }
  return {
    of(proof, watch) {
      const id = `${watch ? 'watch' : 'list'} ${proof.certificate?.cert ?? ''}`
      const agent = pools.get(id) ?? create(proof, watch)
      pools.set(id, agent)
      return agent
    },
    close() {
      for (const agent of pools.values()) agent.destroy()
    },
  }
}

function send(connection: Connection, agent: Agent, proof: Proof, path: string, options: StreamOptions, idleMsMax: number): Promise<IncomingMessage> {
  const { server } = connection
  const request = server.protocol === 'http:' ? http.request : https.request
  const prefix = server.pathname.replace(/\/+$/, '')
  return new Promise((resolve, reject) => {
    const sent = request(new URL(prefix + path, server), {
      agent,
      signal: options.signal,
      headers: {
        accept: 'application/json',
        'user-agent': 'mintmark-scanner',
        ...(proof.authorization === undefined ? {} : { authorization: proof.authorization }),
      },
    })
    const timer = setTimeout(
      () => sent.destroy(new ApiError('stalled', `The API server at ${server.host} did not answer for ${idleMsMax / 1_000} s`)),
      idleMsMax,
    )
    sent.on('response', (response) => {
      clearTimeout(timer)
      resolve(response)
    })
    sent.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    sent.end()
  })
}

/** Passes the body on, and gives up when nothing arrives although somebody waits for it. A reader that is slow itself is no stall. */
async function* readChunks(response: IncomingMessage, peer: Peer, idleMsMax: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  let waiting = true
  const timer = setTimeout(() => {
    if (waiting) response.destroy(new ApiError('stalled', `The API server at ${peer.host} sent nothing for ${idleMsMax / 1_000} s`))
  }, idleMsMax)
  try {
    for await (const chunk of response) {
      waiting = false
      if (Buffer.isBuffer(chunk)) yield chunk
      waiting = true
      timer.refresh()
    }
  } catch (error) {
    signal.throwIfAborted()
    throw toApiError(error, peer)
  } finally {
    clearTimeout(timer)
    if (!response.complete) response.destroy()
  }
}

const REASONS: Readonly<Record<number, ApiError['reason']>> = { 401: 'unauthorized', 403: 'denied', 404: 'not-found', 410: 'gone', 429: 'busy' }

async function readFailure(response: IncomingMessage, idleMsMax: number): Promise<ApiError> {
  const status = response.statusCode ?? 0
  const reason = REASONS[status] ?? (status >= 500 ? 'busy' : 'protocol')
  const seconds = Number(response.headers['retry-after'])
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1_000, RETRY_AFTER_MS_MAX) : undefined
  const body = fieldsOf(await readStatus(response, idleMsMax))
  const continueToken = optionalText(fieldsOf(body['metadata'])['continue'])
  const sentences: Partial<Record<ApiError['reason'], string>> = {
    unauthorized: 'The API server does not accept the credentials (401)',
    denied: 'The API server denies the request (403)',
    gone: 'The API server no longer keeps the state that the list began with (410)',
  }
  return new ApiError(reason, sentences[reason] ?? `The API server answered with status ${status}`, { retryAfterMs, continueToken })
}

/** The `Status` object of a failed request; empty when there is none. */
async function readStatus(response: IncomingMessage, idleMsMax: number): Promise<unknown> {
  const timer = setTimeout(() => response.destroy(), idleMsMax)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk) || (bytes += chunk.length) > SMALL_BYTES_MAX) break
      chunks.push(chunk)
    }
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    return isFields(parsed) ? parsed : undefined
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

function parseJson(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new ApiError('protocol', `The answer to ${path} is not JSON`)
  }
}

function formatQuery(query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  return parameters.size === 0 ? '' : `?${parameters.toString()}`
}
