/** A workload that wants X.509-SVIDs, as the agent has attested it. */
export interface X509Want {
  /** Ours alone: the server adds what it knows itself. */
  readonly attributes: Map<string, string>
  readonly publicKey?: Uint8Array
  readonly csr?: Uint8Array
}

/** A workload that wants JWT-SVIDs. */
export interface JwtWant {
  readonly attributes: Map<string, string>
  readonly audience: readonly string[]
  /** Empty: every identity of the workload. */
  readonly spiffeId: string
}

/** A workload whose attributes break a limit. It is answered by itself; the others of its batch are not touched. */
export interface Unreadable {
  readonly reason: string
}
