import type { Coverage, ProblemLine } from '@mintmark/contract/scan'
import { ApiError, adviseOn } from '../api-error.ts'
import type { ApiClient } from '../client.ts'
import { ListFailure } from '../feed.ts'
import type { Feed, FeedItem } from '../feed.ts'
import { toKubernetesObject } from '../objects/object.ts'
import { permissionOf, urlPathOf } from '../permissions.ts'
import type { KindRow } from '../permissions.ts'
import { createPagedList } from './list.ts'
import type { PagedList } from './list.ts'
import type { ParsedItem } from './parse-item.ts'

/** A cluster as a source of objects. */
export interface ApiFeed extends Feed {
  /** State that the list of a collection began with, for a watch that goes on from there. */
  resourceVersion(row: KindRow, namespace: string | undefined): string | undefined
}

/** Namespaces that are left out by the server itself; a selector of more would not fit into a request line. */
const SELECTOR_NAMESPACES_MAX = 50

/** Lists of one API server; `signal` ends all of them. */
export function createApiFeed(client: ApiClient, excludeNamespaces: readonly string[], signal: AbortSignal): ApiFeed {
  const lists = new Map<string, PagedList>()
  const prepared = (row: KindRow, namespace: string | undefined): PagedList => {
    const id = `${row.collection}/${namespace ?? ''}`
    const fieldSelector = namespace === undefined ? selectorOf(row, excludeNamespaces) : undefined
    const list = lists.get(id) ?? createPagedList({ client, path: urlPathOf(row, namespace), fieldSelector, signal })
    lists.set(id, list)
    return list
  }
  return {
    knowsAbsence: true,
    prepare(row, namespace) {
      if (row.kind !== 'Namespace' || namespace === undefined) prepared(row, namespace).start()
    },
    list(row, namespace) {
      if (row.kind === 'Namespace' && namespace !== undefined) return oneNamespace(client, row, namespace, signal)
      return readList(client, row, namespace, prepared(row, namespace))
    },
    gap: () => undefined,
    notes: () => [],
    resourceVersion: (row, namespace) => lists.get(`${row.collection}/${namespace ?? ''}`)?.resourceVersion(),
  }
}

/** Leaves namespaces out on the server, where their objects would only be thrown away here. */
export function selectorOf(row: KindRow, excludeNamespaces: readonly string[]): string | undefined {
  if (row.kind === 'Node' || excludeNamespaces.length === 0 || excludeNamespaces.length > SELECTOR_NAMESPACES_MAX) return undefined
  const field = row.kind === 'Namespace' ? 'metadata.name' : 'metadata.namespace'
  return excludeNamespaces.map((name) => `${field}!=${name}`).join(',')
}

async function* readList(client: ApiClient, row: KindRow, namespace: string | undefined, list: PagedList): AsyncGenerator<Iterable<FeedItem>> {
  // Retries may bring an object again, and it must not be counted twice.
  const seen = new Set<string>()
  const unread: string[] = []
  try {
    for await (const batch of list.batches()) yield itemsOf(row, batch, seen, unread)
  } catch (error) {
    throw error instanceof ApiError ? new ListFailure(coverageOf(error, client, row, namespace)) : error
  }
  if (unread.length > 0) throw new ListFailure({ state: 'partial', reason: `${unread.length} objects of the list were not valid JSON or had no name` })
}

function* itemsOf(row: KindRow, batch: Iterable<ParsedItem | undefined>, seen: Set<string>, unread: string[]): Generator<FeedItem> {
  for (const item of batch) {
    const object = item === undefined ? undefined : toKubernetesObject(row, item.value, item.managedFields)
    if (object === undefined) {
      unread.push(row.collection)
      yield { problem: unreadable(row, seen.size + unread.length) }
      continue
    }
    const id = `${object.ref.namespace}/${object.ref.name}`
    if (seen.has(id)) continue
    seen.add(id)
    yield { object }
  }
}

function unreadable(row: KindRow, number: number): ProblemLine {
  return {
    type: 'problem',
    collection: row.collection,
    namespace: '',
    object: `item ${number} of the list`,
    field: '',
    problem: 'The object is not valid JSON or has no name, so it was not searched',
  }
}

/** With permissions in single namespaces, a namespace may be read by name although namespaces may not be listed. */
async function* oneNamespace(client: ApiClient, row: KindRow, name: string, signal: AbortSignal): AsyncGenerator<Iterable<FeedItem>> {
  try {
    const object = toKubernetesObject(row, await client.json(`${urlPathOf(row)}/${encodeURIComponent(name)}`, {}, signal))
    if (object !== undefined) yield [{ object }]
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.reason !== 'not-found') throw new ListFailure(coverageOf(error, client, row, name))
    yield [
      {
        problem: {
          type: 'problem',
          collection: row.collection,
          namespace: '',
          object: name,
          field: 'metadata.name',
          problem: 'There is no namespace of this name',
        },
      },
    ]
  }
}

/** What a failed list means for its collection, in words for the person who reads the scan. */
export function coverageOf(error: ApiError, client: ApiClient, row: KindRow, namespace: string | undefined): Exclude<Coverage, { state: 'complete' }> {
  if (error.reason === 'denied') return { state: 'denied', permission: permissionOf(row, namespace) }
  if (error.reason === 'not-found')
    return { state: 'failed', reason: `The API server does not serve ${row.collection} of ${row.group === '' ? 'core' : row.group}/v1` }
  return { state: 'failed', reason: `${error.message}. ${adviseOn(error, client.connection)}` }
}
