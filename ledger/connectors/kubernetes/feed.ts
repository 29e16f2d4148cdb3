import type { Coverage, ProblemLine } from '@mintmark/contract/scan'
import type { KubernetesObject } from './objects/object.ts'
import type { KindRow } from './permissions.ts'

/** An object, or what stood in its place and could not be read. */
export type FeedItem = { readonly object: KubernetesObject } | { readonly problem: ProblemLine }

/**
 * Where objects come from: an API server or a folder of manifests.
 * The items of a batch are made while it is iterated and are valid until the next batch is asked for, so that only one object is in memory at a time.
 */
export interface Feed {
  /** True when an object that is not listed does not exist. A folder of manifests never knows what else a cluster holds. */
  readonly knowsAbsence: boolean
  /** Announces what will be listed next, so that the request can be under way. */
  prepare(row: KindRow, namespace: string | undefined): void
  /** @throws ListFailure when nothing (more) of the collection can be read */
  list(row: KindRow, namespace: string | undefined): AsyncIterable<Iterable<FeedItem>>
  /** What remained unread although every list ended well, asked after the last one; `undefined` when nothing did. */
  gap(): string | undefined
  /** Sentences for the description of the cluster, such as which kinds lay there and are not read. */
  notes(): readonly string[]
}

/** A list that ended early: the coverage of its scope. Other lists go on (law 6). */
export class ListFailure extends Error {
  readonly coverage: Coverage

  constructor(coverage: Exclude<Coverage, { state: 'complete' }>) {
    super(coverage.state === 'denied' ? coverage.permission : coverage.reason)
    this.name = 'ListFailure'
    this.coverage = coverage
  }
}
