import { createServer, type Server, type Socket } from 'node:net'
import type { Peer } from '@mintmark/mint/attestation'
import type { Logger } from '../log.ts'
import { descriptorOf, openKernel, PeerCredentialsUnavailableError, PeerRefusedError, readPeer, type Kernel } from '../peer/index.ts'
import { createConnectionCounts } from './connection-counts.ts'
import { createDepartures } from './departures.ts'
import { connectionsThatFit } from './descriptors.ts'
import { DEFAULT_FRONT_LIMITS, type FrontLimits } from './limits.ts'
import type { OnRequest } from './request-stream.ts'
import { openSession, type Session } from './session.ts'
import { bindSocketFile } from './socket-file.ts'

/** A span that ends a connection is noticed within a tenth of itself, and never asked for more often than this, in milliseconds. */
const SWEEPS_PER_SPAN = 10
const SWEEP_MS_MIN = 10

/** Where refusals are told. */
export type FrontLog = Pick<Logger, 'warn'>

/** A connection whose process is known. */
export interface LocalConnection {
  readonly peer: Peer
  /** Counts connections of this listener, from 1. */
  readonly id: number
}

/** A listener that accepts until it is closed. */
export interface SocketListener {
  /** Connections that are open now. */
  readonly connections: number
  /** Stops accepting, removes the socket if it is still ours and ends what is open. */
  close(): Promise<void>
}

/** What {@link listenOnSocket} is told. */
export interface ListenOptions {
  readonly path: string
  /** Of the socket file. */
  readonly mode?: number
  readonly limits?: Partial<FrontLimits>
  /** Says who answers the requests of a connection. */
  readonly onConnection: (connection: LocalConnection) => OnRequest
  readonly log: FrontLog
  /** The running system's, unless a test has another one. */
  readonly kernel?: Kernel
}

/**
 * Listens on a Unix socket and hands on connections of processes that the kernel could name. A connection whose process cannot be
 * named, or that breaks a limit, is closed with a line in the log; nothing that a client sends ends anything but its own connection.
 *
 * @throws SocketFileError when the path cannot be used, PeerCredentialsUnavailableError where peers cannot be identified
 */
export async function listenOnSocket(options: ListenOptions): Promise<SocketListener> {
  const kernel = options.kernel ?? openKernel()
  const limits = withinDescriptors({ ...DEFAULT_FRONT_LIMITS, ...options.limits }, options.log)
  const counts = createConnectionCounts(limits)
  const open = new Set<Session>()
  const onLeft = createDepartures()
  let lastId = 0

  // Paused, so that nothing is read before the peer is known; the session resumes it, and ends it when the client has left.
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    const peer = identify(kernel, socket, options.log)
    if (peer === undefined) return
    const refusal = counts.admit(peer)
    if (refusal !== undefined) {
      options.log.warn('Connection refused by a limit', { pid: peer.pid, uid: peer.uid, reason: refusal })
      socket.destroy()
      return
    }
    const id = ++lastId
    const session = openSession({
      socket,
      limits,
      onRequest: options.onConnection({ peer, id }),
      onLeft,
      onFault: (fault, happened) => options.log.warn('Connection closed', { pid: peer.pid, uid: peer.uid, connection: id, fault, reason: happened }),
    })
    open.add(session)
    socket.once('close', () => {
      open.delete(session)
      counts.release(peer)
    })
    socket.resume()
  })
  const stopSweeping = sweepSessions(open, limits)

  const file = await bindSocketFile(server, options.path, options.mode)
  if (descriptorOf(server) === undefined) {
    stopSweeping()
    server.close()
    await file.remove()
    throw new PeerCredentialsUnavailableError(`Node ${process.version} hides the descriptors of its sockets`)
  }
  server.on('error', (error) => options.log.warn('A connection could not be accepted', { error: error.name }))
  if (file.tookOver) options.log.warn('Another agent was serving this socket; new connections come here', { path: options.path })
  return {
    get connections() {
      return counts.total
    },
    async close() {
      await file.remove()
      const closed = closeServer(server)
      stopSweeping()
      for (const session of open) session.close()
      await closed
    },
  }
}

/** One timer looks after all connections, as often as the shortest of their spans asks for. */
function sweepSessions(open: ReadonlySet<Session>, { firstRequestSeconds, stalledWriteSeconds }: FrontLimits): () => void {
  const everyMs = Math.max(SWEEP_MS_MIN, (Math.min(firstRequestSeconds, stalledWriteSeconds) * 1000) / SWEEPS_PER_SPAN)
  const timer = setInterval(() => {
    const now = performance.now()
    for (const session of open) session.sweep(now)
  }, everyMs).unref()
  return () => clearInterval(timer)
}

/** Without a descriptor for a connection's process there is no identity, so fewer connections are better than that. */
function withinDescriptors(limits: FrontLimits, log: FrontLog): FrontLimits {
  const fit = connectionsThatFit()
  if (fit >= limits.connectionsMax) return limits
  log.warn('The limit of open files allows fewer connections than configured', { connections: fit, configured: limits.connectionsMax })
  return { ...limits, connectionsMax: fit }
}

function identify(kernel: Kernel, socket: Socket, log: FrontLog): Peer | undefined {
  try {
    return readPeer(kernel, socket)
  } catch (error) {
    const reason = error instanceof PeerRefusedError ? error.message : 'The kernel could not be asked.'
    log.warn('Connection refused: its process could not be identified', { reason })
    socket.once('error', () => undefined)
    socket.destroy()
    return undefined
  }
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
}
