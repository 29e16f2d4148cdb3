import { randomUUID } from 'node:crypto'
import type { ScanEnd, ScanEvent, ScanHeader, ScanReport } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import type { Progress as ReadProgress, KubernetesSettings, KubernetesSource } from '@mintmark/ledger/connectors/kubernetes'
import type { Detector, FingerprintKey } from '@mintmark/ledger/detection'
import { VERSION } from '../program/version.ts'
import type { ScanSink } from './sink.ts'

/** What a scan of Kubernetes needs. */
export interface ScanKubernetesOptions {
  readonly settings: KubernetesSettings
  readonly fingerprintKey: FingerprintKey
  readonly signal: AbortSignal
  readonly now: () => Date
  readonly onProgress?: (progress: ReadProgress) => void
  /** Others who take the scan while it runs, for example a sender to a control plane. */
  readonly sinks?: readonly ScanSink[]
}

/**
 * Scans a cluster or a folder of manifests on this machine: reads, detects, links and scores. Values never leave the detector.
 *
 * @throws UserError when the source cannot be opened; whatever cannot be read after that is coverage in the report
 */
export async function scanKubernetes(options: ScanKubernetesOptions): Promise<ScanReport> {
  const { createReportSink } = await import('../report/build.ts')
  const report = createReportSink(options.now)
  await withScanner(options, (scanner) => scanner.scan([...(options.sinks ?? []), report]))
  return report.build()
}

/** A source that was opened, with the detector that judges what it reads. */
export interface Scanner {
  /** One full scan into all sinks. */
  scan(sinks: readonly ScanSink[], watchAfter?: boolean): Promise<void>
  /** After a scan: every change as a scan of its own, until the signal says stop. */
  watch(sinks: readonly ScanSink[]): Promise<void>
}

/** Opens the source, hands it over, and closes it whatever happens. The engine is loaded here, because most commands never need it. */
export async function withScanner<Result>(options: ScanKubernetesOptions, use: (scanner: Scanner) => Promise<Result>): Promise<Result> {
  const [{ createDetector }, { openKubernetes }] = await Promise.all([import('@mintmark/ledger/detection'), import('@mintmark/ledger/connectors/kubernetes')])
  const detector = createDetector({ key: options.fingerprintKey })
  const source = await openKubernetes(options.settings, options.signal)
  try {
    return await use(createScanner(source, detector, options))
  } finally {
    await source.close()
  }
}

function createScanner(source: KubernetesSource, detector: Detector, options: ScanKubernetesOptions): Scanner {
  const { signal, now, onProgress } = options
  const reading = { signal, clock: now, ...(onProgress === undefined ? {} : { onProgress }) }
  const header = (mode: 'full' | 'changes'): ScanHeader => ({
    type: 'scan',
    version: LIMITS.documentVersion,
    scanId: randomUUID(),
    connector: 'kubernetes',
    source: { key: source.source.key, name: source.source.name },
    mode,
    startedAt: now().toISOString(),
    scanner: { version: VERSION, rules: detector.rules },
    fingerprintKeyId: options.fingerprintKey.id,
  })
  return {
    async scan(sinks, watchAfter = false) {
      await pour(header('full'), source.collectLists(detector, { ...reading, watchAfter }), sinks, now)
    },
    async watch(sinks) {
      for await (const { events } of source.watch(detector, reading)) await pour(header('changes'), [events], sinks, now)
    },
  }
}

/** Hands a scan line by line to every sink, at the pace of the slowest. */
async function pour(
  header: ScanHeader,
  lists: AsyncIterable<readonly ScanEvent[]> | Iterable<readonly ScanEvent[]>,
  sinks: readonly ScanSink[],
  now: () => Date,
): Promise<void> {
  for (const sink of sinks) await sink.begin(header)
  let lines = 0
  for await (const list of lists) {
    lines += list.length
    for (const event of list) {
      for (const sink of sinks) {
        const taken = sink.take(event)
        if (taken !== undefined) await taken
      }
    }
  }
  const end: ScanEnd = { type: 'end', finishedAt: now().toISOString(), lines }
  for (const sink of sinks) await sink.end(end)
}
