/** Where a keyset stands. Exactly one of a trust domain is ACTIVE; all are in the bundle until they are removed. */
export type KeysetState = 'PREPARED' | 'ACTIVE' | 'TAINTED'

/** One X.509 key and the JWT keys of a trust domain: the unit of rotation. Public parts and references to private ones. */
export interface KeysetRecord {
  /** `ks_…` */
  readonly id: string
  readonly state: KeysetState
  readonly createdAt: string
  /** When it became ACTIVE last; absent: never yet. */
  readonly activatedAt?: string
  /** When another took its place. It is PREPARED again from then on: trusted, not signing. */
  readonly deactivatedAt?: string
  readonly taintedAt?: string
  /** End of the issuing certificate, ISO 8601. */
  readonly notAfter: string
  readonly x509: {
    /** DER in base64: the issuing certificate first, intermediates next, the root last; one certificate when it is its own root. */
    readonly chain: readonly string[]
    readonly key: KeyReference
  }
  /** One per algorithm that the trust domain offers: ES256, and RS256 for clouds that accept nothing else. */
  readonly jwt: readonly {
    readonly keyId: string
    readonly algorithm: 'ES256' | 'RS256'
    readonly publicKey: Readonly<Record<string, string>>
    readonly key: KeyReference
  }[]
}

/** How a key manager finds a private key again: a handle of its own, or the key sealed by the master key (never in clear). */
export interface KeyReference {
  readonly manager: 'memory' | 'disk' | 'sealed'
  readonly handle: string
  /** AES-256-GCM under the master key, base64; only for `sealed`. */
  readonly sealed?: string
}

/** All keysets of a trust domain and the number of the state they are in; the number is the bundle's `spiffe_sequence`. */
export interface KeysetsSnapshot {
  readonly revision: bigint
  readonly keysets: readonly KeysetRecord[]
}

/** Keysets shared by all replicas of a trust domain server. Every change is a compare-and-swap of the whole small set. */
export interface KeysetStore {
  /** Revision 0 and no keysets for a trust domain that has none yet. */
  load(trustDomain: string): Promise<KeysetsSnapshot>
  /**
   * @param revisionAtLeast the new revision is this one when it is further on than the next: after a restore the sequence must not go back
   * @returns the new snapshot, or undefined when another replica was faster (read again, decide again)
   */
  replace(trustDomain: string, expectedRevision: bigint, keysets: readonly KeysetRecord[], revisionAtLeast?: bigint): Promise<KeysetsSnapshot | undefined>
}
