/** Bounds and spans of the caches. */
export interface CacheLimits {
  /** Entries beyond this are dropped, least recently used first; those that somebody listens to stay. */
  readonly x509EntriesMax: number
  readonly jwtEntriesMax: number
  /** How long a refusal is remembered, in milliseconds: a workload in a loop asks the server twice a second at most. */
  readonly refusalMs: number
  /** How long a caller waits for a renewal while what it would replace is still good, in milliseconds. */
  readonly renewalWaitMs: number
  /**
   * Share by which renewals vary around half of the lifetime. A fleet that was issued everything in one moment renews over two such shares of
   * half a life, so 0.2 keeps the signing load of its renewals at two and a half times the mean; 0.1 would be five times.
   */
  readonly renewalJitter: number
  /** Waits after a failed renewal, in milliseconds. */
  readonly retry: { readonly firstMs: number; readonly longestMs: number }
  /** Milliseconds per entry over which a wave of renewals is spread, and the longest spread. */
  readonly spreadPerEntryMs: number
  readonly spreadMsMax: number
}

/** What the agent uses. Twenty milliseconds an entry is fifty issuances a second for one agent, well below what one server core signs. */
export const CACHE_LIMITS: CacheLimits = {
  x509EntriesMax: 4_000,
  jwtEntriesMax: 10_000,
  refusalMs: 500,
  renewalWaitMs: 1_000,
  renewalJitter: 0.2,
  retry: { firstMs: 1_000, longestMs: 60_000 },
  spreadPerEntryMs: 20,
  spreadMsMax: 15_000,
}

/** When, from now, one of `count` things happens that must not happen all at once. */
export function spreadMs(limits: CacheLimits, count: number, random: () => number): number {
  return count <= 1 ? 0 : Math.min(limits.spreadMsMax, count * limits.spreadPerEntryMs) * random()
}
