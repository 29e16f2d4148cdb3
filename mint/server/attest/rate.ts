/** How often something may happen: so many times at once, and seconds until each of them comes back. */
export interface RateLimits {
  readonly burst: number
  readonly secondsEach: number
}

/** Attempts of one token identity. */
export const ATTEMPTS: RateLimits = { burst: 10, secondsEach: 3 }
/** Failures of one cluster that are put on record. Anybody may fail: without a bound, events of issuance would be dropped for theirs. */
export const FAILURES: RateLimits = { burst: 100, secondsEach: 1 }
/** Identities that are remembered; the one that was quiet longest is forgotten first. */
const IDENTITIES_MAX = 50_000

/** Limits attestation by who attests, never by address: agents behind one load balancer do not hinder each other. */
export interface AttestationRate {
  /** False when the identity has attested too often lately. */
  allow(identity: string): boolean
}

/** A bucket per identity. */
export function createAttestationRate(clock: () => number, { burst, secondsEach }: RateLimits): AttestationRate {
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    allow: (identity) => {
      const now = clock()
      const bucket = buckets.get(identity) ?? { left: burst, at: now }
      buckets.delete(identity)
      const oldest = buckets.size >= IDENTITIES_MAX ? buckets.keys().next().value : undefined
      if (oldest !== undefined) buckets.delete(oldest)
      const left = Math.min(burst, bucket.left + Math.max(0, now - bucket.at) / 1000 / secondsEach)
      buckets.set(identity, { left: left >= 1 ? left - 1 : left, at: now })
      return left >= 1
    },
  }
}
