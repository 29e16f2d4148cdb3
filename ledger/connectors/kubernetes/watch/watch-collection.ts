import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '../api-error.ts'
import { backoffMs } from '../client.ts'
import type { ApiClient } from '../client.ts'
import type { Task } from '../collect.ts'
import { toKubernetesObject } from '../objects/object.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { urlPathOf } from '../permissions.ts'
import { selectorOf } from '../reader/feed.ts'
import { createPagedList } from '../reader/list.ts'
import type { WatchMemory } from './memory.ts'
import { watchOnce } from './stream.ts'

/** What a watch does with what it learns. */
export interface Observer {
  changed(object: KubernetesObject): Promise<void>
  removed(namespace: string, name: string): Promise<void>
  /** The collection cannot be watched now. */
  blocked(error: ApiError): Promise<void>
}

/** Everything that watching one collection needs. */
export interface CollectionWatch {
  readonly client: ApiClient
  readonly task: Task
  readonly excludeNamespaces: readonly string[]
  readonly memory: WatchMemory
  readonly observer: Observer
  /** State to go on from; absent: the collection is listed first. */
  readonly resourceVersion: string | undefined
  readonly signal: AbortSignal
}

/** A collection that may be listed but not watched is read again after this time. */
const POLL_MS = 60_000
/** An API server that has just started refuses everybody until it has read its roles, so a refusal is believed only after this many. */
const DOUBTS = 5
/** A watch that lived shorter counts as a failed attempt, so that a server that ends every watch at once is not asked in a circle. */
const SHORT_WATCH_MS = 1_000

/**
 * Follows one collection until `signal` says stop. Dropped connections and restarts of the server are survived by going on from the last event
 * or bookmark; when the server no longer knows that state, the collection is listed again and compared with what is remembered.
 */
export async function watchCollection(watch: CollectionWatch): Promise<void> {
  const { client, signal, observer } = watch
  let position = watch.resourceVersion
  let attempt = 0
  while (!signal.aborted) {
    const beganMs = performance.now()
    let pauseMs = 0
    try {
      position ??= await relist(watch)
      for await (const event of watchOnce({ ...requestOf(watch), resourceVersion: position })) {
        attempt = 0
        if (event.type !== 'BOOKMARK') await follow(watch, event.type, event.item)
        position = event.resourceVersion ?? position
      }
      if (performance.now() - beganMs < SHORT_WATCH_MS) pauseMs = backoffMs(client.timing, attempt++, undefined)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof ApiError)) throw error
      const believed = !error.isPassing && error.reason !== 'gone' && attempt >= DOUBTS
      if (believed) await observer.blocked(error)
      if (believed || error.reason === 'gone') position = undefined
      pauseMs = believed ? POLL_MS : backoffMs(client.timing, attempt++, error.retryAfterMs)
    }
    if (pauseMs > 0) await delay(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}

function requestOf({ client, task, excludeNamespaces, signal }: CollectionWatch) {
  const fieldSelector = task.namespace === undefined ? selectorOf(task.row, excludeNamespaces) : undefined
  return { client, path: urlPathOf(task.row, task.namespace), fieldSelector, signal }
}

async function follow(
  watch: CollectionWatch,
  type: 'ADDED' | 'MODIFIED' | 'DELETED',
  item: { readonly value: unknown; readonly managedFields: () => readonly unknown[] },
) {
  const { task, memory, observer } = watch
  const object = toKubernetesObject(task.row, item.value, item.managedFields)
  if (object === undefined || isExcluded(watch, object)) return
  const { namespace, name } = object.ref
  if (type !== 'DELETED') {
    if (memory.isNews(object)) await observer.changed(object)
  } else if (memory.forget(task.row.collection, namespace, name)) await observer.removed(namespace, name)
}

function isExcluded({ task, excludeNamespaces }: CollectionWatch, object: KubernetesObject): boolean {
  return excludeNamespaces.includes(task.row.kind === 'Namespace' ? object.ref.name : object.ref.namespace)
}

/** Lists the collection, tells what is new and what is no longer there, and returns the state from which a watch goes on. */
async function relist(watch: CollectionWatch): Promise<string> {
  const { task, memory, observer } = watch
  const list = createPagedList(requestOf(watch))
  const seen = new Set<string>()
  for await (const batch of list.batches()) {
    for (const item of batch) {
      const object = item === undefined ? undefined : toKubernetesObject(task.row, item.value, item.managedFields)
      if (object === undefined || isExcluded(watch, object)) continue
      seen.add(`${object.ref.namespace}/${object.ref.name}`)
      if (memory.isNews(object)) await observer.changed(object)
    }
  }
  // Only a list that ended well tells what is gone (law 2).
  for (const { namespace, name } of memory.known(task.row.collection)) {
    if (seen.has(`${namespace}/${name}`) || (task.namespace !== undefined && namespace !== task.namespace)) continue
    memory.forget(task.row.collection, namespace, name)
    await observer.removed(namespace, name)
  }
  const position = list.resourceVersion()
  if (position === undefined) throw new ApiError('protocol', 'The API server did not say which state its list shows')
  return position
}
