import { createCvkAttestor } from '@mintmark/mint/attestation'
import type { Authority } from '@mintmark/mint/authority'
import { parseTrustDomain, type TrustDomain } from '@mintmark/spiffe'
import { createAttestationCompiler } from './attest/compile.ts'
import { createAttestationRate } from './attest/rate.ts'
import { createAgentsSeen } from './attest/seen.ts'
import { createTrustFeed, type TrustFeed } from './bundles/trust.ts'
import { createConfigurationWatch } from './configuration/watch.ts'
import { resolveSections, scopesOf } from './configuration/resolve.ts'
import { createClusters } from './directory/clusters.ts'
import { createEventQueue, type EventQueue } from './events/queue.ts'
import { createIssuer } from './issuance/issuer.ts'
import { listenGrpc, type GrpcListener } from './listener/grpc.ts'
import { createServerIdentity } from './listener/identity.ts'
import type { ServerLog } from './log.ts'
import type { MintStores, TrustDomainRow } from './ports.ts'
import { createAgentService, type AgentService } from './service.ts'
import { createSessions } from './sessions/sessions.ts'
import { issuerOf, type TrustDomainServerSettings } from './settings.ts'

/** What a trust domain server is opened with. */
export interface TrustDomainServerOptions {
  readonly trustDomain: TrustDomainRow
  readonly stores: MintStores
  /** Opened by the caller, who also closes it. */
  readonly authority: Authority
  readonly now: () => Date
  readonly settings: TrustDomainServerSettings
  readonly log: ServerLog
  /** Remembers the id of a used assertion for all replicas: false when it was used before. Absent: this process remembers for itself. */
  readonly rememberAssertion?: (jti: string, expiresAt: Date) => Promise<boolean>
}

/** Where agents find the server. */
export interface ListenForAgents {
  readonly host: string
  readonly port: number
  /** `own`: a certificate from the own authority with these names. `files`: PEM texts. `none`: plaintext, for loopback or behind a load balancer. */
  readonly tls:
    | { readonly from: 'own'; readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[] }
    | { readonly from: 'files'; readonly key: string; readonly cert: string }
    | { readonly from: 'none' }
  readonly connectionAgeMs?: number
}

/** A trust domain server that runs. */
export interface TrustDomainServer {
  /** AgentService as functions, for callers in this process. */
  readonly service: AgentService
  readonly trust: TrustFeed
  readonly events: EventQueue
  listen(options: ListenForAgents): Promise<GrpcListener>
  close(): Promise<void>
}

const POLL_MS = 5_000

/** Opens a trust domain server over its stores and its authority. Nothing listens yet. */
export async function openTrustDomainServer(options: TrustDomainServerOptions): Promise<TrustDomainServer> {
  const { stores, authority, now, settings, log } = options
  const trustDomain = { id: options.trustDomain.id, name: checkedName(options.trustDomain.name) }
  const clock = (): number => now().getTime()
  const events = createEventQueue(stores.events, log)
  const sessions = createSessions(authority, now, settings.requireBinding ?? false)
  const trust = createTrustFeed(authority)
  const cvk = createCvkAttestor({
    clusterVersion: (id) => stores.registry.clusterVersion(id),
    rememberAssertion: options.rememberAssertion ?? rememberHere(clock),
  })
  const clusters = createClusters({
    trustDomain,
    registry: stores.registry,
    sections: (cluster) => resolveSections(stores.configuration, scopesOf(cluster, settings.deploymentId)),
    compileAttestation: createAttestationCompiler({ cvk }),
    clock,
    onFailure: (error) => log.warn({ logger: 'server.directory', error: describe(error) }, 'The database cannot be read; what is remembered stays in use'),
  })
  const configuration = createConfigurationWatch({
    revision: () => stores.configuration.revision(),
    onChange: () => clusters.forget(),
    pollMs: settings.pollMs ?? POLL_MS,
    log,
  })
  const record = events.record
  const service = createAgentService({
    trustDomain,
    clusters,
    clusterOfVersion: async (id) => (await stores.registry.clusterVersion(id))?.clusterId,
    sessions,
    rate: createAttestationRate(clock),
    agents: createAgentsSeen(stores.registry, clock, log),
    record,
    now,
    requireBinding: settings.requireBinding ?? false,
    issuer: createIssuer({ authority, trustDomainId: trustDomain.id, now, record, jwtIssuer: issuerOf(settings) }),
    trust,
    onConfiguration: configuration.subscribe,
  })
  const ends: (() => void | Promise<void>)[] = [() => events.close(), () => trust.close(), () => sessions.close(), () => configuration.close()]
  return {
    service,
    trust,
    events,
    listen: async (where) => {
      const listener = await listen(where, service, options)
      ends.push(() => listener.close())
      return listener
    },
    close: async () => {
      for (const end of ends.splice(0).toReversed()) await end()
    },
  }
}

async function listen(where: ListenForAgents, service: AgentService, { authority, now, log }: TrustDomainServerOptions): Promise<GrpcListener> {
  const { host, port, tls, connectionAgeMs } = where
  const age = connectionAgeMs === undefined ? {} : { connectionAgeMs }
  if (tls.from === 'none') return listenGrpc(service, { host, port, ...age }, log)
  if (tls.from === 'files') {
    const identity = { key: tls.key, cert: tls.cert }
    return listenGrpc(service, { host, port, ...age, tls: { identity, onIdentity: () => undefined } }, log)
  }
  const identity = await createServerIdentity({ authority, dnsNames: tls.dnsNames, ipAddresses: tls.ipAddresses, now }, log)
  const listener = await listenGrpc(service, { host, port, ...age, tls: { identity: identity.current(), onIdentity: identity.subscribe } }, log)
  return {
    get address() {
      return listener.address
    },
    get connections() {
      return listener.connections
    },
    close: async () => {
      identity.close()
      await listener.close()
    },
  }
}

/** Used assertions of this process; for trust domains with one replica. */
function rememberHere(clock: () => number): (jti: string, expiresAt: Date) => Promise<boolean> {
  const used = new Map<string, number>()
  return async (jti, expiresAt) => {
    const now = clock()
    for (const [each, until] of used) {
      if (until > now) break
      used.delete(each)
    }
    if (used.has(jti)) return false
    used.set(jti, expiresAt.getTime())
    return true
  }
}

function checkedName(name: string): TrustDomain {
  const parsed = parseTrustDomain(name)
  if (!parsed.ok) throw new RangeError(`"${name}" cannot be a trust domain: ${parsed.reason}.`)
  return parsed.trustDomain
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : typeof error
}
