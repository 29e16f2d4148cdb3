import type { JwtSvid, X509Svid } from '@mintmark/spiffe'
import type { Workload } from './workload.ts'

/** X.509-SVIDs of a workload as they were issued, the default identity first, and the authority that signed them. */
export interface IssuedX509 {
  readonly svids: readonly X509Svid[]
  /** Subject key ids of the issuers, lower-case hex: what a taint names. */
  readonly authorityKeyIds: readonly string[]
}

/** JWT-SVIDs of a workload for one set of audiences. */
export interface IssuedJwt {
  readonly svids: readonly JwtSvid[]
  /** `kid` of the signing keys: what a taint names. */
  readonly keyIds: readonly string[]
}

/** What a workload asks a JWT-SVID for. */
export interface JwtWish {
  readonly workload: Workload
  /** Without duplicates, sorted. */
  readonly audience: readonly string[]
  /** Empty: every identity of the workload. */
  readonly spiffeId: string
}

/**
 * Where identities come from. Both calls end in a Refusal: PERMISSION_DENIED when the workload is entitled to nothing,
 * UNAVAILABLE and its kin when a later try may do better.
 */
export interface Issuance {
  issueX509(workload: Workload): Promise<IssuedX509>
  issueJwt(wish: JwtWish): Promise<IssuedJwt>
}
