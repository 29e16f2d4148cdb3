/** Assertions that are remembered at once; each lives two minutes at most, so only a flood of signed ones gets here. */
const ASSERTIONS_MAX = 200_000

/** Remembers ids of assertions until they expire. @returns a function that is false for an id that was used before */
export function createUsedAssertions(clock: () => number): (jti: string, expiresAt: Date) => boolean {
  const used = new Map<string, number>()
  return (jti, expiresAt) => {
    const now = clock()
    for (const [each, until] of used) {
      if (until > now) break
      used.delete(each)
    }
    // Full of ids that are still good: whoever comes now is refused rather than an id forgotten.
    if (used.has(jti) || used.size >= ASSERTIONS_MAX) return false
    used.set(jti, expiresAt.getTime())
    return true
  }
}
