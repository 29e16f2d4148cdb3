import { createServer, type Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import { UserError } from '@mintmark/ledger/model'

/** Bounds of connections (law 7). */
const SERVER_LIMITS = {
  connectionsMax: 1_024,
  headerBytesMax: 16 * 1_024,
  /** Milliseconds for the headers, and for the whole of a request. */
  headersMsMax: 15_000,
  requestMsMax: 120_000,
  /** Milliseconds that an idle connection is kept. */
  idleMsMax: 65_000,
  /** Milliseconds that requests under way get to end when the server stops. */
  stopMsMax: 10_000,
} as const

/** Answers one request. */
export type Handler = (request: Request) => Response | Promise<Response>

/** A server that listens. */
export interface HttpServer {
  /** `http://` and the address that it really listens on. */
  readonly url: string
  /** Who answers from now on. */
  handle(handler: Handler): void
  /** Takes no new connection, lets requests under way end for a while, then drops them. */
  stop(): Promise<void>
}

/**
 * Listens before anything else is ready, so that a taken port is known at once and probes get an answer meanwhile.
 *
 * @throws UserError when the address cannot be listened on
 */
export async function startHttpServer(address: { readonly host: string; readonly port: number }, first: Handler): Promise<HttpServer> {
  let handler = first
  const listener = getRequestListener((request) => handler(request), { overrideGlobalObjects: false })
  const server = createServer(
    {
      maxHeaderSize: SERVER_LIMITS.headerBytesMax,
      headersTimeout: SERVER_LIMITS.headersMsMax,
      requestTimeout: SERVER_LIMITS.requestMsMax,
      keepAliveTimeout: SERVER_LIMITS.idleMsMax,
    },
    (request, response) => {
      // A connection that has just answered its last request would otherwise keep a stopping server open until it idles out.
      response.once('close', () => {
        if (!server.listening) setImmediate(() => server.closeIdleConnections())
      })
      void listener(request, response)
    },
  )
  server.maxConnections = SERVER_LIMITS.connectionsMax
  await listen(server, address)
  return {
    url: `http://${urlHost(address.host)}:${portOf(server)}`,
    handle: (next) => {
      handler = next
    },
    stop: () => stop(server),
  }
}

async function listen(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explainListenError(error, host, port)))
    server.listen(port, host, () => resolve())
  })
}

function explainListenError(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? error.code : undefined
  const remedy = 'Choose another address: npm start -- --listen 127.0.0.1:8421 (or MINTMARK_LISTEN).'
  if (code === 'EADDRINUSE') return new UserError('port-taken', `Port ${port} of ${host} is taken by another program.`, remedy, { cause: error })
  if (code === 'EACCES') return new UserError('port-denied', `Port ${port} of ${host} is not yours to listen on; ports below 1024 belong to root.`, remedy)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return new UserError('address-unknown', `${host} is no address of this machine.`, remedy)
  return error
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** The name of an address in a link: what listens everywhere is reached on this machine. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  server.closeIdleConnections()
  const timer = new AbortController()
  const late = pause(SERVER_LIMITS.stopMsMax, undefined, { signal: timer.signal }).then(
    () => server.closeAllConnections(),
    () => undefined,
  )
  await closed
  timer.abort()
  await late
}
