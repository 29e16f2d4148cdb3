import type { WorkloadAttributes } from './attributes.ts'

/** A workload that wants X.509-SVIDs, as the agent has attested it. */
export interface X509Want {
  readonly attributes: WorkloadAttributes
  readonly publicKey?: Uint8Array
  readonly csr?: Uint8Array
}

/** A workload that wants JWT-SVIDs. */
export interface JwtWant {
  readonly attributes: WorkloadAttributes
  readonly audience: readonly string[]
  /** Empty: every identity of the workload. */
  readonly spiffeId: string
}

/** A workload whose attributes break a limit. It is answered by itself; the others of its batch are not touched. */
export interface Unreadable {
  readonly reason: string
}
