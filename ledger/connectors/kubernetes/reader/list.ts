import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '../api-error.ts'
import { backoffMs } from '../client.ts'
import type { ApiClient } from '../client.ts'
import { createItemSplitter } from './item-splitter.ts'
import type { ListHead } from './item-splitter.ts'
import type { ParsedItem } from './parse-item.ts'

/** Objects of one page. */
const PAGE_SIZE = 500
/** How often a list may begin again because the server forgot its state. */
const RESTARTS_MAX = 3

/** A list that may be under way before anybody reads it. */
export interface PagedList {
  /** Asks for the first page, so that it arrives while something else is read. */
  start(): void
  /**
   * Items in batches, each of them valid until the next batch. Across retries an object may come twice.
   *
   * @throws ApiError when no further attempt makes sense
   */
  batches(): AsyncGenerator<Iterable<ParsedItem | undefined>>
  /** State of the cluster that the list began with: a watch from there misses nothing. Known once the first page has begun. */
  resourceVersion(): string | undefined
}

/** What to list. */
export interface ListRequest {
  readonly client: ApiClient
  readonly path: string
  readonly fieldSelector?: string | undefined
  readonly signal: AbortSignal
}

/**
 * Reads a collection page by page. The next page is asked for as soon as the present one names it, which is in its first bytes:
 * the server works on it while the present one is read.
 *
 * Dropped connections, stalls and busy servers are met by asking for the same page again; a server that no longer keeps the list's state (410)
 * says where to go on, or is asked from the beginning.
 */
export function createPagedList({ client, path, fieldSelector, signal }: ListRequest): PagedList {
  let resourceVersion: string | undefined
  let first: Promise<AsyncIterable<Buffer>> | undefined

  const open = (continueToken: string | undefined): Promise<AsyncIterable<Buffer>> => {
    const body = client.stream(path, { limit: PAGE_SIZE, continue: continueToken, fieldSelector }, { signal })
    // Whoever reads the page meets the failure; until then it is nobody's.
    body.catch(() => undefined)
    return body
  }

  async function* batches(): AsyncGenerator<Iterable<ParsedItem | undefined>> {
    const { timing } = client
    let token: string | undefined
    let page = first ?? open(undefined)
    let attempt = 0
    let restarts = 0
    let lastProgressMs = performance.now()
    for (;;) {
      let ahead: Promise<AsyncIterable<Buffer>> | undefined
      try {
        const splitter = createItemSplitter()
        for await (const chunk of await page) {
          splitter.push(chunk)
          // Made here, so that a list that is none is met like any other fault; a piece holds few objects.
          const items = [...splitter.items()]
          if (items.length > 0) yield items
          const head = splitter.head()
          resourceVersion ??= head?.resourceVersion
          if (head?.continueToken !== undefined) ahead ??= open(head.continueToken)
          lastProgressMs = performance.now()
          attempt = 0
        }
        const last = splitter.end()
        if (last.length > 0) yield last
        const head: ListHead | undefined = splitter.head()
        resourceVersion ??= head?.resourceVersion
        if (head?.continueToken === undefined) return
        token = head.continueToken
        page = ahead ?? open(token)
      } catch (error) {
        signal.throwIfAborted()
        void ahead?.then(discard, () => undefined)
        if (!(error instanceof ApiError)) throw error
        if (error.reason === 'gone' && restarts < RESTARTS_MAX) {
          restarts += 1
          token = error.continueToken
        } else {
          const pauseMs = backoffMs(timing, attempt, error.retryAfterMs)
          if (!error.isPassing || performance.now() + pauseMs > lastProgressMs + timing.retryMsMax) throw error
          attempt += 1
          await delay(pauseMs, undefined, { signal })
        }
        page = open(token)
      }
    }
  }
  return {
    start() {
      first ??= open(undefined)
    },
    batches,
    resourceVersion: () => resourceVersion,
  }
}

/** Ends a body that nobody will read, so that its connection is free again. */
async function discard(body: AsyncIterable<Buffer>): Promise<void> {
  await body[Symbol.asyncIterator]().return?.()
}
