import { jitter } from '../clock.ts'

/** Waits between tries: doubling from the first to the longest, each varied by a fifth. */
export interface BackOff {
  next(): number
  reset(): void
}

/** A series of waits in milliseconds. */
export function createBackOff(limits: { readonly firstMs: number; readonly longestMs: number }, random: () => number): BackOff {
  let wait = limits.firstMs
  return {
    next() {
      const now = wait
      wait = Math.min(limits.longestMs, wait * 2)
      return jitter(now, 0.2, random)
    },
    reset() {
      wait = limits.firstMs
    },
  }
}
