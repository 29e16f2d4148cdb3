import type { Deployment } from '@mintmark/contract/http'
import { parseTrustDomain, spiffeId } from '@mintmark/spiffe'
import type { Store } from '@mintmark/storage'

/** Trust domains that are looked through. */
const TRUST_DOMAINS_MAX = 200

/** A cluster of a trust domain that is taken for the one of a deployment. */
export interface IssuingCluster {
  readonly id: string
  readonly trustDomain: string
  readonly createdAt: string
  /** What the deployment would get where no policy says otherwise; absent when its names yield no SPIFFE ID. */
  readonly defaultSpiffeId: string | undefined
}

/** Name of a deployment's cluster, as it stands in its SPIFFE ID path. */
export function clusterSegment({ mint }: Pick<Deployment, 'mint'>): string {
  return mint.spiffeIdPath.split('/')[1] ?? ''
}

/** Clusters of trust domains that are called as Ledger calls the cluster of a deployment. */
export async function findClusters(registry: Store['mint']['registry'], deployment: Pick<Deployment, 'mint'>): Promise<readonly IssuingCluster[]> {
  const name = clusterSegment(deployment)
  if (name === '') return []
  const found: IssuingCluster[] = []
  const { items } = await registry.listTrustDomains({ size: TRUST_DOMAINS_MAX })
  for (const trustDomain of items) {
    const cluster = await registry.cluster(trustDomain.id, name)
    if (cluster === undefined) continue
    const realm = cluster.realmId === undefined ? undefined : await registry.realm(trustDomain.id, cluster.realmId)
    const isMesh = cluster.platform === 'istio' || cluster.platform === 'eks-istio'
    // A mesh names its workloads without the cluster.
    const path = isMesh ? deployment.mint.spiffeIdPath.slice(name.length + 1) : deployment.mint.spiffeIdPath
    const prefix = realm === undefined ? '' : `/${realm.name}`
    found.push({ id: cluster.id, trustDomain: trustDomain.name, createdAt: cluster.createdAt, defaultSpiffeId: idOf(trustDomain.name, `${prefix}${path}`) })
  }
  return found
}

function idOf(trustDomain: string, path: string): string | undefined {
  const name = parseTrustDomain(trustDomain)
  const id = name.ok ? spiffeId(name.trustDomain, path) : name
  return id.ok ? id.id : undefined
}
