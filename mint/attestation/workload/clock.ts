import { setTimeout as sleep } from 'node:timers/promises'

/** Time as attestors need it; tests have their own. */
export interface WorkloadClock {
  /** Milliseconds that never go back. */
  now(): number
  /** Ends early, without an error, when the signal is given. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>
}

/** The machine's own clock. */
export const systemClock: WorkloadClock = {
  now: () => performance.now(),
  async wait(milliseconds, signal) {
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined)
  },
}
