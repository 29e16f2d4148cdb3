import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, requireExecutable, startProcess } from '../peers/index.ts'
import { until } from './until.ts'

/** What an Envoy is to do. */
export type EnvoyRole =
  /** Ends mTLS of callers with this SPIFFE ID and answers by itself. */
  | { readonly kind: 'backend'; readonly port: number; readonly callerId: string }
  /** Takes plain HTTP and passes it on by mTLS to a backend with this SPIFFE ID. */
  | { readonly kind: 'frontend'; readonly port: number; readonly backendPort: number; readonly backendId: string }

/** A real Envoy that gets its secrets over SDS. */
export interface TrialEnvoy {
  /** Path of the admin interface, as text. */
  admin(path: string): Promise<string>
  /** Serial numbers of the certificates that it presents now. */
  serials(): Promise<readonly string[]>
  stop(): Promise<void>
}

/** Name of the certificate and of the bundle that are asked for over SDS. */
export interface SecretChoice {
  readonly certificate: string
  readonly bundle: string
}

/** Starts an Envoy on the socket of an agent; settles when it is live, that is when its secrets have arrived. */
export async function startEnvoy(
  socketPath: string,
  role: EnvoyRole,
  secrets: SecretChoice = { certificate: 'default', bundle: 'ROOTCA' },
): Promise<TrialEnvoy> {
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-envoy-'))
  const adminPort = await freePort()
  const configuration = join(folder, 'envoy.json')
  await writeFile(configuration, JSON.stringify(bootstrap(socketPath, adminPort, role, secrets)))
  const process = startProcess(
    'envoy',
    requireExecutable('envoy', 'envoy'),
    ['-c', configuration, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'info'],
    folder,
  )
  const admin = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${adminPort}${path}`)).text()
  const stop = async (): Promise<void> => {
    await process.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await until(
      () => {
        if (process.hasEnded()) throw new Error('Envoy has ended')
        return admin('/ready')
      },
      (answer) => answer.startsWith('LIVE'),
      'a live Envoy',
    )
  } catch (error) {
    const log = await readFile(process.logFile, 'utf8').catch(() => '')
    await stop()
    throw new Error(`${String(error)}\n${log.slice(-4_000)}`, { cause: error })
  }
  return {
    admin,
    async serials() {
      const certificates: { certificates?: { cert_chain?: { serial_number: string }[] }[] } = JSON.parse(await admin('/certs'))
      return (certificates.certificates ?? []).flatMap(({ cert_chain: chain }) => chain?.[0]?.serial_number ?? [])
    },
    stop,
  }
}

function bootstrap(socketPath: string, adminPort: number, role: EnvoyRole, secrets: SecretChoice): object {
  const peerId = role.kind === 'backend' ? role.callerId : role.backendId
  const tls = commonTls(secrets, peerId)
  const context = (name: string): object => ({ '@type': `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${name}`, common_tls_context: tls })
  const plainListener = role.kind === 'frontend'
  const transport = plainListener
    ? {}
    : { transport_socket: { name: 'tls', typed_config: { ...context('DownstreamTlsContext'), require_client_certificate: true } } }
  const route = plainListener ? { route: { cluster: 'backend' } } : { direct_response: { status: 200, body: { inline_string: 'from the backend\n' } } }
  return {
    node: { id: role.kind, cluster: 'trial' },
    admin: { address: socketAddress(adminPort) },
    static_resources: {
      listeners: [{ name: 'in', address: socketAddress(role.port), filter_chains: [{ filters: [httpFilter(route)], ...transport }] }],
      clusters: [
        agentCluster(socketPath),
        ...(role.kind === 'frontend'
          ? [
              {
                name: 'backend',
                type: 'STATIC',
                connect_timeout: '5s',
                load_assignment: { cluster_name: 'backend', endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(role.backendPort) } }] }] },
                transport_socket: { name: 'tls', typed_config: context('UpstreamTlsContext') },
              },
            ]
          : []),
      ],
    },
  }
}

/** Certificate and trust by SDS; the peer's name is checked on top of the SPIFFE validator. */
function commonTls(secrets: SecretChoice, peerId: string): object {
  const sds = (name: string): object => ({
    name,
    sds_config: {
      resource_api_version: 'V3',
      api_config_source: { api_type: 'GRPC', transport_api_version: 'V3', grpc_services: [{ envoy_grpc: { cluster_name: 'agent' } }] },
    },
  })
  return {
    tls_certificate_sds_secret_configs: [sds(secrets.certificate)],
    combined_validation_context: {
      default_validation_context: { match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: peerId } }] },
      validation_context_sds_secret_config: sds(secrets.bundle),
    },
  }
}

function httpFilter(route: object): object {
  return {
    name: 'http',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: 'in',
      // One request a connection: the next one must make a new handshake.
      common_http_protocol_options: { max_requests_per_connection: 1 },
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, ...route }] }] },
      http_filters: [{ name: 'router', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' } }],
    },
  }
}

function agentCluster(socketPath: string): object {
  return {
    name: 'agent',
    type: 'STATIC',
    connect_timeout: '1s',
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    load_assignment: { cluster_name: 'agent', endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: socketPath } } } }] }] },
  }
}

function socketAddress(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}
