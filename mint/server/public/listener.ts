import { constants } from 'node:crypto'
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { TlsIdentity } from '../listener/identity.ts'
import type { PublicHandler } from './public.ts'

/** Bounds of connections (law 7). */
const LIMITS = { connectionsMax: 2_048, requestMsMax: 10_000, idleMsMax: 5_000, headerBytesMax: 8_192 } as const

/** Where public endpoints listen by themselves. */
export interface PublicListenOptions {
  readonly host: string
  readonly port: number
  /** Own authority (profile https_spiffe), files (profile https_web), or absent: plaintext behind a proxy. */
  readonly tls?: { readonly identity: TlsIdentity; readonly onIdentity: (listener: (identity: TlsIdentity) => void) => void }
}

/** A listener for the public endpoints alone. */
export async function listenPublic(
  handle: PublicHandler,
  { host, port, tls }: PublicListenOptions,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const options = {
    maxHeaderSize: LIMITS.headerBytesMax,
    requestTimeout: LIMITS.requestMsMax,
    headersTimeout: LIMITS.requestMsMax,
    keepAliveTimeout: LIMITS.idleMsMax,
  }
  const answer = (request: IncomingMessage, response: ServerResponse): void => void reply(handle, request, response)
  // TLS "intermediate" (rule 20); no client certificate is asked for, and sessions are not resumed.
  const security = { minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET } as const
  const secure = tls === undefined ? undefined : createHttpsServer({ ...options, ...security, ...tls.identity }, answer)
  tls?.onIdentity((identity) => secure?.setSecureContext({ ...identity, ...security }))
  secure?.on('tlsClientError', (_error, socket) => socket.destroy())
  const server: Server = secure ?? createHttpServer(options, answer)
  server.maxConnections = LIMITS.connectionsMax
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Methods that fetch's `Request` takes and these endpoints know. It throws for some others (TRACE), so none of them gets there. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

async function reply(handle: PublicHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = METHODS.has(request.method ?? '') ? answerOf(handle, request) : new Response('Only GET is answered here.\n', { status: 405 })
  response.writeHead(answer?.status ?? 404, Object.fromEntries(answer?.headers ?? []))
  response.end(request.method === 'HEAD' ? undefined : ((await answer?.text()) ?? 'There is nothing here.\n'))
}

/** The host stays a header: as part of a URL, a foreign one could hold a user name or be none, and fetch's `Request` throws for those. */
function answerOf(handle: PublicHandler, { method = 'GET', url = '/', headers }: IncomingMessage): Response | undefined {
  const place = `http://localhost${url}`
  if (!url.startsWith('/') || !URL.canParse(place)) return undefined
  return handle(new Request(place, { method, ...(headers.host === undefined ? {} : { headers: { host: headers.host } }) }))
}
