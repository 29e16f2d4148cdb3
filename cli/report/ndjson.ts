import type { ScanEnd, ScanEvent, ScanHeader } from '@mintmark/contract/scan'
import { formatScanLine } from '@mintmark/contract/scan/plain'
import { writeText, type Output } from '../program/context.ts'
import type { ScanSink } from '../scan/sink.ts'

/** Characters that are gathered before they are written. */
const GATHERED_CHARS = 64 * 1_024

/** Writes the scan document itself, as it is read: the same lines that a control plane receives. Nothing is kept in memory. */
export function createNdjsonSink(output: Output): ScanSink {
  let gathered = ''
  async function flush(): Promise<void> {
    const text = gathered
    gathered = ''
    if (text !== '') await writeText(output, text)
  }
  return {
    begin(header: ScanHeader) {
      gathered += `${formatScanLine(header)}\n`
    },
    take(event: ScanEvent) {
      gathered += `${formatScanLine(event)}\n`
      return gathered.length > GATHERED_CHARS ? flush() : undefined
    },
    async end(end: ScanEnd) {
      gathered += `${formatScanLine(end)}\n`
      await flush()
    },
  }
}
