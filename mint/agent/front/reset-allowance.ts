import type { FrontLimits } from './limits.ts'

/** How often a client may take a request back: each one made us work for nothing. */
export interface ResetAllowance {
  /** @param now in milliseconds @returns false when it was once too often */
  take(now: number): boolean
}

/** Full at first; refilled as time passes. */
export function createResetAllowance({ resetsMax, resetsPerSecond }: Pick<FrontLimits, 'resetsMax' | 'resetsPerSecond'>): ResetAllowance {
  let left = resetsMax
  let countedAt = 0
  return {
    take(now) {
      left = Math.min(resetsMax, left + ((now - countedAt) / 1000) * resetsPerSecond)
      countedAt = now
      left -= 1
      return left >= 0
    },
  }
}
