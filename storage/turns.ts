import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * Makes a `yieldTurn` for long work: the process also answers requests meanwhile, and hears what the database says.
 * It answers a promise that others have had their turn when the work has gone on for `msMax`, otherwise nothing, which costs nothing.
 */
export function turnTaker(msMax: number): () => Promise<void> | undefined {
  let since = performance.now()
  async function rest(): Promise<void> {
    await nextTurn()
    since = performance.now()
  }
  return () => (performance.now() - since < msMax ? undefined : rest())
}

/**
 * Waits for all of some works and fails with the first that failed, but not before the others have ended: on a connection whose transaction is over
 * a statement that comes late would stand alone.
 */
export async function together(...works: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(works)) if (outcome.status === 'rejected') throw outcome.reason
}
