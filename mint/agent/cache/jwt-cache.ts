import { jitter, type Clock } from '../clock.ts'
import type { Issuance, IssuedJwt, JwtWish } from '../issuance.ts'
import { isPassing, toRefusal, type Refusal } from '../refusal.ts'
import { createBackOff, type BackOff } from '../upstream/back-off.ts'
import type { Workload } from '../workload.ts'
import { spreadMs, type CacheLimits } from './limits.ts'
import { settleWithin } from './settle-within.ts'

/** JWT-SVIDs by workload, set of audiences and identity. */
export interface JwtCache {
  get(wish: JwtWish): Promise<IssuedJwt['svids']>
  /** What these keys signed is replaced now, spread; until then, and while the server is away, it stays good. */
  renewSignedBy(keyIds: ReadonlySet<string>): void
  /** The workload is entitled to nothing any more. */
  forget(workload: Workload): void
  /** The server is back: what could not be refreshed is refreshed now, spread. */
  retryFailed(): void
  size(): number
  close(): void
}

interface Entry {
  readonly wish: JwtWish
  readonly backOff: BackOff
  issued: IssuedJwt | undefined
  expiresAt: number
  refreshAt: number
  /** When somebody asked for it last: only what was used since the last refresh is refreshed again without being asked. */
  usedAt: number
  issuedAt: number
  isOverdue: boolean
  refusal: { readonly refusal: Refusal; readonly until: number } | undefined
  underWay: Promise<IssuedJwt> | undefined
  cancelTimer: () => void
}

/** A token is not handed out in its last moments, in milliseconds: it would be refused on arrival. */
const LAST_MOMENTS_MS = 1_000

/** Audiences as a set: without duplicates and in one order, so that a set has one name. */
export function audienceSet(audience: readonly string[]): readonly string[] {
  return [...new Set(audience)].sort()
}

/** Names workload, audiences and identity so that no two wishes meet: JSON keeps apart what a separator would join. */
export function keyOfWish({ workload, audience, spiffeId }: JwtWish): string {
  return JSON.stringify([workload.key, spiffeId, ...audience])
}

/** A cache that hands out a token until it ends when the server is away, and refreshes used ones at half of their life. */
export function createJwtCache(parts: {
  readonly issuance: Pick<Issuance, 'issueJwt'>
  readonly clock: Clock
  readonly random: () => number
  readonly limits: CacheLimits
}): JwtCache {
  const { clock, limits, random } = parts
  /** In order of use, the least recent first. */
  const entries = new Map<string, Entry>()

  function entryOf(wish: JwtWish): Entry {
    const key = keyOfWish(wish)
    const known = entries.get(key)
    const entry = known ?? newEntry(wish)
    if (known !== undefined) entries.delete(key)
    entries.set(key, entry)
    for (const [oldest, old] of entries) {
      if (entries.size <= limits.jwtEntriesMax) break
      drop(oldest, old)
    }
    return entry
  }
  function newEntry(wish: JwtWish): Entry {
    const backOff = createBackOff(limits.retry, random)
    return {
      wish,
      backOff,
      issued: undefined,
      expiresAt: 0,
      refreshAt: 0,
      usedAt: 0,
      issuedAt: 0,
      isOverdue: false,
      refusal: undefined,
      underWay: undefined,
      cancelTimer: () => undefined,
    }
  }
  function drop(key: string, entry: Entry): void {
    entry.cancelTimer()
    entries.delete(key)
  }
  const isCurrent = (entry: Entry): boolean => entries.get(keyOfWish(entry.wish)) === entry
  const valid = (entry: Entry): IssuedJwt | undefined => (entry.expiresAt - LAST_MOMENTS_MS > clock.now() ? entry.issued : undefined)

  function issue(entry: Entry): Promise<IssuedJwt> {
    entry.underWay ??= parts.issuance
      .issueJwt(entry.wish)
      .then(
        (issued) => accept(entry, issued),
        (error: unknown) => refuse(entry, toRefusal(error)),
      )
      .finally(() => {
        entry.underWay = undefined
      })
    return entry.underWay
  }
  function accept(entry: Entry, issued: IssuedJwt): IssuedJwt {
    const now = clock.now()
    entry.issued = issued
    entry.issuedAt = now
    entry.expiresAt = Math.min(...issued.svids.map(({ expiresAt }) => expiresAt.getTime()))
    entry.refreshAt = now + Math.max(1, jitter((entry.expiresAt - now) / 2, limits.renewalJitter, random))
    entry.isOverdue = false
    entry.refusal = undefined
    entry.backOff.reset()
    plan(entry, entry.refreshAt)
    return issued
  }
  function refuse(entry: Entry, refusal: Refusal): never {
    entry.refusal = { refusal, until: clock.now() + limits.refusalMs }
    if (!isPassing(refusal.code)) entry.issued = undefined
    else if (valid(entry) !== undefined) {
      entry.isOverdue = true
      plan(entry, clock.now() + entry.backOff.next())
    }
    throw refusal
  }
  function plan(entry: Entry, at: number): void {
    entry.cancelTimer()
    if (!isCurrent(entry)) return
    entry.cancelTimer = clock.after(at - clock.now(), () => {
      if (!isCurrent(entry) || entry.issued === undefined) return
      // Nobody asked since it was issued, or it has ended: the next caller pays for a new one.
      if (entry.usedAt <= entry.issuedAt || valid(entry) === undefined) return
      void issue(entry).catch(() => undefined)
    })
  }
  return {
    async get(wish) {
      const entry = entryOf(wish)
      const now = clock.now()
      // Counted as a use only beyond the call that had it issued.
      const issued = valid(entry)
      if (issued !== undefined) entry.usedAt = Math.max(now, entry.issuedAt + 1)
      if (issued !== undefined && now < entry.refreshAt) return issued.svids
      if (entry.refusal !== undefined && now < entry.refusal.until) {
        if (issued !== undefined) return issued.svids
        throw entry.refusal.refusal
      }
      const renewal = issue(entry)
      if (issued === undefined) return (await renewal).svids
      try {
        return ((await settleWithin(clock, renewal, limits.renewalWaitMs)) ?? issued).svids
      } catch (error) {
        const left = valid(entry)
        if (left === undefined) throw error
        return left.svids
      }
    },
    renewSignedBy(keyIds) {
      const tainted = [...entries.values()].filter(({ issued }) => issued?.keyIds.some((id) => keyIds.has(id)) === true)
      for (const entry of tainted) {
        entry.refreshAt = 0
        plan(entry, clock.now() + spreadMs(limits, tainted.length, random))
      }
    },
    forget(workload) {
      for (const [key, entry] of entries) if (entry.wish.workload.key === workload.key) drop(key, entry)
    },
    retryFailed() {
      const overdue = [...entries.values()].filter(({ isOverdue }) => isOverdue)
      for (const entry of overdue) plan(entry, clock.now() + spreadMs(limits, overdue.length, random))
    },
    size: () => entries.size,
    close() {
      for (const [key, entry] of entries) drop(key, entry)
    },
  }
}
