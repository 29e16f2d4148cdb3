import type { ScanEnd } from '@mintmark/contract/scan'
import type { Derivation, ScanRow, ScanStore } from '@mintmark/storage'
import { describeError, type Log } from '../server/log.ts'
import type { Metrics } from '../server/metrics.ts'

/** Failures of scans that are remembered for whoever asks; the oldest is forgotten first. */
const FAILURES_MAX = 1_000

/** Makes scans visible. */
export interface Publisher {
  /** Publishes a scan, or joins in when that is under way. Rejects with what the store threw. */
  publish(scanId: string, end: ScanEnd): Promise<ScanRow>
  /** Publishes every scan whose end was accepted before this process began; their failures are logged and remembered as those of any other. */
  resume(): Promise<void>
  /** What this process knows of a scan that is not visible yet. */
  progressOf(scanId: string): { readonly publishing?: Promise<unknown>; readonly failure?: unknown }
  /** Waits for everything under way. */
  settle(): Promise<void>
}

/** What publishing needs. */
export interface PublisherPorts {
  readonly scans: Pick<ScanStore, 'acceptEnd' | 'listAcceptedEnds' | 'publish'>
  readonly derivation: Derivation
  readonly clock: () => Date
  readonly log: Log
  readonly metrics: Metrics
}

/**
 * Publishes scans one after the other. A scan is: unknown here -> publishing (publish) -> forgotten (success) or failed; failed -> publishing (publish again).
 * The end is stored before the work begins, and the store applies a scan in one transaction: after a crash the scan is still `receiving`, and the next
 * process resumes it. Several processes on one database may do so: the store publishes a scan once.
 */
export function createPublisher({ scans, derivation, clock, log, metrics }: PublisherPorts): Publisher {
  const running = new Map<string, Promise<ScanRow>>()
  const failures = new Map<string, unknown>()
  let last: Promise<unknown> = Promise.resolve()

  function enqueue(scanId: string, end: ScanEnd, accepted: Promise<void>): Promise<ScanRow> {
    const before = last
    const started = run(scanId, end, Promise.all([accepted, before]))
    running.set(scanId, started)
    last = started.catch(() => undefined)
    return started
  }

  async function run(scanId: string, end: ScanEnd, turn: Promise<unknown>): Promise<ScanRow> {
    let startedAt = performance.now()
    try {
      await turn
      startedAt = performance.now()
      const row = await scans.publish(scanId, end, derivation, clock())
      const seconds = (performance.now() - startedAt) / 1_000
      metrics.scans.inc({ state: 'published' })
      metrics.publishSeconds.observe(seconds)
      log.info({ scanId, number: row.number, ms: Math.round(seconds * 1_000) }, 'Scan is visible')
      return row
    } catch (error) {
      metrics.scans.inc({ state: 'failed' })
      log.error({ scanId, ...describeError(error) }, 'Scan could not be published')
      rememberFailure(scanId, error)
      throw error
    } finally {
      running.delete(scanId)
    }
  }

  function rememberFailure(scanId: string, error: unknown): void {
    failures.set(scanId, error)
    const [oldest] = failures.keys()
    if (failures.size > FAILURES_MAX && oldest !== undefined) failures.delete(oldest)
  }

  return {
    publish(scanId, end) {
      const joined = running.get(scanId)
      if (joined !== undefined) return joined
      failures.delete(scanId)
      return enqueue(scanId, end, scans.acceptEnd(scanId, end, clock()))
    },
    async resume() {
      for (const { scanId, end } of await scans.listAcceptedEnds()) {
        if (running.has(scanId)) continue
        log.info({ scanId }, 'Publication of a scan is resumed')
        enqueue(scanId, end, Promise.resolve()).catch(() => undefined)
      }
    },
    progressOf(scanId) {
      const publishing = running.get(scanId)
      const failure = failures.get(scanId)
      return { ...(publishing === undefined ? {} : { publishing }), ...(failure === undefined ? {} : { failure }) }
    },
    async settle() {
      await last
    },
  }
}
