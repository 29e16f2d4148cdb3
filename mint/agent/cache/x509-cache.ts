import { status } from '@grpc/grpc-js'
import type { X509Svid } from '@mintmark/spiffe'
import { jitter, type Clock } from '../clock.ts'
import type { Issuance, IssuedX509 } from '../issuance.ts'
import type { Logger } from '../log.ts'
import { isPassing, Refusal, toRefusal } from '../refusal.ts'
import { createBackOff, type BackOff } from '../upstream/back-off.ts'
import type { Workload } from '../workload.ts'
import { spreadMs, type CacheLimits } from './limits.ts'
import { settleWithin } from './settle-within.ts'

/** X.509-SVIDs of a workload at one moment. A renewal makes a new state. */
export interface X509State {
  readonly svids: readonly X509Svid[]
  /** The earliest end among the identities, and the middle between issue and that end; milliseconds since 1970. */
  readonly notAfter: number
  readonly halfLifeAt: number
}

/** What a listener hears: the newest state, or why there is none any more. After a refusal nothing follows. */
export interface X509Listener {
  onState(state: X509State): void
  onRefusal(refusal: Refusal): void
}

/** X.509-SVIDs by workload. */
export interface X509Cache {
  /** What is valid now; issued when there is nothing or when it is past its half life and the server answers. */
  get(workload: Workload): Promise<X509State>
  /** Keeps the workload's SVIDs fresh while somebody listens. The first state comes as soon as there is one. */
  subscribe(workload: Workload, listener: X509Listener): () => void
  /** What these authorities signed is renewed now, spread over a moment. */
  renewSignedBy(authorityKeyIds: ReadonlySet<string>): void
  /** The server is back: what could not be renewed is renewed now, spread. */
  retryFailed(): void
  states(): Iterable<X509State>
  size(): number
  close(): void
}

interface Entry {
  readonly workload: Workload
  readonly listeners: Set<X509Listener>
  readonly backOff: BackOff
  state: X509State | undefined
  authorityKeyIds: readonly string[]
  renewAt: number
  /** A renewal has failed since the last success. */
  isOverdue: boolean
  refusal: { readonly refusal: Refusal; readonly until: number } | undefined
  underWay: Promise<X509State> | undefined
  cancelTimer: () => void
}

/** A cache that issues on demand, renews at half life while somebody listens, and never gives up what is still valid. */
export function createX509Cache(parts: {
  readonly issuance: Pick<Issuance, 'issueX509'>
  readonly clock: Clock
  readonly random: () => number
  readonly limits: CacheLimits
  readonly log: Logger
}): X509Cache {
  const { clock, limits, log, random } = parts
  /** In order of use, the least recent first. */
  const entries = new Map<string, Entry>()
  let isClosed = false

  function entryOf(workload: Workload): Entry {
    let entry = entries.get(workload.key)
    if (entry === undefined) {
      entry = {
        workload,
        listeners: new Set(),
        backOff: createBackOff(limits.retry, random),
        state: undefined,
        authorityKeyIds: [],
        renewAt: 0,
        isOverdue: false,
        refusal: undefined,
        underWay: undefined,
        cancelTimer: () => undefined,
      }
    } else entries.delete(workload.key)
    entries.set(workload.key, entry)
    evict()
    return entry
  }
  function evict(): void {
    if (entries.size <= limits.x509EntriesMax) return
    for (const [key, entry] of entries) {
      if (entries.size <= limits.x509EntriesMax) return
      if (entry.listeners.size === 0 && entry.underWay === undefined) entries.delete(key)
    }
  }
  const validState = (entry: Entry): X509State | undefined => (entry.state !== undefined && entry.state.notAfter > clock.now() ? entry.state : undefined)

  function issue(entry: Entry): Promise<X509State> {
    entry.underWay ??= parts.issuance
      .issueX509(entry.workload)
      .then(
        (issued) => accept(entry, issued),
        (error: unknown) => refuse(entry, toRefusal(error)),
      )
      .finally(() => {
        entry.underWay = undefined
      })
    return entry.underWay
  }
  function accept(entry: Entry, { svids, authorityKeyIds }: IssuedX509): X509State {
    const now = clock.now()
    const notAfter = Math.min(...svids.map(({ notAfter }) => notAfter.getTime()))
    const state = { svids, notAfter, halfLifeAt: now + (notAfter - now) / 2 }
    entry.state = state
    entry.authorityKeyIds = authorityKeyIds
    entry.refusal = undefined
    entry.isOverdue = false
    entry.backOff.reset()
    entry.renewAt = now + Math.max(1, jitter(state.halfLifeAt - now, limits.renewalJitter, random))
    plan(entry, entry.renewAt)
    for (const listener of entry.listeners) listener.onState(state)
    return state
  }
  function refuse(entry: Entry, refusal: Refusal): never {
    const now = clock.now()
    entry.refusal = { refusal, until: now + limits.refusalMs }
    if (isPassing(refusal.code)) {
      entry.isOverdue = true
      retryLater(entry, refusal)
    } else {
      // The entitlement is gone: what was issued must not be handed out again.
      entry.state = undefined
      tellRefusal(entry, refusal)
    }
    throw refusal
  }
  function retryLater(entry: Entry, refusal: Refusal): void {
    if (validState(entry) === undefined) {
      entry.state = undefined
      tellRefusal(entry, refusal)
      return
    }
    if (entry.listeners.size === 0) return
    const waitMs = entry.backOff.next()
    log.warn('Identities could not be renewed; those at hand stay in use', {
      spiffeId: entry.state?.svids[0]?.id,
      reason: refusal.message,
      retryInMs: Math.round(waitMs),
    })
    plan(entry, Math.min(clock.now() + waitMs, Math.max(clock.now() + 1, entry.state?.notAfter ?? 0)))
  }
  function tellRefusal(entry: Entry, refusal: Refusal): void {
    entry.cancelTimer()
    const listeners = [...entry.listeners]
    entry.listeners.clear()
    for (const listener of listeners) listener.onRefusal(refusal)
  }
  function plan(entry: Entry, at: number): void {
    entry.cancelTimer()
    if (entry.listeners.size === 0 || isClosed) return
    entry.cancelTimer = clock.after(at - clock.now(), () => {
      if (entry.listeners.size > 0) void issue(entry).catch(() => undefined)
    })
  }
  function renewSoon(chosen: readonly Entry[]): void {
    const now = clock.now()
    for (const entry of chosen) {
      entry.renewAt = Math.min(entry.renewAt, now)
      const spread = spreadMs(limits, chosen.length, random)
      // What is about to run out does not wait for its turn.
      const leftMs = (entry.state?.notAfter ?? now) - now
      plan(entry, now + Math.min(spread, Math.max(0, leftMs / 2)))
    }
  }

  return {
    async get(workload) {
      const entry = entryOf(workload)
      const state = validState(entry)
      if (state !== undefined && clock.now() < entry.renewAt) return state
      if (entry.refusal !== undefined && clock.now() < entry.refusal.until) {
        if (state !== undefined) return state
        throw entry.refusal.refusal
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
    },
    subscribe(workload, listener) {
      const entry = entryOf(workload)
      const isPlanned = entry.listeners.size > 0
      entry.listeners.add(listener)
      const state = validState(entry)
      if (state !== undefined) {
        listener.onState(state)
        if (!isPlanned && entry.listeners.has(listener)) plan(entry, Math.max(entry.renewAt, clock.now()))
      } else if (entry.refusal !== undefined && clock.now() < entry.refusal.until) {
        entry.listeners.delete(listener)
        listener.onRefusal(entry.refusal.refusal)
      } else void issue(entry).catch(() => undefined)
      return () => {
        entry.listeners.delete(listener)
        if (entry.listeners.size === 0) entry.cancelTimer()
      }
    },
    renewSignedBy(authorityKeyIds) {
      renewSoon([...entries.values()].filter((entry) => entry.authorityKeyIds.some((id) => authorityKeyIds.has(id))))
    },
    retryFailed() {
      renewSoon([...entries.values()].filter(({ isOverdue, listeners }) => isOverdue && listeners.size > 0))
    },
    *states() {
      for (const entry of entries.values()) {
        const state = validState(entry)
        if (state !== undefined) yield state
      }
    },
    size: () => entries.size,
    close() {
      isClosed = true
      for (const entry of entries.values()) {
        entry.cancelTimer()
        tellRefusal(entry, new Refusal(status.UNAVAILABLE, 'The agent is stopping.'))
      }
      entries.clear()
    },
  }
}
