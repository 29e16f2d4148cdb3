import { agentState } from '../attest/seen.ts'
import { AdministrationError } from '../failure.ts'
import type { AgentRow, ClusterRow, Page, PageRequest, Platform, RealmRow } from '../ports.ts'
import { translated, type AdministrationDependencies } from './dependencies.ts'
import { administerVersions, type NewClusterVersion, type VersionAdministration } from './versions.ts'

/** An agent, and whether it is there. */
export interface AgentWithState extends AgentRow {
  readonly state: 'ACTIVE' | 'INACTIVE'
}

/** Clusters, realms, versions and agents. Everything ends in {@link AdministrationError}. */
export interface ClusterAdministration extends VersionAdministration {
  /** Registers a cluster with its first version. */
  register(cluster: {
    readonly name: string
    readonly platform: Platform
    readonly realm?: string
  }): Promise<NewClusterVersion & { readonly cluster: ClusterRow }>
  list(page: PageRequest & { readonly realmId?: string }): Promise<Page<ClusterRow>>
  get(idOrName: string): Promise<ClusterRow>
  setEnabled(idOrName: string, enabled: boolean): Promise<ClusterRow>
  /** Of a disabled cluster only: whoever deletes one that is in use has to stop it first. */
  delete(idOrName: string): Promise<void>
  listAgents(idOrName: string, page: PageRequest): Promise<Page<AgentWithState>>
  createRealm(name: string): Promise<RealmRow>
  listRealms(page: PageRequest): Promise<Page<RealmRow>>
}

/** Names become segments of paths (SPIFFE-ID section 2.2), so they obey its letters. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/

/** What these verbs work with. */
export type ClusterDependencies = Pick<AdministrationDependencies, 'registry' | 'trustDomain' | 'now' | 'log' | 'changed'>

/** Verbs on clusters. */
export function administerClusters(dependencies: ClusterDependencies): ClusterAdministration {
  const { registry, trustDomain, now, changed } = dependencies
  const find = (idOrName: string): Promise<ClusterRow> => findCluster(idOrName, dependencies)
  const versions = administerVersions(dependencies, find)
  return {
    ...versions,
    register: async ({ name, platform, realm }) => {
      checkName(name, 'A cluster')
      const realmRow = realm === undefined ? undefined : await translated(() => registry.realm(trustDomain.id, realm))
      if (realm !== undefined && realmRow === undefined) {
        throw new AdministrationError(
          'not-found',
          `Trust domain ${trustDomain.name} has no realm ${realm}.`,
          `Create it: spirlctl trust-domain realm create ${realm}`,
        )
      }
      const cluster = await translated(() =>
        registry.createCluster({ trustDomainId: trustDomain.id, ...(realmRow === undefined ? {} : { realmId: realmRow.id }), name, platform, now: now() }),
      )
      return { cluster, ...(await versions.addVersion(cluster.id)) }
    },
    list: (page) => translated(() => registry.listClusters({ ...page, trustDomainId: trustDomain.id })),
    get: find,
    setEnabled: async (idOrName, enabled) => {
      const cluster = await find(idOrName)
      await translated(() => registry.setClusterEnabled(cluster.id, enabled))
      changed()
      return { ...cluster, enabled }
    },
    delete: async (idOrName) => {
      const cluster = await find(idOrName)
      if (cluster.enabled)
        throw new AdministrationError('invalid', `Cluster ${cluster.name} is enabled.`, `Disable it first: spirlctl cluster disable ${cluster.name}`)
      await translated(() => registry.deleteCluster(cluster.id))
      changed()
    },
    listAgents: async (idOrName, page) => {
      const cluster = await find(idOrName)
      const { items, ...rest } = await translated(() => registry.listAgents({ ...page, clusterId: cluster.id }))
      return { ...rest, items: items.map((agent) => ({ ...agent, state: agentState(agent.lastSeenAt, now()) })) }
    },
    createRealm: (name) => {
      checkName(name, 'A realm')
      return translated(() => registry.createRealm({ trustDomainId: trustDomain.id, name, now: now() }))
    },
    listRealms: (page) => translated(() => registry.listRealms(trustDomain.id, page)),
  }
}

async function findCluster(idOrName: string, { registry, trustDomain }: ClusterDependencies): Promise<ClusterRow> {
  const row = await translated(() => registry.cluster(trustDomain.id, idOrName))
  if (row === undefined)
    throw new AdministrationError('not-found', `Trust domain ${trustDomain.name} has no cluster ${idOrName}.`, 'See them: spirlctl cluster list')
  return row
}

function checkName(name: string, what: string): void {
  if (NAME.test(name)) return
  throw new AdministrationError(
    'invalid',
    `${what} cannot be called "${name.slice(0, 80)}".`,
    'A name has 1 to 63 letters, digits, ".", "-" and "_", and begins and ends with a letter or digit: it becomes part of SPIFFE IDs.',
    {
      problems: [{ pointer: '/name', reason: 'has characters that a SPIFFE ID may not hold' }],
    },
  )
}
