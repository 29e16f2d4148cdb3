import type { Cluster } from '../peers/index.ts'
import { clusterObjects } from './detection/cluster/index.ts'
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

/**
 * What a cluster is filled with. `dense`: objects of the scorecard's generator, repeated, about two credentials each. `real`: every object by itself, in the
 * proportions of a company's cluster as the corpus of the throughput bench has them (see `clusterObjects`).
 */
export const SHAPES = ['dense', 'real'] as const
/** One of {@link SHAPES}. */
export type Shape = (typeof SHAPES)[number]

/** Fills a cluster. */
export async function loadCluster(cluster: Cluster, load: Load, seed: string, shape: Shape): Promise<void> {
  await (shape === 'dense' ? loadDense(cluster, load, seed) : loadReal(cluster, load, seed))
}

const REAL_PATHS: Readonly<Record<string, readonly [role: keyof Load, path: string, collection: string]>> = {
  Deployment: ['workloads', '/apis/apps/v1', 'deployments'],
  StatefulSet: ['workloads', '/apis/apps/v1', 'statefulsets'],
  DaemonSet: ['workloads', '/apis/apps/v1', 'daemonsets'],
  CronJob: ['workloads', '/apis/batch/v1', 'cronjobs'],
  Job: ['workloads', '/apis/batch/v1', 'jobs'],
  Secret: ['secrets', '/api/v1', 'secrets'],
  ConfigMap: ['configMaps', '/api/v1', 'configmaps'],
}
/** Objects that wait to be sent together. */
const SENT_TOGETHER = 500
/** Written by the API server itself; it refuses or replaces what others write there. */
const SERVER_METADATA = new Set(['managedFields', 'uid', 'resourceVersion', 'creationTimestamp', 'generation'])

async function loadReal(cluster: Cluster, load: Load, seed: string): Promise<void> {
  const left: Record<keyof Load, number> = { ...load }
  const namespaces = new Set<string>()
  let waiting: { path: string; object: JsonObject }[] = []
  const send = async (): Promise<void> => {
    const fresh = new Set(waiting.map(({ object }) => textChild(objectChild(object, 'metadata'), 'namespace')).filter((name) => !namespaces.has(name)))
    for (const name of fresh) namespaces.add(name)
    await cluster.api.create([...fresh].map((name) => ({ path: '/api/v1/namespaces', object: { metadata: { name } } })))
    await cluster.api.create(waiting)
    waiting = []
  }
  for (const { object, group } of clusterObjects(seed, Number.POSITIVE_INFINITY)) {
    if (Object.values(left).every((count) => count <= 0)) break
    const [role, root, collection] = REAL_PATHS[textChild(object, 'kind')] ?? []
    // The server makes tokens of accounts itself.
    if (role === undefined || left[role] <= 0 || group === 'Secret service-account-token') continue
    left[role] -= 1
    const metadata = Object.fromEntries(Object.entries(objectChild(object, 'metadata')).filter(([name]) => !SERVER_METADATA.has(name)))
    waiting.push({ path: `${root}/namespaces/${textChild(metadata, 'namespace')}/${collection}`, object: { ...object, metadata } })
    if (waiting.length >= SENT_TOGETHER) await send()
  }
  await send()
}

/** Generated objects, in {@link NAMESPACES} namespaces. */
async function loadDense(cluster: Cluster, load: Load, seed: string): Promise<void> {
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
