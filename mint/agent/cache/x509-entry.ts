import type { X509Svid } from '@mintmark/spiffe'
import type { Refusal } from '../refusal.ts'
import type { BackOff } from '../upstream/back-off.ts'
import type { Workload } from '../workload.ts'

/** X.509-SVIDs of a workload at one moment. A renewal makes a new state. */
export interface X509State {
  readonly svids: readonly X509Svid[]
  /** The earliest end among the identities, and the middle between issue and that end; milliseconds since 1970. */
  readonly notAfter: number
  readonly halfLifeAt: number
}

/** What a listener hears: the newest state, or why there is none any more. After a refusal nothing follows. */
export interface X509Listener {
  readonly onState: (state: X509State) => void
  readonly onRefusal: (refusal: Refusal) => void
}

/** What the cache keeps of a workload. */
export interface X509Entry {
  readonly workload: Workload
  readonly listeners: Set<X509Listener>
  readonly backOff: BackOff
  state: X509State | undefined
  /** Subject key ids of who signed the state. */
  authorityKeyIds: readonly string[]
  renewAt: number
  /** A renewal has failed since the last success, and may do better later. */
  isOverdue: boolean
  refusal: { readonly refusal: Refusal; readonly until: number } | undefined
  underWay: Promise<X509State> | undefined
  cancelTimer: () => void
}

/** An entry of a workload that nothing is known of. */
export function newX509Entry(workload: Workload, backOff: BackOff): X509Entry {
  return {
    workload,
    listeners: new Set(),
    backOff,
    state: undefined,
    authorityKeyIds: [],
    renewAt: 0,
    isOverdue: false,
    refusal: undefined,
    underWay: undefined,
    cancelTimer: () => undefined,
  }
}
