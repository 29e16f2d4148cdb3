import { listenOnSocket } from '../front/index.ts'
import type { Logger } from '../log.ts'
import { createRouter, type OnHandled } from '../rpc/router.ts'
import type { Route } from '../rpc/routes.ts'

/** The agent's socket. */
export interface SocketServer {
  readonly connections: () => number
  close(): Promise<void>
}

/** Serves these methods on a Unix socket whose connections are handed over with their process. @throws SocketFileError */
export async function serveSocket(options: {
  readonly path: string
  readonly mode?: number
  readonly routes: readonly Route[]
  readonly log: Logger
  readonly onHandled: OnHandled | undefined
  readonly listen?: typeof listenOnSocket
}): Promise<SocketServer> {
  const router = createRouter(options.routes, options.onHandled)
  const listener = await (options.listen ?? listenOnSocket)({
    path: options.path,
    ...(options.mode === undefined ? {} : { mode: options.mode }),
    log: options.log,
    onConnection: ({ id, peer }) => router({ id, peer, attested: undefined, streams: 0 }),
  })
  return { connections: () => listener.connections, close: () => listener.close() }
}
