import { constants } from 'node:crypto'
import { createServer as createTcpServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket, type Server as TlsServer } from 'node:tls'
import { createHash } from 'node:crypto'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { healthApi, MESSAGE_BYTES_MAX, serviceDefinition } from '@mintmark/contract/grpc'
import type { ServerLog } from '../log.ts'
import type { AgentService } from '../service.ts'
import { agentServiceDefinition, createHandlers } from './handlers.ts'
import { createHealthHandlers } from './health.ts'
import type { TlsIdentity } from './identity.ts'

/** Bounds of connections (law 7). */
const LISTENER_LIMITS = {
  connectionsMax: 20_000,
  /** Streams of one connection; an agent has a handful. */
  streamsMax: 1_000,
  handshakeMsMax: 10_000,
  /** Milliseconds that calls under way get to end when the listener stops. */
  stopMsMax: 5_000,
  /** Milliseconds between pings to silent agents, and that each may take. */
  keepaliveMs: 60_000,
  keepaliveTimeoutMs: 20_000,
} as const

/** Where and how to listen. */
export interface ListenOptions {
  readonly host: string
  /** 0: the system chooses. */
  readonly port: number
  /** Absent: plaintext, for loopback or behind a load balancer that ends TLS. */
  readonly tls?: { readonly identity: TlsIdentity; readonly onIdentity: (listener: (identity: TlsIdentity) => void) => void }
  /** Milliseconds after which a connection is asked to go elsewhere, so that agents spread over replicas; absent: never. */
  readonly connectionAgeMs?: number
}

/** A listener that runs. */
export interface GrpcListener {
  readonly address: { readonly host: string; readonly port: number }
  /** Connections that are open. */
  readonly connections: number
  close(): Promise<void>
}

/**
 * Listens for agents. TLS asks for a client certificate and takes any: what counts is that its holder has the key, because sessions are bound to it.
 * Session tickets are off: a resumed connection would skip what a full handshake checks (a class of vulnerabilities of 2026).
 */
export async function listenGrpc(service: AgentService, options: ListenOptions, log: ServerLog): Promise<GrpcListener> {
  const peers = new Map<string, { readonly thumbprint: string | undefined }>()
  const server = new Server({
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
    'grpc.max_concurrent_streams': LISTENER_LIMITS.streamsMax,
    'grpc.keepalive_time_ms': LISTENER_LIMITS.keepaliveMs,
    'grpc.keepalive_timeout_ms': LISTENER_LIMITS.keepaliveTimeoutMs,
    ...(options.connectionAgeMs === undefined ? {} : { 'grpc.max_connection_age_ms': options.connectionAgeMs, 'grpc.max_connection_age_grace_ms': 30_000 }),
  })
  server.addService(
    agentServiceDefinition(),
    createHandlers(service, (peer) => peers.get(peer)?.thumbprint, log),
  )
  server.addService(serviceDefinition(healthApi.Health), createHealthHandlers())
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  const sockets = new Set<Socket>()
  let last = 0
  const accept = (socket: Socket): void => {
    last += 1
    const name = `connection-${last}`
    // grpc-js tells handlers a connection's remote address and nothing else; ours names the connection.
    Object.defineProperties(socket, { remoteAddress: { value: name }, remotePort: { value: undefined } })
    peers.set(name, { thumbprint: socket instanceof TLSSocket ? thumbprintOf(socket) : undefined })
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => {
      sockets.delete(socket)
      peers.delete(name)
    })
    injector.injectConnection(socket)
  }
  const listener = options.tls === undefined ? createTcpServer({ noDelay: true }, accept) : createTlsListener(options.tls, accept)
  listener.maxConnections = LISTENER_LIMITS.connectionsMax
  await listen(listener, options)
  const { address, port } = addressOf(listener)
  return {
    address: { host: address, port },
    get connections() {
      return sockets.size
    },
    close: async () => {
      injector.drain(LISTENER_LIMITS.stopMsMax)
      await stop(listener, sockets)
      server.forceShutdown()
    },
  }
}

function createTlsListener({ identity, onIdentity }: NonNullable<ListenOptions['tls']>, accept: (socket: TLSSocket) => void): TlsServer {
  const server = createTlsServer({
    ...identity,
    ALPNProtocols: ['h2'],
    minVersion: 'TLSv1.2',
    requestCert: true,
    rejectUnauthorized: false,
    secureOptions: constants.SSL_OP_NO_TICKET,
    handshakeTimeout: LISTENER_LIMITS.handshakeMsMax,
    noDelay: true,
  })
  server.on('secureConnection', accept)
  // Foreign bytes on the port are nobody's fault here.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  onIdentity((next) => server.setSecureContext({ ...next, minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET }))
  return server
}

/** `x5t#S256` of the client's certificate (RFC 8705 section 3.1), or undefined when it showed none. */
function thumbprintOf(socket: TLSSocket): string | undefined {
  const certificate = socket.getPeerX509Certificate()
  return certificate === undefined ? undefined : createHash('sha256').update(certificate.raw).digest('base64url')
}

async function listen(server: NetServer, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function addressOf(server: NetServer): Pick<AddressInfo, 'address' | 'port'> {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address : { address: '', port: 0 }
}

async function stop(server: NetServer, sockets: ReadonlySet<Socket>): Promise<void> {
  await new Promise<void>((resolve) => {
    const late = setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, LISTENER_LIMITS.stopMsMax)
    server.close(() => {
      clearTimeout(late)
      resolve()
    })
  })
}
