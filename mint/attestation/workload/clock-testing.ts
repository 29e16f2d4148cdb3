import type { WorkloadClock } from './clock.ts'

/** A clock that waits take forward at once, so that nothing sleeps. */
export function createWaitingClock(): WorkloadClock & { readonly waits: readonly number[] } {
  let now = 1_000_000
  const waits: number[] = []
  return {
    waits,
    now: () => now,
    async wait(milliseconds) {
      waits.push(milliseconds)
      now += milliseconds
    },
  }
}
