import type { ScanEnd, ScanEvent, ScanHeader, ScanReport } from '@mintmark/contract/scan'
import { buildInventory } from '@mintmark/ledger/linking'
import { MAX_V1, compareByRisk, scoreSecret } from '@mintmark/ledger/risk'
import type { ScanSink } from '../scan/sink.ts'

/** A sink that makes the report of the scan that went into it. */
export interface ReportSink extends ScanSink {
  /** Links, scores and sorts. @throws Error when no scan was taken: a bug of the caller */
  build(): ScanReport
}

/** Keeps the observations of one scan in memory; they hold no values. */
export function createReportSink(now: () => Date): ReportSink {
  let header: ScanHeader | undefined
  let end: ScanEnd | undefined
  let events: ScanEvent[] = []
  return {
    begin(begun) {
      header = begun
      end = undefined
      events = []
    },
    take(event) {
      events.push(event)
    },
    end(ended) {
      end = ended
    },
    build() {
      if (header === undefined) throw new Error('A report is built after a scan was taken')
      return buildInventory({
        header,
        events,
        ...(end === undefined ? {} : { end }),
        policy: MAX_V1.version,
        now: now(),
        score: (facts, at) => scoreSecret(facts, MAX_V1, at),
        compare: compareByRisk,
      })
    },
  }
}
