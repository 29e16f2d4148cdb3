import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { serviceDefinition, envoySecretService, healthApi, reflectionAlphaApi, reflectionApi, workloadApi } from '@mintmark/contract/grpc'
import { listenOnSocket, type SocketListener } from '../front/index.ts'
import type { Logger } from '../log.ts'
import { createReflection } from '../services/reflection.ts'
import { ENCODED_METHODS } from '../workload-api/service.ts'
import type { OpenConnections } from './connection.ts'
import { encodedDefinition } from './definition.ts'
import { timed, type OnHandled } from './timed.ts'

/** Largest message that a workload may send, in bytes: a token to validate is the largest there is. */
const RECEIVE_BYTES_MAX = 256 * 1024
/** Calls at once over one connection. */
const CALLS_PER_CONNECTION_MAX = 256
/** Memory of one HTTP/2 session, in MB. */
const SESSION_MB_MAX = 4
/** How long calls may go on after the stop was asked for, in milliseconds. */
const DRAIN_MS = 2_000

/** The handlers of the socket's services. */
export interface SocketServices {
  readonly workloadApi: UntypedServiceImplementation
  readonly sds: UntypedServiceImplementation
  readonly health: UntypedServiceImplementation
}

/** The agent's socket. */
export interface SocketServer {
  readonly connections: () => number
  close(): Promise<void>
}

/** Serves all services on a Unix socket whose connections are handed over with their process. @throws SocketFileError */
export async function serveSocket(options: {
  readonly path: string
  readonly mode?: number
  readonly services: SocketServices
  readonly connections: OpenConnections
  readonly log: Logger
  readonly onHandled: OnHandled | undefined
  readonly listen?: typeof listenOnSocket
}): Promise<SocketServer> {
  const server = new Server({
    'grpc.max_receive_message_length': RECEIVE_BYTES_MAX,
    'grpc.max_concurrent_streams': CALLS_PER_CONNECTION_MAX,
    'grpc-node.max_session_memory': SESSION_MB_MAX,
    'grpc.enable_channelz': 0,
  })
  addServices(server, options.services, options.onHandled)
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  const listener: SocketListener = await (options.listen ?? listenOnSocket)({
    path: options.path,
    ...(options.mode === undefined ? {} : { mode: options.mode }),
    log: options.log,
    onConnection({ stream, peer, id, stamp }) {
      options.connections.open(stamp, { id, peer, attested: undefined, streams: 0 })
      stream.once('close', () => options.connections.close(stamp))
      injector.injectConnection(stream)
    },
  })
  return {
    connections: () => listener.connections,
    async close() {
      injector.drain(DRAIN_MS)
      await listener.close()
      injector.destroy()
      server.forceShutdown()
    },
  }
}

function addServices(server: Server, services: SocketServices, onHandled: OnHandled | undefined): void {
  const { SpiffeWorkloadAPI } = workloadApi
  const { SecretDiscoveryService } = envoySecretService
  server.addService(encodedDefinition(SpiffeWorkloadAPI, ENCODED_METHODS), timed(SpiffeWorkloadAPI, services.workloadApi, onHandled))
  server.addService(serviceDefinition(SecretDiscoveryService), timed(SecretDiscoveryService, services.sds, onHandled))
  server.addService(serviceDefinition(healthApi.Health), services.health)
  const [first, alpha] = [reflectionApi.ServerReflection, reflectionAlphaApi.ServerReflection]
  const reflection = createReflection([SpiffeWorkloadAPI, SecretDiscoveryService, healthApi.Health, first, alpha])
  const definition = serviceDefinition(first)
  server.addService(definition, reflection)
  // The older version has the same messages under another name, so it is read and written as the newer one.
  const renamed: Record<string, ServiceDefinition[string]> = { ...definition }
  for (const [name, { path }] of Object.entries(serviceDefinition(alpha))) {
    const method = definition[name]
    if (method !== undefined) renamed[name] = { ...method, path }
  }
  server.addService(renamed, reflection)
}
