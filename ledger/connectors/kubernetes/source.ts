import type { ScanEvent } from '@mintmark/contract/scan'
import type { Detector } from '@mintmark/ledger/detection'
import type { CollectOptions } from './collect.ts'

/** What a scan is of, for the header of the scan document. */
export interface ScanSource {
  /** The uid of the kube-system namespace, or what stands in for it. */
  readonly key: string
  readonly name: string
}

/** What changed within a moment: lines of the changed objects and coverage of exactly these. One scan of mode `changes`. */
export interface ChangeBatch {
  readonly events: readonly ScanEvent[]
}

/** How a full scan is taken. */
export interface KubernetesCollectOptions extends CollectOptions {
  /** Remember digests of everything, so that {@link KubernetesSource.watch} reports only what really changes afterwards. */
  readonly watchAfter?: boolean
}

/** A cluster, or a folder of manifests, that was opened and answers. */
export interface KubernetesSource {
  readonly source: ScanSource
  readonly serverVersion?: string
  /** Yields a full scan. Throws only for bugs of ours and when `signal` says stop: what is denied or broken is a coverage line. */
  collect(detector: Detector, options: KubernetesCollectOptions): AsyncIterable<ScanEvent>
  /** The same lines in lists as they come out of one piece of the network's: a step of an asynchronous iteration costs as much as a line itself. */
  collectLists(detector: Detector, options: KubernetesCollectOptions): AsyncIterable<readonly ScanEvent[]>
  /** Goes on after {@link collect} until `signal` says stop; a folder of manifests does not change, so it ends at once there. */
  watch(detector: Detector, options: CollectOptions): AsyncIterable<ChangeBatch>
  close(): Promise<void>
}
