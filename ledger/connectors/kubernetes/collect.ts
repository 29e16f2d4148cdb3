import type { Coverage, CoverageLine, ScanEvent, Scope } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import type { Detector } from '@mintmark/ledger/detection'
import { ListFailure } from './feed.ts'
import type { Feed } from './feed.ts'
import { boundText } from './objects/fields.ts'
import type { KubernetesObject } from './objects/object.ts'
import { KINDS } from './permissions.ts'
import type { KindRow } from './permissions.ts'
import type { KubernetesSettings } from './schema.ts'
import type { IsComplete, Session } from './session.ts'

/** How far a scan is: objects read of one collection. */
export interface Progress {
  readonly collection: string
  readonly objects: number
  readonly done: boolean
}

/** How a reading is followed and stopped. */
export interface CollectOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  /** The time of the scan; never the wall clock, so that the same cluster gives the same scan. */
  readonly clock: () => Date
}

/** Everything that one reading needs. */
export interface Collection {
  readonly feed: Feed
  readonly session: Session
  readonly detector: Detector
  readonly settings: Pick<KubernetesSettings, 'namespaces' | 'excludeNamespaces'>
  readonly options: CollectOptions
  /** Sees every object before its values are judged; watching remembers its digest here. */
  readonly onObject?: (object: KubernetesObject) => void
  /** Told what was read completely, before edges are settled. */
  readonly onCoverage?: (isComplete: IsComplete) => void
}

/** One list: a kind in the whole cluster, or in one namespace. */
export interface Task {
  readonly row: KindRow
  readonly namespace: string | undefined
}

interface Outcome extends Task {
  readonly coverage: Coverage
  readonly objects: number
  /** Objects by namespace, counted where one list stands for many scopes. */
  readonly byNamespace: ReadonlyMap<string, number>
}

/** Objects between two calls of `onProgress`. */
const PROGRESS_EVERY = 500

/** Lines of edges that leave together. */
const EDGES_EVERY = 256

/** Flattens lists of lines. */
export async function* oneByOne(lists: AsyncIterable<readonly ScanEvent[]>): AsyncGenerator<ScanEvent> {
  for await (const list of lists) for (const event of list) yield event
}

/**
 * Reads everything once, in the order of {@link KINDS}, and yields what it says: lines of each object as it is read,
 * then the edges that needed all of them, the cluster, and the coverage of every collection.
 */
export async function* collectLists(collection: Collection): AsyncGenerator<readonly ScanEvent[]> {
  const { feed, session, settings, options } = collection
  const tasks = KINDS.flatMap((row) => tasksOf(row, settings))
  const outcomes: Outcome[] = []
  for (const [index, task] of tasks.entries()) {
    options.signal.throwIfAborted()
    const next = tasks[index + 1]
    feed.prepare(task.row, task.namespace)
    if (next !== undefined) feed.prepare(next.row, next.namespace)
    outcomes.push(yield* readTask(collection, task))
  }
  const gap = feed.gap()
  const lines = outcomes.flatMap((outcome) => coverageLines(outcome, outcomes, settings, gap))
  const readCompletely = completeness(lines)
  collection.onCoverage?.(readCompletely)
  let edges: ScanEvent[] = []
  for (const line of session.settle((name, namespace) => feed.knowsAbsence && readCompletely(name, namespace))) {
    edges.push(line)
    if (edges.length < EDGES_EVERY) continue
    yield edges
    edges = []
  }
  yield edges
  const observation = session.describeCluster(readCompletely, feed.notes())
  yield [{ type: 'observation', collection: 'cluster', namespace: '', object: '', observation }, ...lines, clusterCoverage(lines)]
}

/** The lists that together read what the settings ask for. */
export function tasksOf(row: KindRow, { namespaces }: Collection['settings']): Task[] {
  // Of namespaces themselves only the chosen ones are read, one by one; nodes belong to no namespace.
  if (namespaces === undefined || row.kind === 'Node') return [{ row, namespace: undefined }]
  return namespaces.map((namespace) => ({ row, namespace }))
}

async function* readTask({ feed, session, detector, settings, options, onObject }: Collection, task: Task): AsyncGenerator<readonly ScanEvent[], Outcome> {
  const excluded = new Set(settings.excludeNamespaces ?? [])
  const byNamespace = new Map<string, number>()
  let objects = 0
  let coverage: Coverage = { state: 'complete' }
  const { collection } = task.row
  try {
    for await (const batch of feed.list(task.row, task.namespace)) {
      const events: ScanEvent[] = []
      for (const item of batch) {
        if ('problem' in item) {
          events.push(item.problem)
          continue
        }
        const { namespace, name } = item.object.ref
        const place = task.row.kind === 'Namespace' ? name : namespace
        if (excluded.has(place)) continue
        objects += 1
        byNamespace.set(place, (byNamespace.get(place) ?? 0) + 1)
        onObject?.(item.object)
        for (const event of session.visit(item.object, detector)) events.push(event)
        if (objects % PROGRESS_EVERY === 0) options.onProgress?.({ collection, objects, done: false })
      }
      if (events.length > 0) yield events
    }
  } catch (error) {
    // Whatever else is thrown is a bug of ours or the caller's wish to stop.
    if (!(error instanceof ListFailure)) throw error
    coverage = error.coverage
  }
  options.onProgress?.({ collection, objects, done: true })
  return { ...task, coverage, objects, byNamespace }
}

function coverageLines(outcome: Outcome, all: readonly Outcome[], { excludeNamespaces }: Collection['settings'], gap: string | undefined): CoverageLine[] {
  const { row, namespace, objects } = outcome
  const coverage: Coverage =
    gap !== undefined && outcome.coverage.state === 'complete' ? { state: 'partial', reason: boundText(gap, LIMITS.sentenceCharsMax) } : outcome.coverage
  const line = (scope: Scope, count: number): CoverageLine => ({ type: 'coverage', collection: row.collection, scope, coverage, objects: count })
  if (namespace !== undefined) return [line(row.kind === 'Namespace' ? { namespace: '', object: namespace } : { namespace }, objects)]
  if (excludeNamespaces === undefined || row.kind === 'Node') return [line({}, objects)]
  // With namespaces left out, a statement about the whole cluster would be a lie: each namespace that was read is named.
  const names = new Set([...outcome.byNamespace.keys(), ...(all.find((other) => other.row.kind === 'Namespace')?.byNamespace.keys() ?? [])])
  if (names.size === 0 || coverage.state !== 'complete') return [line({}, objects)]
  return [...names]
    .toSorted()
    .map((name) => line(row.kind === 'Namespace' ? { namespace: '', object: name } : { namespace: name }, outcome.byNamespace.get(name) ?? 0))
}

/** Reads coverage lines as answers: is every object of a collection known, there or everywhere. */
function completeness(lines: readonly CoverageLine[]): IsComplete {
  const everywhere = new Set<string>()
  const incomplete = new Set<string>()
  const inNamespace = new Set<string>()
  for (const { collection, scope, coverage } of lines) {
    if (coverage.state !== 'complete') incomplete.add(collection)
    else if (scope.namespace === undefined) everywhere.add(collection)
    else inNamespace.add(`${collection}/${scope.namespace}`)
  }
  return (collection, namespace) =>
    (everywhere.has(collection) && !incomplete.has(collection)) || (namespace !== undefined && inNamespace.has(`${collection}/${namespace}`))
}

/** Collections that the description of the cluster is made of. */
const CLUSTER_SOURCES = new Set(['namespaces', 'nodes', 'serviceaccounts', 'daemonsets', 'deployments'])

function clusterCoverage(lines: readonly CoverageLine[]): CoverageLine {
  const gaps = new Set(
    lines.filter(({ collection, coverage }) => CLUSTER_SOURCES.has(collection) && coverage.state !== 'complete').map((line) => line.collection),
  )
  const coverage: Coverage = gaps.size === 0 ? { state: 'complete' } : { state: 'partial', reason: `Not read completely: ${[...gaps].join(', ')}` }
  return { type: 'coverage', collection: 'cluster', scope: {}, coverage, objects: 1 }
}
