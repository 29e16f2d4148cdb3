import type { EventStore, MintEvent } from '../ports.ts'
import { SERVER_LIMITS } from '../limits.ts'
import { describeError, type ServerLog } from '../log.ts'

/** Milliseconds between two writes while the store answers, and the most after it has failed. */
const FLUSH_MS = 250
const RETRY_MS_MAX = 10_000

/** Where issuance leaves its events. Nothing here ever waits for the store. */
export interface EventQueue {
  record(event: MintEvent): void
  /** Events that did not fit, since the start. */
  readonly dropped: number
  readonly waiting: number
  /** Writes what waits, once. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** How large an event is by what it says beside its columns, which are small. An agent chooses the attributes of its workloads: each may be a megabyte. */
function charactersOf(event: MintEvent): number {
  const { bytes } = event
  return bytes === undefined ? (event.detailsText ?? JSON.stringify(event.details)).length : bytes.end - bytes.idAt
}

/** The oldest events, as many as one write takes: few large ones, or thousands of usual ones, which cost the less each the more of them are written at once. */
function firstOf(waiting: readonly MintEvent[]): readonly MintEvent[] {
  let characters = 0
  let count = 0
  for (const event of waiting) {
    characters += charactersOf(event)
    if (count === SERVER_LIMITS.eventsBatchMax || (count > 0 && characters > SERVER_LIMITS.eventsBatchCharactersMax)) break
    count += 1
  }
  return waiting.slice(0, count)
}

/** A bounded queue in front of the event store: batches out, oldest first; what does not fit, by number or by size, is dropped and counted. */
export function createEventQueue(store: Pick<EventStore, 'append'>, log: ServerLog, also?: (event: MintEvent) => void): EventQueue {
  let waiting: MintEvent[] = []
  let waitingCharacters = 0
  let dropped = 0
  let retryMs = FLUSH_MS
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let closed = false

  function schedule(ms: number): void {
    if (timer !== undefined || closed) return
    timer = setTimeout(() => {
      timer = undefined
      void flush()
    }, ms)
    timer.unref()
  }

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = firstOf(waiting)
      try {
        await store.append(batch)
      } catch (error) {
        log.warn({ logger: 'server.events', waiting: waiting.length, ...describeError(error) }, 'Events could not be stored; they wait')
        retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)
        schedule(retryMs)
        return
      }
      retryMs = FLUSH_MS
      // Only whole batches are cut off, so what was recorded meanwhile stays behind them.
      waiting = waiting.slice(batch.length)
      for (const event of batch) waitingCharacters -= charactersOf(event)
    }
  }

  async function flush(): Promise<void> {
    writing ??= write().finally(() => {
      writing = undefined
    })
    await writing
  }

  return {
    record: (event) => {
      also?.(event)
      const characters = charactersOf(event)
      const { eventsQueuedMax, eventsQueuedCharactersMax } = SERVER_LIMITS
      if (waiting.length >= eventsQueuedMax || waitingCharacters + characters > eventsQueuedCharactersMax) {
        if (dropped === 0)
          log.error(
            { logger: 'server.events', eventsQueuedMax, eventsQueuedCharactersMax },
            'The queue of events is full; further events are dropped and counted',
          )
        dropped += 1
        return
      }
      waiting.push(event)
      waitingCharacters += characters
      schedule(FLUSH_MS)
    },
    get dropped() {
      return dropped
    },
    get waiting() {
      return waiting.length
    },
    flush,
    close: async () => {
      closed = true
      clearTimeout(timer)
      await flush()
    },
  }
}
