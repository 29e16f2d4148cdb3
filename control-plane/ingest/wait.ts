import { setTimeout } from 'node:timers/promises'

/**
 * The outcome of work, or undefined when it takes longer than `seconds`. The work itself goes on; whoever does it keeps its failure.
 *
 * @throws what the work throws within the time
 */
export async function waitFor<Result>(work: Promise<Result>, seconds: number): Promise<Result | undefined> {
  // Somebody must always listen, or a failure after the time would end the process.
  work.catch(() => undefined)
  const timer = new AbortController()
  try {
    return await Promise.race([work, setTimeout(seconds * 1_000, undefined, { signal: timer.signal, ref: false })])
  } finally {
    timer.abort()
  }
}
