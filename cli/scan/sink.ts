import type { ScanEnd, ScanEvent, ScanHeader } from '@mintmark/contract/scan'

/** Takes one scan, line by line. A sink that cannot keep up answers with a promise, and the scan waits for it. */
export interface ScanSink {
  begin(header: ScanHeader): Promise<void> | void
  take(event: ScanEvent): Promise<void> | void
  /** After this the scan is complete; the promise settles when the sink has done its part. */
  end(end: ScanEnd): Promise<void> | void
}
