/** Node's timers take 31 bits of milliseconds; a later time is reached in several steps by whoever asks again. */
const TIMER_MS_MAX = 2_147_483_647

/** The time, and a way to be called later. Passed in everywhere, so that tests move an hour in an instant. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `run` once after so many milliseconds. @returns what takes the appointment back */
  after(ms: number, run: () => void): () => void
}

/** The machine's clock. Its appointments do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), TIMER_MS_MAX))
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** A span that varies by up to `share` of itself in both directions, so that many agents do not act in step. */
export function jitter(ms: number, share: number, random: () => number): number {
  return ms * (1 + share * (2 * random() - 1))
}
