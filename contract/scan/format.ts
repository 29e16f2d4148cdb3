import type { ScanLine } from './document.ts'

/** One NDJSON line, its line feed excluded. The text is ours on both ends, so an over-long line is an error, not a cut. */
export function formatScanLine(line: ScanLine): string {
  return JSON.stringify(line)
}
