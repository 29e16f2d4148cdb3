import { status } from '../status.ts'
import { jitter, type Clock } from '../clock.ts'
import type { Issuance, IssuedX509 } from '../issuance.ts'
import type { Logger } from '../log.ts'
import { isPassing, toRefusal, type Refusal } from '../refusal.ts'
import type { Workload } from '../workload.ts'
import { spreadMs, type CacheLimits } from './limits.ts'
import type { X509Entry, X509State } from './x509-entry.ts'

/** What a cache of X.509-SVIDs is made of. */
export interface X509CacheParts {
  readonly issuance: Pick<Issuance, 'issueX509'>
  readonly clock: Clock
  readonly random: () => number
  readonly limits: CacheLimits
  readonly log: Logger
  /** Hears of workloads that are entitled to nothing any more. */
  readonly onDenied?: (workload: Workload) => void
}

/** Issues and renews the SVIDs of entries, and tells those who listen. */
export interface X509Renewal {
  /** What is valid now. */
  readonly validState: (entry: X509Entry) => X509State | undefined
  /** Asks for new SVIDs; callers that come meanwhile share the answer. */
  readonly issue: (entry: X509Entry) => Promise<X509State>
  /** Renews at that time, if somebody listens then. */
  readonly plan: (entry: X509Entry, at: number) => void
  /** Renews these now, spread over a moment. */
  readonly renewSoon: (entries: readonly X509Entry[]) => void
  /** Tells and dismisses everybody who listens. */
  readonly dismiss: (entry: X509Entry, refusal: Refusal) => void
}

/**
 * The life of an entry: issued, renewed at half life while somebody listens, tried again with back-off when that fails,
 * given up when it ends or when the server says that there is no entitlement any more.
 */
export function createX509Renewal({ issuance, clock, random, limits, log, onDenied }: X509CacheParts): X509Renewal {
  const validState = (entry: X509Entry): X509State | undefined => (entry.state !== undefined && entry.state.notAfter > clock.now() ? entry.state : undefined)

  function issue(entry: X509Entry): Promise<X509State> {
    entry.underWay ??= issueNow(entry).finally(() => {
      entry.underWay = undefined
    })
    return entry.underWay
  }
  async function issueNow(entry: X509Entry): Promise<X509State> {
    try {
      return accept(entry, await issuance.issueX509(entry.workload))
    } catch (error) {
      const refusal = toRefusal(error)
      refuse(entry, refusal)
      throw refusal
    }
  }
  function accept(entry: X509Entry, { svids, authorityKeyIds }: IssuedX509): X509State {
    const now = clock.now()
    const notAfter = Math.min(...svids.map((svid) => svid.notAfter.getTime()))
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
  function refuse(entry: X509Entry, refusal: Refusal): void {
    entry.refusal = { refusal, until: clock.now() + limits.refusalMs }
    entry.isOverdue = isPassing(refusal.code)
    // A lost entitlement takes away what was issued; an outage only what has ended.
    const left = entry.isOverdue ? validState(entry) : undefined
    entry.state = left
    if (refusal.code === status.PERMISSION_DENIED) onDenied?.(entry.workload)
    if (left === undefined) dismiss(entry, refusal)
    else if (entry.listeners.size > 0) tryAgain(entry, left, refusal)
  }
  function tryAgain(entry: X509Entry, left: X509State, refusal: Refusal): void {
    const waitMs = entry.backOff.next()
    log.warn('Identities could not be renewed; those at hand stay in use', {
      spiffeId: left.svids[0]?.id,
      reason: refusal.message,
      retryInMs: Math.round(waitMs),
    })
    plan(entry, Math.min(clock.now() + waitMs, left.notAfter))
  }
  function dismiss(entry: X509Entry, refusal: Refusal): void {
    entry.cancelTimer()
    const listeners = [...entry.listeners]
    entry.listeners.clear()
    for (const listener of listeners) listener.onRefusal(refusal)
  }
  function plan(entry: X509Entry, at: number): void {
    entry.cancelTimer()
    if (entry.listeners.size === 0) return
    entry.cancelTimer = clock.after(at - clock.now(), () => {
      if (entry.listeners.size > 0) void issue(entry).catch(() => undefined)
    })
  }
  function renewSoon(entries: readonly X509Entry[]): void {
    const now = clock.now()
    for (const entry of entries) {
      entry.renewAt = Math.min(entry.renewAt, now)
      // What is about to run out does not wait for its turn.
      const leftMs = Math.max(0, (entry.state?.notAfter ?? now) - now)
      plan(entry, now + Math.min(spreadMs(limits, entries.length, random), leftMs / 2))
    }
  }
  return { validState, issue, plan, renewSoon, dismiss }
}
