import { randomBytes } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Peer } from '@mintmark/mint/attestation'
import type { Logger } from '../log.ts'
import { descriptorOf, openKernel, PeerCredentialsUnavailableError, PeerRefusedError, readPeer, type Kernel } from '../peer/index.ts'
import { createConnectionCounts } from './connection-counts.ts'
import { connectionsThatFit } from './descriptors.ts'
import { DEFAULT_FRONT_LIMITS, type FrontLimits } from './limits.ts'
import { createLocalStream } from './local-stream.ts'
import { bindSocketFile } from './socket-file.ts'

/** Where refusals are told. */
export type FrontLog = Pick<Logger, 'warn'>

/** A connection whose process is known. */
export interface LocalConnection {
  /** HTTP/2 both ways; every request that is read from it has `:authority: localhost`. Never emits an error. */
  readonly stream: Duplex
  readonly peer: Peer
  /** Counts connections of this listener, from 1. */
  readonly id: number
  /** The value of {@link CONNECTION_HEADER} in every request of this connection. Nobody can guess it, and the front drops what clients send under that name. */
  readonly stamp: string
}

/** By this request header, which the front writes, a server knows over which connection a call came. */
export const CONNECTION_HEADER = 'mintmark-connection'

const STAMP_BYTES = 16

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
  readonly onConnection: (connection: LocalConnection) => void
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
  const open = new Set<Duplex>()
  let lastId = 0

  // Paused, so that nothing is read before the peer is known; the stream resumes it.
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: false }, (socket) => {
    const peer = identify(kernel, socket, options.log)
    if (peer === undefined) return
    const refusal = counts.admit(peer)
    if (refusal !== undefined) {
      options.log.warn('Connection refused by a limit', { pid: peer.pid, uid: peer.uid, reason: refusal })
      socket.destroy()
      return
    }
    const id = ++lastId
    const stamp = randomBytes(STAMP_BYTES).toString('hex')
    const stream = createLocalStream({
      socket,
      limits,
      stamp: { name: CONNECTION_HEADER, value: stamp, sensitive: false },
      onFault: (fault, happened) => options.log.warn('Connection closed', { pid: peer.pid, uid: peer.uid, connection: id, fault, reason: happened }),
    })
    open.add(stream)
    stream.once('close', () => {
      open.delete(stream)
      counts.release(peer)
    })
    options.onConnection({ stream, peer, id, stamp })
  })

  const file = await bindSocketFile(server, options.path, options.mode)
  if (descriptorOf(server) === undefined) {
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
      for (const stream of open) stream.destroy()
      await closed
    },
  }
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
