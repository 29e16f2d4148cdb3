import { setTimeout as pause } from 'node:timers/promises'
import { describeError, type Log } from '@mintmark/control-plane'
import type { ScanStore } from '@mintmark/storage'

const MS_PER_DAY = 86_400_000
/** Milliseconds from one purge to the next. */
const PURGE_EVERY_MS = 6 * 3_600_000
/** Milliseconds between two parts of one purge, so that other work goes before it. */
const BREATH_MS = 1_000

/** What the keeper of history needs. */
export interface HistoryPorts {
  readonly scans: Pick<ScanStore, 'purge'>
  /** Days of history that are kept; undefined: all of it. */
  readonly days: number | undefined
  readonly clock: () => Date
  readonly log: Log
}

/**
 * Removes history that is older than the setting says, at start and then every few hours, until the signal. What it leaves when it is stopped or fails,
 * it removes the next time.
 */
export async function keepHistory({ scans, days, clock, log }: HistoryPorts, signal: AbortSignal): Promise<void> {
  if (days === undefined) return
  while (!signal.aborted) {
    let waitMs = PURGE_EVERY_MS
    try {
      const { finished, ...removed } = await scans.purge(new Date(clock().getTime() - days * MS_PER_DAY))
      if (removed.removedVersions + removed.removedScans > 0) log.info(removed, 'History was removed')
      if (!finished) waitMs = BREATH_MS
    } catch (error) {
      log.warn(describeError(error), 'History could not be removed')
    }
    // Being stopped while it waits is the ordinary end.
    await pause(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
