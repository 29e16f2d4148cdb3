import type { Clock } from './clock.ts'
import type { Logger } from './log.ts'
import type { Readiness } from './services/health.ts'

/** How often the parts are asked, in milliseconds; changes that are known are told at once. */
const CHECK_MS = 2_000

/** One thing that must work, in the words that the log and the page use. */
export interface Check {
  readonly name: string
  readonly passes: () => boolean
}

/** Knows whether all parts work, and says so when that changes. */
export interface ReadyChecker extends Readiness {
  readonly check: () => void
  /** Names of what does not work now. */
  readonly failing: () => readonly string[]
  readonly close: () => void
}

/** Checks at once, then regularly. The line of success is the one that installation guides tell people to look for. */
export function createReadyChecker(checks: readonly Check[], clock: Clock, log: Logger | undefined): ReadyChecker {
  const listeners = new Set<() => void>()
  let reported: string | undefined
  let cancel = (): void => undefined
  const failing = (): readonly string[] => checks.filter(({ passes }) => !passes()).map(({ name }) => name)
  function check(): void {
    const names = failing()
    const state = names.join(', ')
    if (state === reported) return
    const isFirst = reported === undefined
    reported = state
    if (state === '') log?.info('Health check passed - all systems operational')
    else log?.[isFirst ? 'info' : 'warn']('Health check waits for parts of the agent', { failing: names })
    for (const listener of listeners) listener()
  }
  function plan(): void {
    cancel = clock.after(CHECK_MS, () => {
      check()
      plan()
    })
  }
  plan()
  return {
    check,
    failing,
    isReady: () => failing().length === 0,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => cancel(),
  }
}
