import type { CoverageLine, ScanEvent } from '@mintmark/contract/scan'
import type { ChangeBatch } from '../source.ts'

/** Changes of the same moment become one scan. */
const DEBOUNCE_MS = 250
/** Lines that wait; who brings more waits too. */
const LINES_MAX = 20_000

/** Gathers changes until somebody takes them. Of several changes of one object only the last counts. */
export interface Batches {
  put(coverage: CoverageLine, lines: readonly ScanEvent[]): Promise<void>
  /** @param finish adds lines to a batch before it leaves */
  take(signal: AbortSignal, finish: () => readonly ScanEvent[]): AsyncGenerator<ChangeBatch>
}

/** An empty gathering. */
export function createBatches(): Batches {
  let waiting = new Map<string, readonly ScanEvent[]>()
  let lines = 0
  let arrived = Promise.withResolvers<void>()
  let taken = Promise.withResolvers<void>()
  return {
    async put(coverage, events) {
      const { collection, scope } = coverage
      const id = `${collection}/${scope.namespace ?? ''}/${scope.object ?? ''}`
      lines += events.length + 1 - (waiting.get(id)?.length ?? 0)
      waiting.set(id, [...events, coverage])
      arrived.resolve()
      if (lines > LINES_MAX) await taken.promise
    },
    async *take(signal, finish) {
      const stopped = Promise.withResolvers<void>()
      const stop = (): void => stopped.resolve()
      signal.addEventListener('abort', stop, { once: true })
      try {
        while (!signal.aborted) {
          await Promise.race([arrived.promise, stopped.promise])
          const pause = Promise.withResolvers<void>()
          const timer = setTimeout(pause.resolve, DEBOUNCE_MS)
          await Promise.race([pause.promise, stopped.promise])
          clearTimeout(timer)
          if (waiting.size === 0) continue
          const batch = waiting
          const release = taken
          waiting = new Map()
          lines = 0
          arrived = Promise.withResolvers()
          taken = Promise.withResolvers()
          release.resolve()
          yield { events: [...[...batch.values()].flat(), ...finish()] }
        }
      } finally {
        signal.removeEventListener('abort', stop)
        taken.resolve()
      }
    },
  }
}
