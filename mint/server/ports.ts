import type { Bundle } from '@mintmark/spiffe'

/** A page of a list by keyset cursor; `next` is absent on the last page. */
export interface Page<Row> {
  readonly items: readonly Row[]
  readonly next?: string
}

/** Which page of a list. */
export interface PageRequest {
  readonly size: number
  readonly cursor?: string
}

/** A trust domain, `td-…`. */
export interface TrustDomainRow {
  readonly id: string
  readonly name: string
  readonly createdAt: string
}

/** A realm, `rlm-…`: a part of a trust domain with clusters of its own; its name goes in front of default paths. */
export interface RealmRow {
  readonly id: string
  readonly trustDomainId: string
  readonly name: string
  readonly createdAt: string
}

/** Where a cluster's agents run; decides its default templates and attestors. */
export type Platform = 'k8s' | 'istio' | 'eks' | 'eks-istio' | 'linux'

/** A cluster, `c-…`. */
export interface ClusterRow {
  readonly id: string
  readonly trustDomainId: string
  readonly realmId?: string
  readonly name: string
  readonly platform: Platform
  readonly enabled: boolean
  readonly createdAt: string
}

/** A cluster version, `cv-…`: an Ed25519 key (public half, SPKI PEM) that agents of the cluster may prove themselves with. */
export interface ClusterVersionRow {
  readonly id: string
  readonly clusterId: string
  readonly publicKeyPem: string
  readonly active: boolean
  readonly createdAt: string
}

/** An agent as it was last seen. */
export interface AgentRow {
  readonly id: string
  readonly clusterId: string
  readonly nodeName: string
  readonly version: string
  readonly platform: string
  readonly attestedBy: readonly string[]
  readonly attestedAt: string
  readonly lastSeenAt: string
}

/** Trust domains, realms, clusters and their versions, agents. @throws ConflictError when a name is taken */
export interface RegistryStore {
  createTrustDomain(row: { readonly name: string; readonly now: Date }): Promise<TrustDomainRow>
  trustDomain(idOrName: string): Promise<TrustDomainRow | undefined>
  listTrustDomains(page: PageRequest): Promise<Page<TrustDomainRow>>
  createRealm(row: { readonly trustDomainId: string; readonly name: string; readonly now: Date }): Promise<RealmRow>
  realm(trustDomainId: string, idOrName: string): Promise<RealmRow | undefined>
  listRealms(trustDomainId: string, page: PageRequest): Promise<Page<RealmRow>>
  createCluster(row: {
    readonly trustDomainId: string
    readonly realmId?: string
    readonly name: string
    readonly platform: Platform
    readonly now: Date
  }): Promise<ClusterRow>
  /** By id; or by name within a trust domain. */
  cluster(trustDomainId: string, idOrName: string): Promise<ClusterRow | undefined>
  clusterById(id: string): Promise<ClusterRow | undefined>
  listClusters(page: PageRequest & { readonly trustDomainId?: string; readonly realmId?: string }): Promise<Page<ClusterRow>>
  setClusterEnabled(id: string, enabled: boolean): Promise<boolean>
  /** With its versions, agents and configuration; issuance events stay. */
  deleteCluster(id: string): Promise<boolean>
  /** At most `limit` versions are kept: the oldest beyond it are deleted in the same transaction and named in the answer. */
  addClusterVersion(row: { readonly clusterId: string; readonly publicKeyPem: string; readonly limit: number; readonly now: Date }): Promise<{
    readonly version: ClusterVersionRow
    readonly removed: readonly ClusterVersionRow[]
  }>
  clusterVersion(id: string): Promise<ClusterVersionRow | undefined>
  listClusterVersions(clusterId: string): Promise<readonly ClusterVersionRow[]>
  setClusterVersionActive(id: string, active: boolean): Promise<boolean>
  deleteClusterVersion(id: string): Promise<boolean>
  /** Creates or refreshes; called at attestation and, at most once a minute per agent, while it is connected. */
  saveAgent(row: AgentRow): Promise<void>
  listAgents(page: PageRequest & { readonly trustDomainId?: string; readonly clusterId?: string }): Promise<Page<AgentRow>>
}

/** What managed configuration is attached to; the narrower scope wins, section by section. */
export type ConfigurationScope =
  | { readonly kind: 'org' }
  | { readonly kind: 'trust-domain'; readonly id: string }
  | { readonly kind: 'trust-domain-deployment'; readonly id: string }
  | { readonly kind: 'cluster'; readonly id: string }

/** One version of a scope's configuration: the specs of its sections. */
export interface ConfigurationVersion {
  readonly version: number
  readonly sections: Readonly<Record<string, { readonly schema: string; readonly spec: unknown }>>
  readonly actor: string
  readonly createdAt: string
}

/** Managed configuration with its history. Whole versions are stored; what changed is computed. */
export interface ConfigurationStore {
  /** The newest version, or undefined when nothing was ever set. */
  current(scope: ConfigurationScope): Promise<ConfigurationVersion | undefined>
  version(scope: ConfigurationScope, version: number): Promise<ConfigurationVersion | undefined>
  history(scope: ConfigurationScope, page: PageRequest): Promise<Page<ConfigurationVersion>>
  /** @returns the stored version, or undefined when `expectedVersion` is not the newest any more (0: none yet) */
  save(
    scope: ConfigurationScope,
    expectedVersion: number,
    next: Pick<ConfigurationVersion, 'sections' | 'actor'> & { readonly now: Date },
  ): Promise<ConfigurationVersion | undefined>
  /** Grows with every save of any scope, so that servers notice a change with one cheap question. */
  revision(): Promise<bigint>
}

/** A one-way link to a foreign trust domain, with what polling it has shown. */
export interface FederationLinkRow {
  readonly id: string
  readonly trustDomainId: string
  readonly foreignTrustDomain: string
  /** Absent: the bundle was supplied by hand. */
  readonly endpoint?:
    | { readonly url: string; readonly profile: 'https_web' }
    | { readonly url: string; readonly profile: 'https_spiffe'; readonly endpointSpiffeId: string }
  /** The newest bundle document that was accepted, SPIFFE bundle format. */
  readonly bundleDocument?: string
  readonly bundleUpdatedAt?: string
  readonly lastPolledAt?: string
  readonly lastSucceededAt?: string
  readonly lastError?: string
  readonly nextPollAt?: string
  readonly createdAt: string
}

/** A change of a federation link. */
export type FederationLinkChange = {
  readonly [Field in Exclude<keyof FederationLinkRow, 'id' | 'trustDomainId' | 'createdAt'>]?: FederationLinkRow[Field] | undefined
}

/** Federation links. Polling is done by one replica at a time: whoever claims a link until `claimUntil`. */
export interface FederationStore {
  create(row: Omit<FederationLinkRow, 'id' | 'createdAt'> & { readonly now: Date }): Promise<FederationLinkRow>
  get(id: string): Promise<FederationLinkRow | undefined>
  list(page: PageRequest & { readonly trustDomainId?: string }): Promise<Page<FederationLinkRow>>
  /** Changes what is named; a field named with `undefined` is cleared. Naming `nextPollAt` ends the claim of {@link claimDue}. */
  update(id: string, change: FederationLinkChange): Promise<FederationLinkRow | undefined>
  delete(id: string): Promise<boolean>
  /** Links whose next poll is due, claimed for this caller; of one trust domain, or of all. */
  claimDue(now: Date, claimUntil: Date, limit: number, trustDomainId?: string): Promise<readonly FederationLinkRow[]>
}

/** Where a workload runs; undefined: its attributes do not say. */
export interface WorkloadPlace {
  readonly namespace: string | undefined
  readonly serviceAccount: string | undefined
  readonly podOwner: string | undefined
}

/** One thing that happened: issuance done or refused, an attestation, a poll, a keyset change. */
export interface MintEvent {
  readonly id: string
  readonly at: string
  readonly type:
    | 'workload_credential_issued'
    | 'workload_credential_error'
    | 'agent_attestation'
    | 'federation_link_polled'
    | 'keyset_changed'
    | 'configuration_changed'
    /** A call of the HTTP API that changed something or tried to; `details` says who, what and with which answer. */
    | 'audit_log'
  readonly trustDomainId: string
  readonly clusterId?: string
  readonly agentId?: string
  readonly outcome: 'success' | 'failure'
  /** Absent when no subject could be resolved. */
  readonly spiffeId?: string
  readonly svidType?: 'x509' | 'jwt'
  readonly keysetId?: string
  readonly audience?: readonly string[]
  readonly issuedAt?: string
  readonly expiresAt?: string
  readonly error?: string
  /** Workload attributes and the credential's own fields (serial, fingerprint, jti, kid, iss, subject and authority key ids); never key material. */
  readonly details: Readonly<Record<string, unknown>>
  /** `details` as JSON, where they were put into words already: whoever only passes them on need not read them. */
  readonly detailsText?: string
  /** Id and details in bytes, where they were put into bytes already: then `detailsText` need not be made. */
  readonly bytes?: EventBytes
  /** Of a workload: what its attributes say; absent: they stand in `details` alone. */
  readonly place?: WorkloadPlace
}

/** Of an event: its id in ASCII and its details as JSON in UTF-8, which end together with the event. Many events share a block. */
export interface EventBytes {
  readonly block: Buffer
  readonly idAt: number
  readonly detailsAt: number
  readonly end: number
}

/** Which events. */
export interface EventFilter {
  readonly trustDomainId?: string
  readonly clusterId?: string
  readonly type?: MintEvent['type']
  readonly spiffeId?: string
  readonly outcome?: MintEvent['outcome']
  readonly from?: string
  readonly to?: string
}

/** A SPIFFE ID that was issued to somebody, as `spirlctl workload list` shows it. */
export interface WorkloadRow {
  /** Stable and safe in a URL: one for each SPIFFE ID, trust domain and cluster. */
  readonly key: string
  readonly spiffeId: string
  readonly trustDomainId: string
  readonly clusterId?: string
  readonly issued: number
  readonly active: boolean
  readonly firstIssuedAt: string
  readonly lastIssuedAt: string
  readonly lastExpiresAt: string
  /** Kubernetes attributes of the latest issue, when it came from a pod: what Ledger links deployments by. */
  readonly namespace?: string
  readonly serviceAccount?: string
  readonly podOwner?: string
}

/** Which workloads; all conditions hold. */
export interface WorkloadFilter {
  readonly trustDomainId?: string
  readonly clusterId?: string
  readonly key?: string
  readonly spiffeId?: string
  /** Part of the SPIFFE ID, case ignored. */
  readonly spiffeIdPart?: string
  readonly namespace?: string
  readonly serviceAccount?: string
  readonly since: string
  readonly now: string
}

/** Events in partitions by day, appended in batches and never changed; workloads are their running summary. */
export interface EventStore {
  append(events: readonly MintEvent[]): Promise<void>
  list(filter: EventFilter, page: PageRequest): Promise<Page<MintEvent>>
  /** Counts per interval, newest first. */
  series(
    filter: EventFilter & { readonly by: 'svid_type' | 'spiffe_id' | 'audience' | 'cluster'; readonly intervalSeconds: number },
  ): Promise<readonly { readonly from: string; readonly group: string; readonly count: number }[]>
  workloads(filter: WorkloadFilter, page: PageRequest): Promise<Page<WorkloadRow>>
  /** Drops partitions that ended before. @returns how many */
  dropBefore(before: Date): Promise<number>
}

/** Everything of the database that a trust domain server needs. */
export interface MintStores {
  readonly registry: RegistryStore
  readonly configuration: ConfigurationStore
  readonly federation: FederationStore
  readonly events: EventStore
}

/** The bundles a server hands out: its own and those of live links. */
export interface BundleSet {
  readonly own: Bundle
  readonly federated: readonly Bundle[]
}
