import type { Server } from 'node:http'

/** An import of this module would call all of its getters, one of which loads a client for the web with a WebSocket: 6 MB on every node. */
const { createServer } = process.getBuiltinModule('node:http')

/** Host and port of a listener; port 0 lets the system choose. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** A page: its text when asked, with a status. */
export type Page = () => { readonly status: number; readonly type: string; readonly body: string }

/** A listener that answers GET on a few fixed paths. */
export interface PageServer {
  readonly address: ListenAddress
  close(): Promise<void>
}

/** Longest head of a request, in bytes, longest time for it, and most connections: nobody needs more for a page. */
const HEADER_BYTES_MAX = 8 * 1024
const REQUEST_MS_MAX = 5_000
const CONNECTIONS_MAX = 64

/** Serves metrics or health. @throws Error when the address is taken */
export async function servePages(address: ListenAddress, pages: Readonly<Record<string, Page>>): Promise<PageServer> {
  const server: Server = createServer(
    { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: REQUEST_MS_MAX, headersTimeout: REQUEST_MS_MAX },
    (request, response) => {
      const path = (request.url ?? '/').split('?')[0] ?? '/'
      const page = Object.hasOwn(pages, path) && (request.method === 'GET' || request.method === 'HEAD') ? pages[path] : undefined
      const { status, type, body } = page?.() ?? { status: 404, type: 'text/plain; charset=utf-8', body: `Pages are: ${Object.keys(pages).join(', ')}\n` }
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
      response.end(request.method === 'HEAD' ? undefined : body)
    },
  )
  server.maxConnections = CONNECTIONS_MAX
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.port, address.host, resolve)
  })
  server.unref()
  const bound = server.address()
  return {
    address: { host: address.host, port: typeof bound === 'object' && bound !== null ? bound.port : address.port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
