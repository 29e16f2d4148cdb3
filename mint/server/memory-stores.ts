import { randomUUID } from 'node:crypto'
import type {
  AgentRow,
  ClusterRow,
  ClusterVersionRow,
  ConfigurationVersion,
  FederationLinkRow,
  MintEvent,
  MintStores,
  Page,
  PageRequest,
  RealmRow,
  TrustDomainRow,
} from './ports.ts'

/** Stores in memory, for tests of what stands on them; the real ones have tests of their own. */
export interface MemoryStores extends MintStores {
  readonly written: readonly MintEvent[]
  /** Every question fails from now on, or no more. */
  setAway(isAway: boolean): void
}

/** Empty stores. */
export function memoryStores(): MemoryStores {
  const written: MintEvent[] = []
  let isAway = false
  const guard = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get: (target, name) => (isAway ? async () => Promise.reject(new Error('the database is away')) : Reflect.get(target, name)),
    })
  return {
    registry: guard(registryInMemory()),
    configuration: guard(configurationInMemory()),
    federation: guard(federationInMemory()),
    events: guard(eventsInMemory(written)),
    written,
    setAway: (away) => {
      isAway = away
    },
  }
}

function registryInMemory(): MintStores['registry'] {
  const rows = { domains: new Map<string, TrustDomainRow>(), realms: new Map<string, RealmRow>(), clusters: new Map<string, ClusterRow>() }
  const versions = new Map<string, ClusterVersionRow>()
  const agents = new Map<string, AgentRow>()
  return {
    createTrustDomain: async ({ name, now }) => put(rows.domains, { id: id('td'), name, createdAt: now.toISOString() }),
    trustDomain: async (idOrName) => named(rows.domains, idOrName),
    listTrustDomains: async (page) => paged([...rows.domains.values()], page),
    createRealm: async ({ now, ...row }) => put(rows.realms, { id: id('rlm'), ...row, createdAt: now.toISOString() }),
    realm: async (_trustDomainId, idOrName) => named(rows.realms, idOrName),
    listRealms: async (_trustDomainId, page) => paged([...rows.realms.values()], page),
    createCluster: async ({ now, ...row }) => put(rows.clusters, { id: id('c'), ...row, enabled: true, createdAt: now.toISOString() }),
    cluster: async (_trustDomainId, idOrName) => named(rows.clusters, idOrName),
    clusterById: async (clusterId) => rows.clusters.get(clusterId),
    listClusters: async (page) => paged([...rows.clusters.values()], page),
    setClusterEnabled: async (clusterId, enabled) => change(rows.clusters, clusterId, { enabled }),
    deleteCluster: async (clusterId) => rows.clusters.delete(clusterId),
    addClusterVersion: async ({ clusterId, publicKeyPem, limit, now }) => {
      const version = put(versions, { id: id('cv'), clusterId, publicKeyPem, active: true, createdAt: now.toISOString() })
      const removed = [...versions.values()].filter((each) => each.clusterId === clusterId).slice(0, -limit)
      for (const each of removed) versions.delete(each.id)
      return { version, removed }
    },
    clusterVersion: async (versionId) => versions.get(versionId),
    listClusterVersions: async (clusterId) => [...versions.values()].filter((each) => each.clusterId === clusterId),
    setClusterVersionActive: async (versionId, active) => change(versions, versionId, { active }),
    deleteClusterVersion: async (versionId) => versions.delete(versionId),
    saveAgent: async (row) => void agents.set(row.id, row),
    listAgents: async (page) =>
      paged(
        [...agents.values()].filter(({ clusterId }) => page.clusterId === undefined || page.clusterId === clusterId),
        page,
      ),
  }
}

function configurationInMemory(): MintStores['configuration'] {
  const configurations = new Map<string, ConfigurationVersion[]>()
  const key = (scope: object): string => JSON.stringify(scope)
  let revision = 0n
  return {
    current: async (scope) => configurations.get(key(scope))?.at(-1),
    version: async (scope, version) => configurations.get(key(scope))?.find((each) => each.version === version),
    history: async (scope, page) => paged([...(configurations.get(key(scope)) ?? [])].toReversed(), page),
    save: async (scope, expectedVersion, { now, ...next }) => {
      const history = configurations.get(key(scope)) ?? []
      if ((history.at(-1)?.version ?? 0) !== expectedVersion) return undefined
      const saved = { ...next, version: expectedVersion + 1, createdAt: now.toISOString() }
      configurations.set(key(scope), [...history, saved])
      revision += 1n
      return saved
    },
    revision: async () => revision,
  }
}

function federationInMemory(): MintStores['federation'] {
  const links = new Map<string, FederationLinkRow>()
  return {
    create: async ({ now, ...row }) => put(links, { ...row, id: id('fl'), createdAt: now.toISOString() }),
    get: async (linkId) => links.get(linkId),
    list: async (page) => paged([...links.values()], page),
    update: async (linkId, changes) => {
      const row = links.get(linkId)
      if (row === undefined) return undefined
      const fields = { ...row, ...changes }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- clearing a field is leaving it out
      return put(links, Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as unknown as FederationLinkRow)
    },
    delete: async (linkId) => links.delete(linkId),
    claimDue: async (now, claimUntil, limit, trustDomainId) =>
      [...links.values()]
        .filter((link) => trustDomainId === undefined || link.trustDomainId === trustDomainId)
        .filter(({ endpoint, nextPollAt }) => endpoint !== undefined && (nextPollAt === undefined || nextPollAt <= now.toISOString()))
        .slice(0, limit)
        .map((link) => put(links, { ...link, nextPollAt: claimUntil.toISOString() })),
  }
}

function eventsInMemory(written: MintEvent[]): MintStores['events'] {
  return {
    append: async (events) => void written.push(...events),
    list: async ({ type }, page) => paged(written.filter((event) => type === undefined || event.type === type).toReversed(), page),
    series: async () => [],
    workloads: async () => ({ items: [] }),
    dropBefore: async () => 0,
  }
}

function id(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`
}

function named<Row extends { readonly id: string; readonly name: string }>(map: Map<string, Row>, idOrName: string): Row | undefined {
  return map.get(idOrName) ?? [...map.values()].find(({ name }) => name === idOrName)
}

function paged<Row>(items: readonly Row[], { size, cursor }: PageRequest): Page<Row> {
  const start = Number(cursor ?? 0)
  const end = start + size
  return { items: items.slice(start, end), ...(end < items.length ? { next: String(end) } : {}) }
}

function put<Row extends { readonly id: string }>(map: Map<string, Row>, row: Row): Row {
  map.set(row.id, row)
  return row
}

function change<Row extends { readonly id: string }>(map: Map<string, Row>, id: string, fields: Partial<Row>): boolean {
  const row = map.get(id)
  if (row !== undefined) map.set(id, { ...row, ...fields })
  return row !== undefined
}
