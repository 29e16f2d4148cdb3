import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { agentState } from '../attest/seen.ts'
import { AdministrationError } from '../failure.ts'
import { SERVER_LIMITS } from '../limits.ts'
import type { AgentRow, ClusterRow, ClusterVersionRow, Page, PageRequest, Platform, RealmRow } from '../ports.ts'
import { translated, type AdministrationDependencies } from './dependencies.ts'

/** A cluster version that was made just now. The private key is nowhere else: it is shown once and not kept. */
export interface NewClusterVersion {
  readonly version: ClusterVersionRow
  /** Ed25519, PKCS#8 PEM. */
  readonly privateKeyPem: string
  /** Versions that had to go for it; their agents can attest no more. */
  readonly removed: readonly ClusterVersionRow[]
}

/** An agent, and whether it is there. */
export interface AgentWithState extends AgentRow {
  readonly state: 'ACTIVE' | 'INACTIVE'
}

/** Clusters, realms, versions and agents. Everything ends in {@link AdministrationError}. */
export interface ClusterAdministration {
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
  addVersion(idOrName: string): Promise<NewClusterVersion>
  listVersions(idOrName: string): Promise<readonly ClusterVersionRow[]>
  setVersionActive(idOrName: string, versionId: string, active: boolean): Promise<ClusterVersionRow>
  deleteVersion(idOrName: string, versionId: string): Promise<void>
  listAgents(idOrName: string, page: PageRequest): Promise<Page<AgentWithState>>
  createRealm(name: string): Promise<RealmRow>
  listRealms(page: PageRequest): Promise<Page<RealmRow>>
}

/** Names become segments of paths (spiffe.md rule 3), so they obey its letters. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/
const makeKeyPair = promisify(generateKeyPair)

/** Verbs on clusters. */
export function administerClusters(
  dependencies: Pick<AdministrationDependencies, 'registry' | 'trustDomain' | 'now' | 'log' | 'changed'>,
): ClusterAdministration {
  const { registry, trustDomain, now, changed } = dependencies

  async function find(idOrName: string): Promise<ClusterRow> {
    const row = await translated(() => registry.cluster(trustDomain.id, idOrName))
    if (row === undefined)
      throw new AdministrationError('not-found', `Trust domain ${trustDomain.name} has no cluster ${idOrName}.`, 'See them: spirlctl cluster list')
    return row
  }

  async function findVersion(idOrName: string, versionId: string): Promise<ClusterVersionRow> {
    const cluster = await find(idOrName)
    const version = await translated(() => registry.clusterVersion(versionId))
    if (version?.clusterId !== cluster.id) {
      throw new AdministrationError(
        'not-found',
        `Cluster ${cluster.name} has no version ${versionId}.`,
        `See them: spirlctl cluster version list ${cluster.name}`,
      )
    }
    return version
  }

  async function addVersion(cluster: ClusterRow): Promise<NewClusterVersion> {
    const { publicKeyPem, privateKeyPem } = await newVersionKey()
    const { version, removed } = await translated(() =>
      registry.addClusterVersion({ clusterId: cluster.id, publicKeyPem, limit: SERVER_LIMITS.clusterVersionsMax, now: now() }),
    )
    for (const { id } of removed) {
      dependencies.log.warn(
        { logger: 'server.clusters', cluster: cluster.name, version: id },
        'The oldest cluster version was removed for a newer one; its agents can attest no more',
      )
    }
    changed()
    return { version, privateKeyPem, removed }
  }

  return {
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
      return { cluster, ...(await addVersion(cluster)) }
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
    addVersion: async (idOrName) => addVersion(await find(idOrName)),
    listVersions: async (idOrName) => {
      const cluster = await find(idOrName)
      return translated(() => registry.listClusterVersions(cluster.id))
    },
    setVersionActive: async (idOrName, versionId, active) => {
      const version = await findVersion(idOrName, versionId)
      await translated(() => registry.setClusterVersionActive(version.id, active))
      changed()
      return { ...version, active }
    },
    deleteVersion: async (idOrName, versionId) => {
      const version = await findVersion(idOrName, versionId)
      if (version.active)
        throw new AdministrationError(
          'invalid',
          `Cluster version ${versionId} is active.`,
          `Deactivate it first: spirlctl cluster version deactivate ${idOrName} ${versionId}`,
        )
      await translated(() => registry.deleteClusterVersion(version.id))
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

async function newVersionKey(): Promise<{ readonly publicKeyPem: string; readonly privateKeyPem: string }> {
  const { publicKey, privateKey } = await makeKeyPair('ed25519')
  return {
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
