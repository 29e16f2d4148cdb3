import type { Peer } from '@mintmark/mint/attestation'
import type { Workload } from '../workload.ts'

/** A connection to the agent's socket, and who the kernel says is at its other end. */
export interface SocketConnection {
  readonly id: number
  readonly peer: Peer
  /** The last attestation without an exchange token, for calls that follow closely. */
  attested: { readonly workload: Workload; readonly until: number } | undefined
  /** Streams that are open now. */
  streams: number
}
