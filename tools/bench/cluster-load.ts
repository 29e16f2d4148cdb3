import type { Cluster } from '../peers/index.ts'
import { type JsonObject, generateObjects, objectChild, textChild } from './detection/generator/index.ts'

/** How many objects of each kind a cluster is filled with. */
export interface Load {
  readonly workloads: number
  readonly secrets: number
  readonly configMaps: number
}

const NAMESPACES = 25
const POOL_OBJECTS = 1_500
/** Share of the scorecard's planting: an ordinary cluster holds about one credential in five objects. */
const DENSITY = 0.2

const PATHS = { Deployment: '/apis/apps/v1', Secret: '/api/v1', ConfigMap: '/api/v1' } as const
type LoadedKind = keyof typeof PATHS
const PLURALS: Readonly<Record<LoadedKind, string>> = { Deployment: 'deployments', Secret: 'secrets', ConfigMap: 'configmaps' }

const collectionPath = (kind: LoadedKind, namespace: string): string => `${PATHS[kind]}/namespaces/${namespace}/${PLURALS[kind]}`

function renamed(object: JsonObject, namespace: string, name: string): JsonObject {
  const { metadata: _, status: __, ...rest } = object
  const { labels, annotations } = objectChild(object, 'metadata')
  return { ...rest, metadata: { name, namespace, ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) } }
}

/** Generated objects of one kind that this API server accepts. */
async function acceptedPool(cluster: Cluster, kind: LoadedKind, seed: string): Promise<JsonObject[]> {
  const pool: JsonObject[] = []
  for (const { object } of generateObjects(seed, POOL_OBJECTS, DENSITY)) {
    if (textChild(object, 'kind') !== kind || pool.length >= 200) continue
    const candidate = renamed(object, 'load-0', `candidate-${pool.length}`)
    const { status } = await cluster.api.request('POST', `${collectionPath(kind, 'load-0')}?dryRun=All`, candidate)
    if (status < 300) pool.push(object)
  }
  if (pool.length === 0) throw new Error(`The API server accepts no generated ${kind}: look at what it answers`)
  return pool
}

/** Fills a cluster with generated objects, in {@link NAMESPACES} namespaces. */
export async function loadCluster(cluster: Cluster, load: Load, seed: string): Promise<void> {
  const namespaces = Array.from({ length: NAMESPACES }, (_, index) => `load-${index}`)
  await cluster.api.create(namespaces.map((name) => ({ path: '/api/v1/namespaces', object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } })))
  const wanted: readonly (readonly [LoadedKind, number])[] = [
    ['Deployment', load.workloads],
    ['Secret', load.secrets],
    ['ConfigMap', load.configMaps],
  ]
  for (const [kind, count] of wanted) {
    const pool = await acceptedPool(cluster, kind, seed)
    const objects = Array.from({ length: count }, (_, index) => {
      const namespace = `load-${index % NAMESPACES}`
      return { path: collectionPath(kind, namespace), object: renamed(pool[index % pool.length] ?? {}, namespace, `${kind.toLowerCase()}-${index}`) }
    })
    await cluster.api.create(objects)
  }
}
