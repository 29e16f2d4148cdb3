import type { ScanReport } from '@mintmark/contract/scan'

/** The whole report as indented JSON. */
export function renderScanJson(report: ScanReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`
}
