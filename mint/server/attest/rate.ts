/** Attempts that one token identity may make at once, and seconds until each comes back. */
const BURST = 10
const SECONDS_PER_ATTEMPT = 3
/** Identities that are remembered; the one that was quiet longest is forgotten first. */
const IDENTITIES_MAX = 50_000

/** Limits attestation by who attests, never by address: agents behind one load balancer do not hinder each other. */
export interface AttestationRate {
  /** False when the identity has attested too often lately. */
  allow(identity: string): boolean
}

/** A bucket of attempts per identity. */
export function createAttestationRate(clock: () => number): AttestationRate {
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    allow: (identity) => {
      const now = clock()
      const bucket = buckets.get(identity) ?? { left: BURST, at: now }
      buckets.delete(identity)
      const oldest = buckets.size >= IDENTITIES_MAX ? buckets.keys().next().value : undefined
      if (oldest !== undefined) buckets.delete(oldest)
      const left = Math.min(BURST, bucket.left + (now - bucket.at) / 1000 / SECONDS_PER_ATTEMPT)
      buckets.set(identity, { left: left >= 1 ? left - 1 : left, at: now })
      return left >= 1
    },
  }
}
