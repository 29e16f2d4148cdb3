import { AttestationError, createAddressGuard, createCvkAttestor, createOutboundFetch } from '@mintmark/mint/attestation'
import type { Authority, KeysetChange } from '@mintmark/mint/authority'
import { parseTrustDomain, type TrustDomain } from '@mintmark/spiffe'
import { createAdministration, type MintAdministration } from './administration/administration.ts'
import { createAttestationCompiler } from './attest/compile.ts'
import { ATTEMPTS, createAttestationRate, FAILURES } from './attest/rate.ts'
import { createReviewCredentials } from './attest/review-credentials.ts'
import { createUsedAssertions } from './attest/used-assertions.ts'
import { createAgentsSeen } from './attest/seen.ts'
import { createTrustFeed, type TrustFeed } from './bundles/trust.ts'
import { createConfigurationWatch } from './configuration/watch.ts'
import { resolveSections, scopesOf } from './configuration/resolve.ts'
import { createClusters } from './directory/clusters.ts'
import { createEventQueue, type EventQueue } from './events/queue.ts'
import { createFederation } from './federation/federation.ts'
import { createIssuer } from './issuance/issuer.ts'
import { recordKeysetChange } from './events/keyset.ts'
import { ocsfOf } from './events/ocsf.ts'
import { createPublicHandler, type PublicHandler } from './public/public.ts'
import { listenPublic } from './public/listener.ts'
import { listenGrpc, type GrpcListener } from './listener/grpc.ts'
import { createServerIdentity, type TlsIdentity } from './listener/identity.ts'
import { describeError, type ServerLog } from './log.ts'
import type { MintEvent, MintStores, TrustDomainRow } from './ports.ts'
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
  /** Receives each OCSF line when `ocsf` is on; default: standard output. */
  readonly writeLine?: (line: string) => void
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
  readonly administration: MintAdministration
  /** Public endpoints (bundle, keys, discovery) for whoever serves HTTP; undefined for paths of somebody else, and without a public URL. */
  readonly handlePublic: PublicHandler
  /** Polls the federation links that are due, now; otherwise that happens every few seconds. */
  pollFederation(): Promise<void>
  /** Puts a change of keysets that no administrator has asked for on record. */
  recordKeysetChange(change: KeysetChange): void
  listen(options: ListenForAgents): Promise<GrpcListener>
  /** The public endpoints on a port of their own: with the own certificate that is profile https_spiffe, with files https_web. */
  listenPublic(options: Omit<ListenForAgents, 'connectionAgeMs'>): Promise<{ readonly port: number; close(): Promise<void> }>
  close(): Promise<void>
}

const POLL_MS = 5_000

/** Opens a trust domain server over its stores and its authority. Nothing listens yet. */
export async function openTrustDomainServer(options: TrustDomainServerOptions): Promise<TrustDomainServer> {
  const { stores, authority, now, settings, log } = options
  const trustDomain = { id: options.trustDomain.id, name: checkedName(options.trustDomain.name) }
  const clock = (): number => now().getTime()
  const events = createEventQueue(stores.events, log, settings.ocsf === true ? ocsfWriter(options.writeLine) : undefined)
  const sessions = createSessions(authority, now, settings.requireBinding ?? false)
  const trust = createTrustFeed(authority)
  const cvk = createCvkAttestor({
    clusterVersion: (id) =>
      clusters.version(id).catch((error: unknown) => {
        // An attestor's failure, so that another policy may still be passed.
        throw new AttestationError('UNAVAILABLE', 'The database cannot be reached and the cluster version is not remembered; try again in a moment.', {
          cause: error,
        })
      }),
    rememberAssertion: rememberer(options, clock),
  })
  const fetch = createOutboundFetch(createAddressGuard(settings.outboundAllowed ?? []), settings.outboundRoots)
  const clusters = createClusters({
    trustDomain,
    registry: stores.registry,
    sections: (cluster) => resolveSections(stores.configuration, scopesOf(cluster, settings.deploymentId)),
    compileAttestation: createAttestationCompiler({ cvk, fetch, clock, credentials: createReviewCredentials(settings.tokenReviewCredentials ?? new Map()) }),
    clock,
    onFailure: (error) => log.warn({ logger: 'server.directory', ...describeError(error) }, 'The database cannot be read; what is remembered stays in use'),
  })
  const pollMs = settings.pollMs ?? POLL_MS
  const configuration = createConfigurationWatch({ revision: () => stores.configuration.revision(), onChange: () => clusters.forget(), pollMs, log })
  const record = (event: MintEvent): void => events.record(event)
  const federation = createFederation({ store: stores.federation, trustDomainId: trustDomain.id, trust, fetch, now, record, log, pollMs })
  const jwtIssuer = issuerOf(settings)
  const service = createAgentService({
    trustDomain,
    clusters,
    sessions,
    rate: createAttestationRate(clock, ATTEMPTS),
    failures: createAttestationRate(clock, FAILURES),
    agents: createAgentsSeen(stores.registry, clock, log),
    record,
    now,
    requireBinding: settings.requireBinding ?? false,
    issuer: createIssuer({ authority, trustDomainId: trustDomain.id, now, record, jwtIssuer }),
    trust,
    onConfiguration: (listener) => configuration.subscribe(listener),
  })
  const administration = createAdministration(
    options.trustDomain,
    { ...stores, trustDomain, deploymentId: settings.deploymentId, authority, now, log, record, changed: () => configuration.changed(), jwtIssuer },
    federation,
  )
  const { publicUrl } = settings
  const handlePublic: PublicHandler =
    publicUrl === undefined ? () => undefined : createPublicHandler({ trust, publicUrl, issuer: jwtIssuer, hosts: settings.publicHosts ?? [] })
  void federation.run()
  const ends: (() => void | Promise<void>)[] = [
    () => events.close(),
    () => trust.close(),
    () => sessions.close(),
    () => configuration.close(),
    () => federation.close(),
  ]
  return {
    service,
    trust,
    events,
    administration,
    handlePublic,
    pollFederation: () => federation.run(),
    recordKeysetChange: (change) => recordKeysetChange(change, trustDomain.id, now(), record),
    listenPublic: async ({ host, port, tls }) => {
      const own = await tlsOf(tls, options)
      const listener = await listenPublic(handlePublic, { host, port, ...(own === undefined ? {} : { tls: own }) })
      ends.push(async () => {
        own?.close()
        await listener.close()
      })
      return listener
    },
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

async function listen({ tls, ...where }: ListenForAgents, service: AgentService, options: TrustDomainServerOptions): Promise<GrpcListener> {
  const own = await tlsOf(tls, options)
  const listener = await listenGrpc(service, { ...where, ...(own === undefined ? {} : { tls: own }) }, options.log)
  return {
    address: listener.address,
    get connections() {
      return listener.connections
    },
    close: async () => {
      own?.close()
      await listener.close()
    },
  }
}

async function tlsOf(tls: ListenForAgents['tls'], { authority, now, log }: TrustDomainServerOptions) {
  if (tls.from === 'none') return undefined
  if (tls.from === 'files') return { identity: { key: tls.key, cert: tls.cert }, onIdentity: () => undefined, close: () => undefined }
  const identity = await createServerIdentity({ authority, dnsNames: tls.dnsNames, ipAddresses: tls.ipAddresses, now }, log)
  return { identity: identity.current(), onIdentity: (listener: (next: TlsIdentity) => void) => identity.subscribe(listener), close: () => identity.close() }
}

function ocsfWriter(write: (line: string) => void = (line) => void process.stdout.write(line)): (event: MintEvent) => void {
  return (event) => {
    const mapped = ocsfOf(event)
    if (mapped !== undefined) write(`${JSON.stringify(mapped)}\n`)
  }
}

/** Used assertions are remembered for all replicas; while the database is away, by this one alone: agents must get in then, too. */
function rememberer({ rememberAssertion, log }: TrustDomainServerOptions, clock: () => number): (jti: string, expiresAt: Date) => Promise<boolean> {
  const here = createUsedAssertions(clock)
  return async (jti, expiresAt) => {
    const isFirst = here(jti, expiresAt)
    if (rememberAssertion === undefined || !isFirst) return isFirst
    try {
      return await rememberAssertion(jti, expiresAt)
    } catch (error) {
      log.warn({ logger: 'server.attestation', ...describeError(error) }, 'A used assertion could not be noted in the database; this server remembers it alone')
      return true
    }
  }
}

function checkedName(name: string): TrustDomain {
  const parsed = parseTrustDomain(name)
  if (!parsed.ok) throw new RangeError(`"${name}" cannot be a trust domain: ${parsed.reason}.`)
  return parsed.trustDomain
}
