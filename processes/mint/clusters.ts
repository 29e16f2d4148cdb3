import type { MintOperations } from '@mintmark/control-plane'
import type { AgentConnection, ClusterVersion, MintCluster, NewClusterVersion } from '@mintmark/contract/http'
import type { ClusterRow, ClusterVersionRow, NewClusterVersion as MadeVersion } from '@mintmark/mint/server'
import type { Directory, KnownTrustDomain } from './directory.ts'
import { pageAnswer, pageRequest } from './page.ts'
import { answering } from './refusals.ts'
import type { MintOperationsDependencies } from './served.ts'
import { agentEndpoint } from './trust-domains.ts'

type Operations = Pick<
  MintOperations,
  | 'registerCluster'
  | 'listClusters'
  | 'getCluster'
  | 'updateCluster'
  | 'deleteCluster'
  | 'createClusterVersion'
  | 'listClusterVersions'
  | 'updateClusterVersion'
  | 'deleteClusterVersion'
  | 'listAgents'
>

/** Clusters, the keys of their agents, and the agents. */
export function clusterOperations({ served, stores }: MintOperationsDependencies, directory: Directory): Operations {
  /** The own certificate of the server is vouched for by the bundle; where another one is used, the bundle does no harm. */
  function connectionOf(domain: KnownTrustDomain): AgentConnection {
    if (served === undefined || domain.served === undefined) return { usesTls: true }
    const { usesTls } = served.agents
    return { endpoint: agentEndpoint(served), usesTls, ...(usesTls ? { rootsPem: domain.served.bundle().pem } : {}) }
  }
  return {
    registerCluster: ({ body }) =>
      answering('request-refused', async () => {
        const domain = await directory.trustDomain(body.trustDomain)
        const { name, platform, realm } = body
        const { cluster, ...made } = await domain.clusters.register({ name, platform, ...(realm === undefined ? {} : { realm }) })
        return { cluster: describeCluster(cluster), ...describeMade(made), connection: connectionOf(domain) }
      }),
    listClusters: ({ query }) =>
      answering('request-refused', async () => {
        const { trustDomain, realm: realmId } = query
        const trustDomainId = trustDomain === undefined ? undefined : (await directory.trustDomain(trustDomain)).row.id
        const rows = await stores.registry.listClusters({
          ...pageRequest(query),
          ...(trustDomainId === undefined ? {} : { trustDomainId }),
          ...(realmId === undefined ? {} : { realmId }),
        })
        return pageAnswer(rows, describeCluster)
      }),
    getCluster: ({ params, query }) =>
      answering('request-refused', async () => {
        const { row, trustDomain } = await directory.cluster(params.clusterId, query.trustDomain)
        const versions = await trustDomain.clusters.listVersions(row.id)
        return { ...describeCluster(row), connection: connectionOf(trustDomain), versions: versions.map(describeVersion) }
      }),
    updateCluster: ({ params, query, body }) =>
      answering('request-refused', async () => {
        const { row, trustDomain } = await directory.cluster(params.clusterId, query.trustDomain)
        return describeCluster(await trustDomain.clusters.setEnabled(row.id, body.isEnabled))
      }),
    deleteCluster: ({ params, query }) =>
      answering('request-refused', async () => {
        const { row, trustDomain } = await directory.cluster(params.clusterId, query.trustDomain)
        await trustDomain.clusters.delete(row.id)
        return undefined
      }),
    listAgents: ({ params, query }) =>
      answering('request-refused', async () => {
        const { row, trustDomain } = await directory.cluster(params.clusterId, query.trustDomain)
        const rows = await trustDomain.clusters.listAgents(row.id, pageRequest(query))
        return pageAnswer(rows, ({ attestedBy, ...agent }) => ({ ...agent, attestedBy: [...attestedBy] }))
      }),
    ...versionOperations(directory),
  }
}

function versionOperations(
  directory: Directory,
): Pick<Operations, 'createClusterVersion' | 'listClusterVersions' | 'updateClusterVersion' | 'deleteClusterVersion'> {
  return {
    createClusterVersion: ({ params, query }) =>
      answering('request-refused', async () => {
        const { row, trustDomain } = await directory.cluster(params.clusterId, query.trustDomain)
        return describeMade(await trustDomain.clusters.addVersion(row.id))
      }),
    listClusterVersions: ({ params, query }) =>
      answering('request-refused', async () => {
        const { row, trustDomain } = await directory.cluster(params.clusterId, query.trustDomain)
        return { items: (await trustDomain.clusters.listVersions(row.id)).map(describeVersion) }
      }),
    updateClusterVersion: ({ params, query, body }) =>
      answering('request-refused', async () => {
        const { row, trustDomain } = await directory.cluster(params.clusterId, query.trustDomain)
        return describeVersion(await trustDomain.clusters.setVersionActive(row.id, params.versionId, body.isActive))
      }),
    deleteClusterVersion: ({ params, query }) =>
      answering('request-refused', async () => {
        const { row, trustDomain } = await directory.cluster(params.clusterId, query.trustDomain)
        await trustDomain.clusters.deleteVersion(row.id, params.versionId)
        return undefined
      }),
  }
}

function describeCluster({ id, trustDomainId, realmId, name, platform, enabled, createdAt }: ClusterRow): MintCluster {
  return { id, trustDomainId, ...(realmId === undefined ? {} : { realmId }), name, platform, isEnabled: enabled, createdAt }
}

function describeVersion({ id, clusterId, active, createdAt }: ClusterVersionRow): ClusterVersion {
  return { id, clusterId, isActive: active, createdAt }
}

function describeMade({ version, privateKeyPem, removed }: MadeVersion): NewClusterVersion {
  return { version: describeVersion(version), key: { id: version.id, privateKeyPem }, removed: removed.map(describeVersion) }
}
