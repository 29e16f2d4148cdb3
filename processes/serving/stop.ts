import type { Log } from '@mintmark/control-plane'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Exit code of a process that a second signal ended: 128 and the number of SIGINT. */
const IMPATIENT_EXIT = 130

/** Whether somebody wants the process to end. */
export interface Stop {
  readonly signal: AbortSignal
  /** Signals have their usual effect again. */
  end(): void
}

/** The first signal stops in order; a second one ends at once, which loses nothing either: the next start recovers. */
export function listenForStop(log: Log): Stop {
  const controller = new AbortController()
  function stop(signal: NodeJS.Signals): void {
    if (controller.signal.aborted) process.exit(IMPATIENT_EXIT)
    log.info({ signal }, 'Stopping')
    controller.abort()
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  return {
    signal: controller.signal,
    end: () => {
      for (const signal of SIGNALS) process.off(signal, stop)
    },
  }
}

/** Settles when the signal says stop. */
export async function untilStopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  // The listener of a signal does not keep a process alive; a timer does.
  const alive = setInterval(() => undefined, 60_000)
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  clearInterval(alive)
}
