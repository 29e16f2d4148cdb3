import { jitter, type Clock } from '../clock.ts'
import type { Issuance, IssuedJwt, JwtWish } from '../issuance.ts'
import { isPassing, toRefusal, type Refusal } from '../refusal.ts'
import type { BackOff } from '../upstream/back-off.ts'
import type { CacheLimits } from './limits.ts'

/** A token is not handed out in its last moments, in milliseconds: it would be refused on arrival. */
const LAST_MOMENTS_MS = 1_000

/** What a cache of JWT-SVIDs is made of. */
export interface JwtCacheParts {
  readonly issuance: Pick<Issuance, 'issueJwt'>
  readonly clock: Clock
  readonly random: () => number
  readonly limits: CacheLimits
}

/** What the cache keeps of a wish. */
export interface JwtEntry {
  readonly wish: JwtWish
  readonly backOff: BackOff
  issued: IssuedJwt | undefined
  issuedAt: number
  expiresAt: number
  refreshAt: number
  /** When somebody asked for it last: only what was used since it was issued is refreshed without being asked for. */
  usedAt: number
  isOverdue: boolean
  isDropped: boolean
  refusal: { readonly refusal: Refusal; readonly until: number } | undefined
  underWay: Promise<IssuedJwt> | undefined
  cancelTimer: () => void
}

/** An entry of a wish that nobody had before. */
export function newJwtEntry(wish: JwtWish, backOff: BackOff): JwtEntry {
  return {
    wish,
    backOff,
    issued: undefined,
    issuedAt: 0,
    expiresAt: 0,
    refreshAt: 0,
    usedAt: 0,
    isOverdue: false,
    isDropped: false,
    refusal: undefined,
    underWay: undefined,
    cancelTimer: () => undefined,
  }
}

/** Issues and refreshes the tokens of entries. */
export interface JwtRefresh {
  readonly valid: (entry: JwtEntry) => IssuedJwt | undefined
  /** Asks for new tokens; callers that come meanwhile share the answer. */
  readonly issue: (entry: JwtEntry) => Promise<IssuedJwt>
  /** Refreshes at that time, if the token was used until then. */
  readonly plan: (entry: JwtEntry, at: number) => void
}

/** The life of an entry: issued, refreshed at half life when used, kept until it ends when the server is away. */
export function createJwtRefresh({ issuance, clock, random, limits }: JwtCacheParts): JwtRefresh {
  const valid = (entry: JwtEntry): IssuedJwt | undefined => (entry.expiresAt - LAST_MOMENTS_MS > clock.now() ? entry.issued : undefined)

  function issue(entry: JwtEntry): Promise<IssuedJwt> {
    entry.underWay ??= issueNow(entry).finally(() => {
      entry.underWay = undefined
    })
    return entry.underWay
  }
  async function issueNow(entry: JwtEntry): Promise<IssuedJwt> {
    try {
      return accept(entry, await issuance.issueJwt(entry.wish))
    } catch (error) {
      const refusal = toRefusal(error)
      refuse(entry, refusal)
      throw refusal
    }
  }
  function accept(entry: JwtEntry, issued: IssuedJwt): IssuedJwt {
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
  function refuse(entry: JwtEntry, refusal: Refusal): void {
    entry.refusal = { refusal, until: clock.now() + limits.refusalMs }
    if (!isPassing(refusal.code)) entry.issued = undefined
    else if (valid(entry) !== undefined) {
      entry.isOverdue = true
      plan(entry, clock.now() + entry.backOff.next())
    }
  }
  function plan(entry: JwtEntry, at: number): void {
    entry.cancelTimer()
    if (entry.isDropped) return
    entry.cancelTimer = clock.after(at - clock.now(), () => {
      // Nobody asked since it was issued, or it has ended: the next caller pays for a new one.
      if (entry.isDropped || entry.usedAt <= entry.issuedAt || valid(entry) === undefined) return
      void issue(entry).catch(() => undefined)
    })
  }
  return { valid, issue, plan }
}
