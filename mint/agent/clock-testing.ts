import type { Clock } from './clock.ts'

/** A clock for tests: time stands still until it is moved, and appointments are kept in order on the way. */
export interface ManualClock extends Clock {
  /** Moves the time on; between two appointments everything that was promised settles. */
  advance(ms: number): Promise<void>
  /** How many appointments are open. */
  pending(): number
}

/** A clock that stands at `start`, milliseconds since 1970. */
export function createManualClock(start: number): ManualClock {
  let now = start
  let order = 0
  const appointments = new Map<number, { readonly at: number; readonly run: () => void }>()
  async function advance(ms: number): Promise<void> {
    const end = now + ms
    await settle()
    for (;;) {
      const next = [...appointments].filter(([, { at }]) => at <= end).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0]
      if (next === undefined) break
      appointments.delete(next[0])
      now = Math.max(now, next[1].at)
      next[1].run()
      await settle()
    }
    now = end
  }
  return {
    now: () => now,
    after(ms, run) {
      const id = order++
      appointments.set(id, { at: now + Math.max(0, ms), run })
      return () => appointments.delete(id)
    },
    advance,
    pending: () => appointments.size,
  }
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}
