import type { Coverage, CoverageLine, ObjectRef, ScanEvent } from '@mintmark/contract/scan'
import type { Detector } from '@mintmark/ledger/detection'
import { ApiError } from '../api-error.ts'
import type { ApiClient } from '../client.ts'
import { tasksOf } from '../collect.ts'
import type { CollectOptions, Task } from '../collect.ts'
import { toKubernetesObject } from '../objects/object.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { KINDS, kindNamed, urlPathOf } from '../permissions.ts'
import type { KindRow } from '../permissions.ts'
import { coverageOf } from '../reader/feed.ts'
import type { KubernetesSettings } from '../schema.ts'
import type { IsComplete, Session } from '../session.ts'
import type { ChangeBatch } from '../source.ts'
import { createBatches } from './batches.ts'
import type { Batches } from './batches.ts'
import type { WatchMemory } from './memory.ts'
import { watchCollection } from './watch-collection.ts'
import type { Observer } from './watch-collection.ts'

/** What a full scan leaves behind for watching. */
export interface Watched {
  readonly session: Session
  readonly memory: WatchMemory
  readonly isComplete: IsComplete
  readonly resourceVersion: (row: KindRow, namespace: string | undefined) => string | undefined
}

/** Everything that watching a cluster needs. */
export interface ClusterWatch extends Watched {
  readonly client: ApiClient
  readonly settings: Pick<KubernetesSettings, 'namespaces' | 'excludeNamespaces'>
  readonly detector: Detector
  readonly options: CollectOptions
}

/** Follows all collections at once and yields what changed, until the options' signal says stop. */
export async function* watchCluster(watch: ClusterWatch): AsyncGenerator<ChangeBatch> {
  const { client, settings, memory, session, isComplete, options } = watch
  const batches = createBatches()
  session.takeAffected()
  // A bug of ours in one watch ends them all, and the caller learns of it.
  const failure = new AbortController()
  const signal = AbortSignal.any([options.signal, failure.signal])
  let description = JSON.stringify(session.describeCluster(isComplete, []))
  const describeChange = (): readonly ScanEvent[] => {
    const observation = session.describeCluster(isComplete, [])
    const text = JSON.stringify(observation)
    if (text === description) return []
    description = text
    return [{ type: 'observation', collection: 'cluster', namespace: '', object: '', observation }, line('cluster', {}, { state: 'complete' }, 1)]
  }
  const running = KINDS.flatMap((row) => tasksOf(row, settings))
    .filter(({ row, namespace }) => row.kind !== 'Namespace' || namespace === undefined)
    .map((task) =>
      watchCollection({
        client,
        task,
        memory,
        signal,
        excludeNamespaces: settings.excludeNamespaces ?? [],
        resourceVersion: watch.resourceVersion(task.row, task.namespace),
        observer: createObserver(watch, task, batches, signal),
      }).catch((error: unknown) => failure.abort(error)),
    )
  try {
    yield* batches.take(signal, describeChange)
    if (failure.signal.aborted && !options.signal.aborted) throw failure.signal.reason
  } finally {
    failure.abort()
    await Promise.all(running)
  }
}

function line(collection: string, scope: CoverageLine['scope'], coverage: Coverage, objects: number): CoverageLine {
  return { type: 'coverage', collection, scope, coverage, objects }
}

function createObserver(watch: ClusterWatch, { row, namespace }: Task, batches: Batches, signal: AbortSignal): Observer {
  const { session, client } = watch
  const told = new Set<string>()
  return {
    async changed(object) {
      await batches.put(...changeOf(watch, object))
      await readAffected(watch, batches, signal)
    },
    async removed(home, name) {
      session.forget(row, home, name)
      await batches.put(line(row.collection, { namespace: home, object: name }, { state: 'complete' }, 0), [])
      await readAffected(watch, batches, signal)
    },
    async blocked(error: ApiError) {
      if (told.has(error.message)) return
      told.add(error.message)
      await batches.put(line(row.collection, namespace === undefined ? {} : { namespace }, coverageOf(error, client, row, namespace), 0), [])
    },
  }
}

/** Everything that one object says now, and that this is all. */
function changeOf({ session, detector, isComplete }: ClusterWatch, object: KubernetesObject): [CoverageLine, ScanEvent[]] {
  const { row, ref } = object
  const events = session.visit(object, detector)
  if (row.role === 'workload') events.push(...session.settle(isComplete, ref))
  return [line(row.collection, { namespace: ref.namespace, object: ref.name }, { state: 'complete' }, 1), events]
}

/**
 * Sends workloads again whose Secrets, ConfigMaps or ServiceAccount came, went or changed, so that what they say of these is true.
 * A scan keeps no objects, so they are asked for once more.
 */
async function readAffected(watch: ClusterWatch, batches: Batches, signal: AbortSignal): Promise<void> {
  for (const ref of watch.session.takeAffected()) {
    const row = kindNamed(ref.kind)
    if (row === undefined || signal.aborted) continue
    const change = await readWorkload(watch, row, ref, signal)
    if (change !== undefined) await batches.put(...change)
  }
}

async function readWorkload(watch: ClusterWatch, row: KindRow, ref: ObjectRef, signal: AbortSignal): Promise<[CoverageLine, ScanEvent[]] | undefined> {
  const { client, memory } = watch
  try {
    const object = toKubernetesObject(row, await client.json(`${urlPathOf(row, ref.namespace)}/${encodeURIComponent(ref.name)}`, {}, signal))
    if (object === undefined) return undefined
    memory.remember(object)
    return changeOf(watch, object)
  } catch (error) {
    if (signal.aborted) return undefined
    if (!(error instanceof ApiError)) throw error
    // The watch of its own kind tells that it is gone.
    if (error.reason === 'not-found') return undefined
    return [line(row.collection, { namespace: ref.namespace, object: ref.name }, coverageOf(error, client, row, ref.namespace), 0), []]
  }
}
