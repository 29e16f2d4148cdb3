import type { IssuedJwt, JwtWish } from '../issuance.ts'
import { createBackOff } from '../upstream/back-off.ts'
import type { Workload } from '../workload.ts'
import { createJwtRefresh, newJwtEntry, type JwtCacheParts, type JwtEntry } from './jwt-entry.ts'
import { spreadMs } from './limits.ts'
import { settleWithin } from './settle-within.ts'

/** JWT-SVIDs by workload, set of audiences and identity. */
export interface JwtCache {
  readonly get: (wish: JwtWish) => Promise<IssuedJwt['svids']>
  /** What these keys signed is replaced now, spread; until then, and while the server is away, it stays good. */
  readonly renewSignedBy: (keyIds: ReadonlySet<string>) => void
  /** What another key than these signed is replaced like that, too: its key is gone. */
  readonly renewUnlessSignedBy: (keyIds: ReadonlySet<string>) => void
  /** Another policy decides: tokens are replaced when they are asked for next, those in use now, spread. */
  readonly renewAll: () => void
  /** The workload is entitled to nothing any more. */
  readonly forget: (workload: Workload) => void
  /** The server is back: what could not be refreshed is refreshed now, spread. */
  readonly retryFailed: () => void
  readonly size: () => number
  readonly close: () => void
}

/** Audiences as a set: without duplicates and in one order, so that a set has one name. */
export function audienceSet(audience: readonly string[]): readonly string[] {
  return [...new Set(audience)].sort()
}

/** Names workload, audiences and identity so that no two wishes meet: JSON keeps apart what a separator would join. */
export function keyOfWish({ workload, audience, spiffeId }: JwtWish): string {
  return JSON.stringify([workload.key, spiffeId, ...audience])
}

/** A cache that hands out a token until it ends when the server is away, and refreshes used ones at half of their life. */
export function createJwtCache(parts: JwtCacheParts): JwtCache {
  const { clock, limits, random } = parts
  const { valid, issue, plan } = createJwtRefresh(parts)
  /** In order of use, the least recent first. */
  const entries = new Map<string, JwtEntry>()

  function entryOf(wish: JwtWish): JwtEntry {
    const key = keyOfWish(wish)
    const entry = entries.get(key) ?? newJwtEntry(wish, createBackOff(limits.retry, random))
    entries.delete(key)
    entries.set(key, entry)
    for (const [oldest, old] of entries) {
      if (entries.size <= limits.jwtEntriesMax) break
      drop(oldest, old)
    }
    return entry
  }
  function drop(key: string, entry: JwtEntry): void {
    entry.isDropped = true
    entry.cancelTimer()
    entries.delete(key)
  }
  async function get(wish: JwtWish): Promise<IssuedJwt['svids']> {
    const entry = entryOf(wish)
    const now = clock.now()
    const issued = valid(entry)
    // The call that has a token issued is no use of it yet; a later one is.
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
  }
  function replaceSoon(chosen: readonly JwtEntry[]): void {
    for (const entry of chosen) entry.refreshAt = 0
    refreshSoon(chosen)
  }
  function refreshSoon(chosen: readonly JwtEntry[]): void {
    for (const entry of chosen) plan(entry, clock.now() + spreadMs(limits, chosen.length, random))
  }
  return {
    get,
    renewSignedBy: (keyIds) => replaceSoon([...entries.values()].filter(({ issued }) => issued?.keyIds.some((id) => keyIds.has(id)) === true)),
    renewUnlessSignedBy: (keyIds) => replaceSoon([...entries.values()].filter(({ issued }) => issued?.keyIds.every((id) => keyIds.has(id)) === false)),
    renewAll: () => replaceSoon([...entries.values()]),
    forget(workload) {
      for (const [key, entry] of entries) if (entry.wish.workload.key === workload.key) drop(key, entry)
    },
    retryFailed: () => refreshSoon([...entries.values()].filter(({ isOverdue }) => isOverdue)),
    size: () => entries.size,
    close() {
      for (const [key, entry] of entries) drop(key, entry)
    },
  }
}
