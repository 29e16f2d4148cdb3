import { KINDS, openKubernetes } from '@mintmark/ledger/connectors/kubernetes'
import { createDetector } from '@mintmark/ledger/detection'
import { type Cluster, startCluster } from '../../peers/index.ts'
import { scanOpened } from './connector-scan.ts'
import { type Corpus, makeCorpus } from './corpus.ts'
import { type JsonObject, objectChild, textChild } from './generator/index.ts'
import { type ProductScore, benchKey, matchCorpus } from './run-scorecard.ts'

const USER = 'spirl-ledger-scanner'
const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const AUTHORIZER_TIMEOUT_MS = 20_000
const AUTHORIZER_POLL_MS = 100
const REFUSAL_CHARS_MAX = 300

/** A corpus that an API server took, and what it did not take. */
export interface LoadedCorpus {
  /** Objects and truth of what the server keeps. */
  readonly corpus: Corpus
  /** `Kind/namespace/name` with the server's reason, which may quote values of the generator. */
  readonly refused: readonly string[]
}

/** What a user writes: the server itself fills in ids, times, owners of fields and the status. */
function asWritten(object: JsonObject): JsonObject {
  const { status: _, metadata: __, ...rest } = object
  const { name = '', namespace = '', labels = {}, annotations = {} } = objectChild(object, 'metadata')
  const isNamespace = object['kind'] === 'Namespace'
  return { ...rest, metadata: { name, labels, annotations, ...(isNamespace || namespace === '' ? {} : { namespace }) } }
}

function collectionPath(object: JsonObject): string {
  const row = KINDS.find(({ kind }) => kind === textChild(object, 'kind'))
  if (row === undefined) throw new Error(`The generator makes a kind that the scanner does not read: ${textChild(object, 'kind')}`)
  const namespace = textChild(objectChild(object, 'metadata'), 'namespace')
  return `${row.group === '' ? '/api/v1' : `/apis/${row.group}/v1`}${row.namespaced ? `/namespaces/${namespace}` : ''}/${row.collection}`
}

/** Creates the objects of a corpus, their namespaces first. */
export async function loadCorpus(cluster: Cluster, corpus: Corpus): Promise<LoadedCorpus> {
  const namespaces = new Set(corpus.objects.map((object) => textChild(objectChild(object, 'metadata'), 'namespace')).filter((name) => name !== ''))
  const isNamespace = (object: JsonObject): boolean => object['kind'] === 'Namespace'
  const generated = new Set(corpus.objects.filter(isNamespace).map((object) => textChild(objectChild(object, 'metadata'), 'name')))
  await cluster.api.create(
    [...namespaces].filter((name) => !generated.has(name)).map((name) => ({ path: '/api/v1/namespaces', object: { metadata: { name } } })),
  )
  const refused = new Map<number, string>()
  const create = async (index: number): Promise<void> => {
    const object = corpus.objects[index] ?? {}
    const { status, body } = await cluster.api.request('POST', collectionPath(object), asWritten(object))
    if (status >= 300) refused.set(index, `${corpus.names[index]}: ${status} ${body.slice(0, REFUSAL_CHARS_MAX)}`)
  }
  const indices = [...corpus.objects.keys()]
  for (const isFirst of [true, false]) await Promise.all(indices.filter((index) => isNamespace(corpus.objects[index] ?? {}) === isFirst).map(create))
  const kept = indices.filter((index) => !refused.has(index))
  const pick = <Item>(items: readonly Item[]): Item[] => items.filter((_, index) => !refused.has(index))
  return {
    corpus: { ...corpus, requested: kept.length, objects: pick(corpus.objects), truth: pick(corpus.truth), names: pick(corpus.names) },
    refused: [...refused.values()],
  }
}

/** Binds exactly the ClusterRole of the scanner to a new user. @returns its kubeconfig, once the server honours the binding */
export async function createScannerUser(cluster: Cluster): Promise<string> {
  const rules = KINDS.map(({ group, collection }) => ({ apiGroups: [group], resources: [collection], verbs: ['get', 'list', 'watch'] }))
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: USER }
  await cluster.api.create([{ path: `${RBAC}/clusterroles`, object: { metadata: { name: USER }, rules } }])
  const subjects = [{ kind: 'User', name: USER }]
  await cluster.api.create([{ path: `${RBAC}/clusterrolebindings`, object: { metadata: { name: USER }, roleRef, subjects } }])
  const review = { spec: { user: USER, resourceAttributes: { group: '', resource: 'secrets', verb: 'list' } } }
  const deadline = Date.now() + AUTHORIZER_TIMEOUT_MS
  for (;;) {
    const { body } = await cluster.api.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review)
    if (body.includes('"allowed":true')) return await cluster.kubeconfigFor(USER)
    if (Date.now() > deadline) throw new Error('The API server does not honour the binding of the scanner')
    await new Promise((resolve) => setTimeout(resolve, AUTHORIZER_POLL_MS))
  }
}

/** The product over a corpus that lies in a real cluster, read with nothing but the scanner's own role. */
export async function scoreCluster(corpus: Corpus, kubeconfig: string): Promise<ProductScore> {
  const key = benchKey()
  const source = { type: 'kubeconfig', path: kubeconfig, allowExec: false } as const
  const opened = await openKubernetes({ source, clusterName: 'bench' }, new AbortController().signal)
  const result = await scanOpened(opened, createDetector({ key }), key)
  return { matched: matchCorpus(corpus, result.hits), result }
}

/** A corpus in a cluster of its own, scored, and the cluster ended. */
export async function scoreLive(seed: string, count: number): Promise<LoadedCorpus & ProductScore> {
  const cluster = await startCluster({ controllerManager: false })
  try {
    const loaded = await loadCorpus(cluster, makeCorpus(seed, count))
    return { ...loaded, ...(await scoreCluster(loaded.corpus, await createScannerUser(cluster))) }
  } finally {
    await cluster.stop()
  }
}
