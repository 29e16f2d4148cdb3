import { certificatesToPem } from '@mintmark/spiffe'
import { envoySecretService, healthApi, workloadApi } from '@mintmark/contract/grpc'
import { createJwtCache, type JwtCache } from './cache/jwt-cache.ts'
import { CACHE_LIMITS } from './cache/limits.ts'
import { createX509Cache, type X509Cache } from './cache/x509-cache.ts'
import { systemClock, type Clock } from './clock.ts'
import { createLiveConfiguration, type ClosableAttestation, type LiveConfiguration } from './configuration.ts'
import type { listenOnSocket } from './front/index.ts'
import { followIssuancePolicy } from './issuance-policy.ts'
import type { AgentLog } from './log.ts'
import { createReadyChecker, type ReadyChecker } from './readiness.ts'
import { createSds } from './sds/service.ts'
import { createHealth } from './services/health.ts'
import { createReflection } from './services/reflection.ts'
import type { AgentSettings } from './settings.ts'
import { ADMISSION_LIMITS, createAdmission, type Admission } from './socket/admission.ts'
import { CALLER_LIMITS, createCallers } from './socket/caller.ts'
import type { FollowParts } from './socket/follow.ts'
import { serveSocket, type SocketServer } from './socket/server.ts'
import { createAgentMetrics, type AgentMetrics } from './telemetry/agent-metrics.ts'
import { servePages, type ListenAddress, type PageServer } from './telemetry/http.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { openRootsFile } from './trust/roots-file.ts'
import { createTrust, type Trust, type TrustState } from './trust/trust.ts'
import { createUpstream, type Upstream } from './upstream/upstream.ts'
import { createWorkloadApi } from './workload-api/service.ts'

/** What an agent is built of beside its settings. */
export interface AgentDependencies {
  readonly log: AgentLog
  /** Builds the workload attestors from the spec of section WorkloadAttestation; undefined: from the settings of the process alone. */
  readonly createAttestation: (spec: unknown) => ClosableAttestation
  readonly clock?: Clock
  readonly random?: () => number
  readonly listen?: typeof listenOnSocket
}

/** A running agent. */
export interface Agent {
  /** Where metrics and health are served, when they are. */
  readonly addresses: { readonly metrics?: ListenAddress; readonly health?: ListenAddress }
  readonly isReady: () => boolean
  /** Ends streams in order, removes the socket and leaves the server. */
  readonly close: () => Promise<void>
}

/** What the parts of one agent share. */
interface Core {
  readonly trust: Trust
  readonly x509: X509Cache
  readonly jwtCache: JwtCache
  readonly upstream: Upstream
  readonly configuration: LiveConfiguration
}

/**
 * Starts an agent: the socket is open when this settles, whether or not a server answers yet.
 *
 * @throws SocketFileError when the socket cannot be opened, Error when a port is taken
 */
export async function startAgent(settings: AgentSettings, dependencies: AgentDependencies): Promise<Agent> {
  const { log, clock = systemClock } = dependencies
  const metrics = createMetrics()
  const agentMetrics = createAgentMetrics(metrics, settings.telemetry, clock)
  const core = await createCore(settings, { ...dependencies, clock }, agentMetrics, () => readiness.check())
  const { trust, x509, jwtCache, upstream, configuration } = core
  let isListening = false
  const serves = [
    { name: 'socket', passes: () => isListening },
    { name: 'trust', passes: () => trust.current() !== undefined },
  ]
  const readiness = createReadyChecker([...serves, { name: 'trustDomainServer', passes: upstream.isHealthy }], clock, log.logger('agent.readyChecker'))
  // What the agent holds is served while the server is away, so that alone does not make the socket unhealthy.
  const serving = createReadyChecker(serves, clock, undefined)
  const admission = createAdmission(ADMISSION_LIMITS)
  const socket = await openSocket(settings, { ...dependencies, clock }, core, { admission, serving, agentMetrics })
  isListening = true
  agentMetrics.watch({ x509, jwtEntries: jwtCache.size, connections: socket.connections, streams: admission.streams, isUpstreamHealthy: upstream.isHealthy })
  const pages = await openPages(settings, metrics, readiness)
  upstream.start()
  log.logger('agent').info('The agent is listening', { socket: settings.socketPath, endpoints: settings.upstream.endpoints })
  return {
    addresses: pages.addresses,
    isReady: readiness.isReady,
    async close() {
      isListening = false
      readiness.close()
      serving.close()
      x509.close()
      jwtCache.close()
      await socket.close()
      upstream.close()
      await configuration.close()
      await Promise.all(pages.servers.map((server) => server.close()))
      log.logger('agent').info('The agent has stopped')
    },
  }
}

type Timed = AgentDependencies & { readonly clock: Clock }

/** Trust, caches and the way to the server, wired to each other. */
export async function createCore(settings: AgentSettings, dependencies: Timed, agentMetrics: AgentMetrics, onState: () => void): Promise<Core> {
  const { log, clock, random = Math.random } = dependencies
  const trust = createTrust({ clock, log: log.logger('agent.bundleRefresher'), onBundle: agentMetrics.bundleUpdated })
  const rootsFile = openRootsFile(settings.keptRootsFile, log.logger('agent.bundleRefresher'))
  const configuration = createLiveConfiguration({
    allowedAttributes: settings.allowedAttributes,
    createAttestation: dependencies.createAttestation,
    log: log.logger('agent.configuration'),
  })
  const policyIs = followIssuancePolicy(() => {
    x509.renewAll()
    jwtCache.renewAll()
  })
  const upstream = await createUpstream({
    settings: settings.upstream,
    clock,
    random,
    log,
    identities: () => x509.size(),
    trustedPem: () => rootsOf(trust.current()) || rootsFile.kept,
    onState(state) {
      const before = rootsOf(trust.current())
      trust.replace({
        bundles: state.bundles,
        issuingX509: state.issuingX509Authorities,
        taintedX509: state.taintedX509Authorities,
        taintedJwt: state.taintedJwtKeys,
      })
      const now = rootsOf(trust.current())
      if (now !== before) rootsFile.keep(now)
      if (now !== before && before !== '') upstream.rootsChanged()
      configuration.replace(state.configuration)
      policyIs(state.issuancePolicy)
      onState()
    },
  })
  const issuance = agentMetrics.countIssuance(upstream)
  const x509 = createX509Cache({
    issuance,
    clock,
    random,
    limits: CACHE_LIMITS,
    log: log.logger('agent.x509Cache'),
    onDenied: (workload) => jwtCache.forget(workload),
  })
  const jwtCache = createJwtCache({ issuance, clock, random, limits: CACHE_LIMITS })
  trust.subscribe(({ own, issuingX509, taintedX509, taintedJwt }) => {
    // Taint and removal may both have happened while nobody told this agent: what is not known any more is renewed, too.
    x509.renewUnlessSignedBy(issuingX509)
    jwtCache.renewUnlessSignedBy(new Set(own.bundle.jwtAuthorities.map(({ keyId }) => keyId)))
    if (taintedX509.size > 0) x509.renewSignedBy(taintedX509)
    if (taintedJwt.size > 0) jwtCache.renewSignedBy(taintedJwt)
  })
  upstream.onRestored(() => {
    x509.retryFailed()
    jwtCache.retryFailed()
  })
  return { trust, x509, jwtCache, upstream, configuration }
}

/** Roots of the own trust domain, PEM; empty before the first bundle. */
function rootsOf(state: TrustState | undefined): string {
  return state === undefined ? '' : certificatesToPem(state.own.bundle.x509Authorities)
}

function openSocket(
  settings: AgentSettings,
  dependencies: Timed,
  core: Core,
  parts: { readonly admission: Admission; readonly serving: ReadyChecker; readonly agentMetrics: AgentMetrics },
): Promise<SocketServer> {
  const { log, clock, random = Math.random } = dependencies
  const { admission, agentMetrics } = parts
  const { configuration, trust, x509, jwtCache } = core
  const callers = createCallers({
    attestation: configuration.attestation,
    redaction: configuration.redaction,
    clock,
    limits: CALLER_LIMITS,
    log: log.logger('agent.workloadAttestation'),
    onAttested: agentMetrics.attested,
  })
  const follow: FollowParts = { callers, x509, trust, clock, random, streams: admission.streams, onReconfigured: configuration.onChange }
  return serveSocket({
    path: settings.socketPath,
    ...(settings.socketMode === undefined ? {} : { mode: settings.socketMode }),
    routes: [
      ...createWorkloadApi({ ...follow, settings: settings.workloadApi, admission, jwtCache }),
      ...createSds({ ...follow, settings: settings.sds, admission, log: log.logger('agent.sds') }),
      ...createHealth(parts.serving),
      ...createReflection([workloadApi.SpiffeWorkloadAPI, envoySecretService.SecretDiscoveryService, healthApi.Health]),
    ],
    log: log.logger('agent.socket'),
    onHandled: agentMetrics.handled,
    ...(dependencies.listen === undefined ? {} : { listen: dependencies.listen }),
  })
}

async function openPages(
  settings: AgentSettings,
  metrics: Metrics,
  readiness: ReadyChecker,
): Promise<{ readonly servers: readonly PageServer[]; readonly addresses: Agent['addresses'] }> {
  const plain = 'text/plain; charset=utf-8'
  const metricsServer =
    settings.telemetry.listen === undefined
      ? undefined
      : await servePages(settings.telemetry.listen, {
          '/metrics': () => ({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: metrics.render() }),
        })
  const healthServer =
    settings.health === undefined
      ? undefined
      : await servePages(settings.health, {
          '/live': () => ({ status: 200, type: plain, body: 'ok\n' }),
          '/ready': () => {
            const failing = readiness.failing()
            return failing.length === 0 ? { status: 200, type: plain, body: 'ok\n' } : { status: 503, type: plain, body: `waits for: ${failing.join(', ')}\n` }
          },
        })
  return {
    servers: [metricsServer, healthServer].filter((server) => server !== undefined),
    addresses: {
      ...(metricsServer === undefined ? {} : { metrics: metricsServer.address }),
      ...(healthServer === undefined ? {} : { health: healthServer.address }),
    },
  }
}
