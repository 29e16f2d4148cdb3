import type { Deployment, DeploymentIssuance, Identity } from '@mintmark/contract/http'
import type { Link } from '@mintmark/contract/scan'
import { spiffeIdKey } from '@mintmark/ledger/model'
import type { Store } from '@mintmark/storage'
import { clusterSegment, findClusters, type IssuingCluster } from './issuing-clusters.ts'

type Mint = Store['mint']
type Workload = Awaited<ReturnType<Mint['events']['workloads']>>['items'][number]

/** Kind of the identities that Mint issues, in Ledger's inventory. */
export const SPIFFE_KIND = 'spiffe-id'
const ID_PREFIX = 'spi-'
const KEY_PREFIX = spiffeIdKey('')
const BEGINNING = '1970-01-01T00:00:00.000Z'
/** Identities that one deployment shows. */
const OF_DEPLOYMENT_MAX = 16
/** Characters of an identity's name and of one attribute. */
const TEXT_CHARS_MAX = 512

/** What Mint has issued, as Ledger shows it. It is read beside the scans and changes none of them. */
export interface IssuedIdentities {
  list(request: {
    readonly size: number
    readonly cursor?: string
    readonly name?: string
  }): Promise<{ readonly items: readonly Identity[]; readonly next?: string }>
  /** By id or natural key. */
  get(idOrKey: string): Promise<{ readonly identity: Identity; readonly places: readonly Place[] } | undefined>
  ofDeployment(deployment: Deployment): Promise<DeploymentIssuance>
  /** From a deployment to the identities that it was given. */
  linksOf(deployment: Deployment): Promise<readonly { readonly link: Link; readonly identity: Identity }[]>
}

/** Where pods with an identity run, in Ledger's words. */
export interface Place {
  readonly clusterSegment: string
  readonly namespace: string
  readonly serviceAccount: string
}

/** Reads issued identities out of the summary of issuance events. */
export function createIssuedIdentities(mint: Mint, clock: () => Date): IssuedIdentities {
  const always = (): { since: string; now: string } => ({ since: BEGINNING, now: clock().toISOString() })

  async function clusterName(id: string | undefined): Promise<string | undefined> {
    return id === undefined ? undefined : (await mint.registry.clusterById(id))?.name
  }

  async function describe(workload: Workload): Promise<Identity> {
    return identityOf(workload, await clusterName(workload.clusterId))
  }

  /** One SPIFFE ID can be issued in several clusters; the first of its rows speaks for it. */
  async function speaks(workload: Workload): Promise<boolean> {
    const { items } = await mint.events.workloads({ ...always(), spiffeId: workload.spiffeId }, { size: 1 })
    return items[0]?.key === workload.key
  }

  async function rowsOf(idOrKey: string): Promise<readonly Workload[]> {
    if (idOrKey.startsWith(KEY_PREFIX))
      return (await mint.events.workloads({ ...always(), spiffeId: idOrKey.slice(KEY_PREFIX.length) }, { size: OF_DEPLOYMENT_MAX })).items
    if (!idOrKey.startsWith(ID_PREFIX)) return []
    const [row] = (await mint.events.workloads({ ...always(), key: idOrKey.slice(ID_PREFIX.length) }, { size: 1 })).items
    return row === undefined ? [] : rowsOf(`${KEY_PREFIX}${row.spiffeId}`)
  }

  async function issuedTo(deployment: Deployment, clusters: readonly IssuingCluster[]): Promise<readonly Workload[]> {
    const { namespace, serviceAccount } = deployment
    const found: Workload[] = []
    for (const { id: clusterId } of clusters)
      found.push(...(await mint.events.workloads({ ...always(), clusterId, namespace, serviceAccount }, { size: OF_DEPLOYMENT_MAX })).items)
    return found.toSorted((a, b) => (a.lastIssuedAt < b.lastIssuedAt ? 1 : -1)).slice(0, OF_DEPLOYMENT_MAX)
  }

  return {
    list: async ({ size, cursor, name }) => {
      const filter = { ...always(), ...(name === undefined ? {} : { spiffeIdPart: name }) }
      const page = await mint.events.workloads(filter, { size, ...(cursor === undefined ? {} : { cursor }) })
      const items: Identity[] = []
      let before: string | undefined
      for (const workload of page.items) {
        const isNew = workload.spiffeId !== before && (before !== undefined || (await speaks(workload)))
        before = workload.spiffeId
        if (isNew) items.push(await describe(workload))
      }
      return { items, ...(page.next === undefined ? {} : { next: page.next }) }
    },
    get: async (idOrKey) => {
      const rows = await rowsOf(idOrKey)
      const [first] = rows
      if (first === undefined) return undefined
      const places: Place[] = []
      for (const { clusterId, namespace, serviceAccount } of rows) {
        const cluster = await clusterName(clusterId)
        if (cluster !== undefined && namespace !== undefined && serviceAccount !== undefined)
          places.push({ clusterSegment: cluster, namespace, serviceAccount })
      }
      return { identity: await describe(first), places }
    },
    ofDeployment: async (deployment) => {
      const clusters = await findClusters(mint.registry, deployment)
      return describeIssuance(deployment, clusters, await issuedTo(deployment, clusters))
    },
    linksOf: async (deployment) => {
      const clusters = await findClusters(mint.registry, deployment)
      const links: { link: Link; identity: Identity }[] = []
      for (const workload of await issuedTo(deployment, clusters)) {
        const evidence = [placeWords(deployment), `Mint issued it to a pod there, last at ${workload.lastIssuedAt}`]
        links.push({
          link: { relation: 'runs-as', target: spiffeIdKey(workload.spiffeId), confidence: 'medium', evidence },
          identity: await describe(workload),
        })
      }
      return links
    },
  }
}

function identityOf(workload: Workload, cluster: string | undefined): Identity {
  const { key, spiffeId, namespace, serviceAccount, podOwner, firstIssuedAt, lastIssuedAt, lastExpiresAt, active } = workload
  const known = { cluster, namespace, serviceAccount, podOwner, firstIssuedAt, lastIssuedAt, lastExpiresAt, active: String(active) }
  const attributes = Object.fromEntries(Object.entries(known).flatMap(([name, value]) => (value === undefined ? [] : [[name, value.slice(0, TEXT_CHARS_MAX)]])))
  return {
    id: `${ID_PREFIX}${key}`,
    key: spiffeIdKey(spiffeId),
    kind: SPIFFE_KIND,
    provider: 'mintmark',
    name: spiffeId.slice(0, TEXT_CHARS_MAX),
    attributes,
    secretsTotal: 0,
  }
}

function describeIssuance(deployment: Deployment, clusters: readonly IssuingCluster[], issued: readonly Workload[]): DeploymentIssuance {
  const [cluster] = clusters
  if (cluster === undefined) {
    const evidence = [`No cluster of a trust domain is called "${clusterSegment(deployment)}", as the scanned one is: what was issued there cannot be told`]
    return { state: 'unknown', identities: [], evidence }
  }
  const same = `A cluster of trust domain ${cluster.trustDomain} has the name of the scanned one`
  const [latest] = issued
  if (latest === undefined) {
    const template = 'The SPIFFE ID is that of the default template; the policy of the cluster may give another'
    const never = `Nothing was issued to ${placeWords(deployment)} since the cluster was registered at ${cluster.createdAt}`
    const { defaultSpiffeId: spiffeId } = cluster
    return { state: 'not-issued', ...(spiffeId === undefined ? {} : { spiffeId }), identities: [], evidence: [same, never, template] }
  }
  const owner = latest.podOwner === undefined ? [] : [`The pod that was given it last belongs to ${latest.podOwner.slice(0, TEXT_CHARS_MAX / 2)}`]
  return {
    state: 'issued',
    spiffeId: latest.spiffeId,
    lastIssuedAt: latest.lastIssuedAt,
    lastExpiresAt: latest.lastExpiresAt,
    identities: [...new Set(issued.map(({ spiffeId }) => spiffeIdKey(spiffeId)))],
    evidence: [same, `It was issued to ${placeWords(deployment)}, which other deployments may share`, ...owner],
  }
}

function placeWords({ namespace, serviceAccount }: Deployment): string {
  return `service account ${namespace}/${serviceAccount}`
}
