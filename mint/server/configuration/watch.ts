import { describeError, type ServerLog } from '../log.ts'

/** Notices that configuration has changed, whoever changed it on whichever replica. */
export interface ConfigurationWatch {
  /** @returns what ends the calls */
  subscribe(listener: () => void): () => void
  /** After a change of one's own: listeners are told at once, also of what has no revision (a cluster that was disabled). */
  changed(): void
  close(): void
}

/** Asks for the revision every few seconds: one cheap question instead of a channel that can be cut. */
export function createConfigurationWatch(options: {
  readonly revision: () => Promise<bigint>
  readonly onChange: () => void
  readonly pollMs: number
  readonly log: ServerLog
}): ConfigurationWatch {
  const listeners = new Set<() => void>()
  let known: bigint | undefined
  let isAway = false

  function tell(): void {
    options.onChange()
    for (const listener of listeners) listener()
  }

  async function look(): Promise<void> {
    try {
      const revision = await options.revision()
      const changed = known !== undefined && revision !== known
      known = revision
      if (isAway) options.log.info({ logger: 'server.configuration' }, 'The database is back')
      isAway = false
      if (changed) tell()
    } catch (error) {
      if (!isAway) {
        options.log.warn(
          { logger: 'server.configuration', ...describeError(error) },
          'The revision of configuration cannot be read; the configuration that is known stays in force',
        )
      }
      isAway = true
    }
  }

  const timer = setInterval(() => void look(), options.pollMs)
  timer.unref()
  void look()
  return {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    changed: tell,
    close: () => {
      clearInterval(timer)
      listeners.clear()
    },
  }
}
