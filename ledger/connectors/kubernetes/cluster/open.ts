import { createHash } from 'node:crypto'
import type { Detector } from '@mintmark/ledger/detection'
import { ApiError, toUserError } from '../api-error.ts'
import { TIMING, createApiClient } from '../client.ts'
import type { ApiClient, Timing } from '../client.ts'
import { collectLists, oneByOne } from '../collect.ts'
import type { Collection } from '../collect.ts'
import { readConnection } from '../kubeconfig/connection.ts'
import type { Connection } from '../kubeconfig/connection.ts'
import { fieldsAt, fieldsOf, optionalText } from '../objects/fields.ts'
import { createApiFeed } from '../reader/feed.ts'
import type { KubernetesSettings } from '../schema.ts'
import { createSession } from '../session.ts'
import type { ClusterFacts, IsComplete } from '../session.ts'
import type { KubernetesCollectOptions, KubernetesSource } from '../source.ts'
import { createWatchMemory } from '../watch/memory.ts'
import { watchCluster } from '../watch/watch-cluster.ts'
import type { Watched } from '../watch/watch-cluster.ts'

/** A kubeconfig may name a server that is gone or behind a VPN: whoever waits at a terminal hears of it soon. The address inside a pod is right. */
const FIRST_CONTACT_MS_MAX = 5_000

/**
 * Connects to a cluster and reads its id and version; both are readable with almost any role.
 *
 * @param timing how patient to be; tests are less
 * @throws UserError when the kubeconfig, the credentials or the network are wrong
 */
export async function openCluster(
  source: Exclude<KubernetesSettings['source'], { type: 'manifests' }>,
  settings: KubernetesSettings,
  signal: AbortSignal,
  timing: Timing = TIMING,
): Promise<KubernetesSource> {
  const connection = await readConnection(source, new Date())
  const client = createApiClient(connection, timing)
  try {
    const retryMsMax = source.type === 'in-cluster' ? timing.retryMsMax : Math.min(timing.retryMsMax, FIRST_CONTACT_MS_MAX)
    const ask = (path: string): Promise<unknown> => client.json(path, {}, signal, retryMsMax)
    const facts = await readFacts(connection, ask, settings.clusterName)
    return createClusterSource(client, facts, settings)
  } catch (error) {
    client.close()
    throw error instanceof ApiError ? toUserError(error, connection) : error
  }
}

function createClusterSource(client: ApiClient, facts: ClusterFacts, settings: KubernetesSettings): KubernetesSource {
  let watched: Watched | undefined
  const collectionOf = (detector: Detector, options: KubernetesCollectOptions): Collection => {
    const feed = createApiFeed(client, settings.excludeNamespaces ?? [], options.signal)
    const session = createSession(facts, options.watchAfter === true)
    watched = undefined
    if (options.watchAfter !== true) return { feed, session, detector, settings, options }
    const memory = createWatchMemory()
    const onCoverage = (isComplete: IsComplete): void => {
      watched = { session, memory, isComplete, resourceVersion: (row, namespace) => feed.resourceVersion(row, namespace) }
    }
    return { feed, session, detector, settings, options, onObject: (object) => memory.remember(object), onCoverage }
  }
  return {
    source: { key: facts.key, name: facts.name },
    ...(facts.version === undefined ? {} : { serverVersion: facts.version }),
    collect: (detector, options) => oneByOne(collectLists(collectionOf(detector, options))),
    collectLists: (detector, options) => collectLists(collectionOf(detector, options)),
    watch(detector, options) {
      const from = watched ?? { session: createSession(facts, true), memory: createWatchMemory(), isComplete: () => false, resourceVersion: () => undefined }
      return watchCluster({ client, settings, detector, options, ...from })
    },
    close: async () => client.close(),
  }
}

type Ask = (path: string) => Promise<unknown>

async function readFacts(connection: Connection, ask: Ask, clusterName: string | undefined): Promise<ClusterFacts> {
  const [version, uid] = await Promise.all([readVersion(ask), readClusterId(ask)])
  const key = uid ?? standInKey(connection)
  return {
    key,
    name: clusterName ?? nameOf(connection, key),
    ...(version === undefined ? {} : { version }),
    ...(connection.clusterName === undefined ? {} : { contextCluster: connection.clusterName }),
    ...(uid === undefined
      ? {
          keyEvidence:
            'The kube-system namespace could not be read, so a digest of the address and the authority of the API server stands for the id of the cluster',
        }
      : {}),
  }
}

/** Credentials that are refused end here; a version that may not be read does not. */
async function readVersion(ask: Ask): Promise<string | undefined> {
  try {
    return optionalText(fieldsOf(await ask('/version'))['gitVersion'])?.slice(0, 64)
  } catch (error) {
    if (error instanceof ApiError && (error.reason === 'denied' || error.reason === 'not-found')) return undefined
    throw error
  }
}

async function readClusterId(ask: Ask): Promise<string | undefined> {
  try {
    return optionalText(fieldsAt(await ask('/api/v1/namespaces/kube-system'), 'metadata')['uid'])?.slice(0, 64)
  } catch (error) {
    if (error instanceof ApiError && (error.reason === 'denied' || error.reason === 'not-found')) return undefined
    throw error
  }
}

function standInKey({ server, caPem }: Connection): string {
  return `server-${createHash('sha256')
    .update(`${server.href}\n${caPem ?? ''}`)
    .digest('hex')
    .slice(0, 32)}`
}

/** `aws eks` and `gcloud` write more than the name into the kubeconfig. */
function nameOf({ clusterName }: Connection, key: string): string {
  if (clusterName === undefined) return `cluster-${key.slice(0, 8)}`
  const eks = /^arn:aws[a-z-]*:eks:[^:]*:\d{12}:cluster\/(.+)$/.exec(clusterName)?.[1]
  const gke = /^gke_[^_]+_[^_]+_(.+)$/.exec(clusterName)?.[1]
  return (eks ?? gke ?? clusterName).slice(0, 253)
}
