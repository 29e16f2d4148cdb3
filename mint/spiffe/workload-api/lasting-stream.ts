import { setTimeout as sleep } from 'node:timers/promises'
import type { MessageStream, StreamReader } from './client.ts'
import { WorkloadApiError } from './failure.ts'
import type { Checked } from '@mintmark/spiffe'

/** The wait before a stream is opened again grows by this much with each failure, as in go-spiffe (rule 27). */
export const RETRY_STEP_MS = 1000
/** And never above this. */
export const RETRY_WAIT_MAX_MS = 30_000

/** How a stream waits; a test passes its own. Ends early, without an error, when the signal is aborted. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>

/** What is kept of a stream. */
export interface LastingStreamSettings<Message, State> {
  readonly open: (reader: StreamReader<Message>) => MessageStream
  readonly read: (message: Message) => Checked<State>
  readonly onState: (state: State) => void
  /** Told of every failure, also of those that are tried again. */
  readonly onError?: ((error: WorkloadApiError) => void) | undefined
  readonly wait?: Wait | undefined
}

/** A stream that is opened again whenever it ends. */
export interface LastingStream {
  /** Settles with the first message, or with an error that no further attempt can mend. */
  readonly first: Promise<void>
  close(): void
}

const waitForTimer: Wait = async (milliseconds, signal) => {
  // The wait of a source must not keep a process alive that has nothing else to do.
  await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined)
}

/**
 * Keeps a stream open: after a failure it waits 1 s, 2 s … 30 s and tries again; a good message starts the count anew.
 * INVALID_ARGUMENT ends it for good (rule 27): the same request would be refused again. A message that breaks the contract changes
 * nothing and counts as a failure: what was known stays.
 */
export function keepStream<Message, State>(settings: LastingStreamSettings<Message, State>): LastingStream {
  const abort = new AbortController()
  const { promise: first, resolve, reject } = deferred<void>()
  // Who does not wait for the first message must not be ended by its absence.
  first.catch(() => undefined)
  const wait = settings.wait ?? waitForTimer
  let failures = 0

  function attempt(): Promise<WorkloadApiError> {
    const ended = deferred<WorkloadApiError>()
    const stream = settings.open({
      message: (message) => {
        const read = settings.read(message)
        if (!read.ok) {
          ended.resolve(new WorkloadApiError('MALFORMED', `The Workload API sent what it may not send: ${read.reason}.`))
          return
        }
        failures = 0
        settings.onState(read)
        resolve()
      },
      ended: ended.resolve,
    })
    const cancel = (): void => {
      stream.cancel()
      ended.resolve(new WorkloadApiError('CLOSED', 'The source was closed.'))
    }
    abort.signal.addEventListener('abort', cancel, { once: true })
    if (abort.signal.aborted) cancel()
    return ended.promise.finally(() => {
      abort.signal.removeEventListener('abort', cancel)
      stream.cancel()
    })
  }

  async function run(): Promise<void> {
    while (!abort.signal.aborted) {
      const error = await attempt()
      if (abort.signal.aborted) break
      settings.onError?.(error)
      if (error.code === 'INVALID_ARGUMENT') {
        reject(error)
        return
      }
      failures += 1
      await wait(Math.min(failures * RETRY_STEP_MS, RETRY_WAIT_MAX_MS), abort.signal)
    }
    reject(new WorkloadApiError('CLOSED', 'The source was closed before anything arrived.'))
  }
  void run()
  return { first, close: () => abort.abort() }
}

/** A promise and what settles it; `Promise.withResolvers` of newer Nodes. */
function deferred<Value>(): { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void; readonly reject: (error: Error) => void } {
  let resolve: (value: Value) => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<Value>((settle, fail) => {
    resolve = settle
    reject = fail
  })
  return { promise, resolve, reject }
}
