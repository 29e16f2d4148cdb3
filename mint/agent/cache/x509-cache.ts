import { status } from '../status.ts'
import { Refusal } from '../refusal.ts'
import { createBackOff } from '../upstream/back-off.ts'
import type { Workload } from '../workload.ts'
import { settleWithin } from './settle-within.ts'
import { newX509Entry, type X509Entry, type X509Listener, type X509State } from './x509-entry.ts'
import { createX509Renewal, type X509CacheParts } from './x509-renewal.ts'

export type { X509Listener, X509State } from './x509-entry.ts'

/** X.509-SVIDs by workload. */
export interface X509Cache {
  /** What is valid now; issued when there is nothing or when it is past its half life and the server answers. */
  readonly get: (workload: Workload) => Promise<X509State>
  /** Keeps the workload's SVIDs fresh while somebody listens. The first state comes as soon as there is one. */
  readonly subscribe: (workload: Workload, listener: X509Listener) => () => void
  /** What these authorities signed is renewed now, spread over a moment. */
  readonly renewSignedBy: (authorityKeyIds: ReadonlySet<string>) => void
  /** What other authorities signed is renewed now, spread. */
  readonly renewUnlessSignedBy: (authorityKeyIds: ReadonlySet<string>) => void
  /** Another policy decides: everything is asked for anew, spread. Until then, and while the server is away, what is valid stays. */
  readonly renewAll: () => void
  /** The server is back: what could not be renewed is renewed now, spread. */
  readonly retryFailed: () => void
  readonly states: () => Iterable<X509State>
  readonly size: () => number
  readonly close: () => void
}

/** A cache that issues on demand, renews at half life while somebody listens, and never gives up what is still valid. */
export function createX509Cache(parts: X509CacheParts): X509Cache {
  const { clock, limits } = parts
  const { validState, issue, plan, renewSoon, dismiss } = createX509Renewal(parts)
  /** In order of use, the least recent first. */
  const entries = new Map<string, X509Entry>()

  function entryOf(workload: Workload): X509Entry {
    const entry = entries.get(workload.key) ?? newX509Entry(workload, createBackOff(limits.retry, parts.random))
    entries.delete(workload.key)
    entries.set(workload.key, entry)
    evict(entry)
    return entry
  }
  function evict(newest: X509Entry): void {
    if (entries.size <= limits.x509EntriesMax) return
    for (const [key, entry] of entries) {
      if (entries.size <= limits.x509EntriesMax) return
      if (entry !== newest && entry.listeners.size === 0 && entry.underWay === undefined) entries.delete(key)
    }
  }
  const refusalNow = (entry: X509Entry): Refusal | undefined =>
    entry.refusal !== undefined && clock.now() < entry.refusal.until ? entry.refusal.refusal : undefined

  async function get(workload: Workload): Promise<X509State> {
    const entry = entryOf(workload)
    const state = validState(entry)
    if (state !== undefined && clock.now() < entry.renewAt) return state
    const refusal = refusalNow(entry)
    if (refusal !== undefined) {
      if (state !== undefined) return state
      throw refusal
    }
    const renewal = issue(entry)
    if (state === undefined) return renewal
    try {
      return (await settleWithin(clock, renewal, limits.renewalWaitMs)) ?? state
    } catch (error) {
      const left = validState(entry)
      if (left === undefined) throw error
      return left
    }
  }
  function subscribe(workload: Workload, listener: X509Listener): () => void {
    const entry = entryOf(workload)
    const isPlanned = entry.listeners.size > 0
    const state = validState(entry)
    const refusal = refusalNow(entry)
    if (state === undefined && refusal !== undefined) {
      listener.onRefusal(refusal)
      return () => undefined
    }
    entry.listeners.add(listener)
    if (state === undefined) void issue(entry).catch(() => undefined)
    else {
      listener.onState(state)
      if (!isPlanned) plan(entry, Math.max(entry.renewAt, clock.now()))
    }
    return () => {
      entry.listeners.delete(listener)
      if (entry.listeners.size === 0) entry.cancelTimer()
    }
  }
  return {
    get,
    subscribe,
    renewSignedBy: (authorityKeyIds) => renewSoon([...entries.values()].filter((entry) => entry.authorityKeyIds.some((id) => authorityKeyIds.has(id)))),
    renewUnlessSignedBy: (ids) => renewSoon([...entries.values()].filter((entry) => !entry.authorityKeyIds.every((id) => ids.has(id)))),
    renewAll: () => renewSoon([...entries.values()]),
    retryFailed: () => renewSoon([...entries.values()].filter(({ isOverdue, listeners }) => isOverdue && listeners.size > 0)),
    *states() {
      for (const entry of entries.values()) {
        const state = validState(entry)
        if (state !== undefined) yield state
      }
    },
    size: () => entries.size,
    close() {
      for (const entry of entries.values()) dismiss(entry, new Refusal(status.UNAVAILABLE, 'The agent is stopping.'))
      entries.clear()
    },
  }
}
