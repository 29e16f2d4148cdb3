import type { Bundle, CertificateIssuer, Signer, TrustDomain } from '@mintmark/spiffe'
import type { KeyManager } from './keys/model.ts'
import type { KeysetRecord, KeysetStore } from './ports.ts'
import type { AuthoritySettings } from './settings.ts'
import type { UpstreamAuthority } from './upstream/model.ts'

/** What an authority is opened with. */
export interface AuthorityOptions {
  readonly trustDomain: TrustDomain
  readonly store: KeysetStore
  readonly keys: KeyManager
  readonly now: () => Date
  readonly settings?: Partial<AuthoritySettings>
  /** Absent: every keyset is its own root. */
  readonly upstream?: UpstreamAuthority
  readonly log?: AuthorityLog
  /** Told of each change that this replica made; for events and audit. Must not throw. */
  readonly onChange?: (change: KeysetChange) => void
}

/** A change of the keysets. */
export interface KeysetChange {
  readonly action: 'created' | 'prepared' | 'activated' | 'tainted' | 'removed' | 'resealed'
  readonly keysetId: string
  /** The clock's doing, not a person's. */
  readonly automatic: boolean
  readonly revision: bigint
}

/** Static messages; what varies is a field, and no field is ever key material. */
export interface AuthorityLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A key that signs JWT-SVIDs. No token may expire after `notAfter`. */
export interface JwtSigningKey {
  readonly keyId: string
  readonly signer: Signer
  readonly notAfter: Date
}

/** What signs and what is trusted at one revision. Never changes; a newer one takes its place. */
export interface AuthoritySnapshot {
  readonly revision: bigint
  /** Own trust domain; its sequence is the revision. */
  readonly bundle: Bundle
  readonly keysetId: string
  readonly issuer: CertificateIssuer
  /** No X.509-SVID may end after it. */
  readonly issuerNotAfter: Date
  /** How long an SVID can live whenever it is asked for, in seconds; longer ones may be cut by `issuerNotAfter`. */
  readonly guaranteedTtlSeconds: number
  readonly jwt: ReadonlyMap<'ES256' | 'RS256', JwtSigningKey>
  /** Subject key ids, hex, of all issuing certificates but the tainted ones: what signed an SVID that need not be renewed. */
  readonly issuingX509: readonly string[]
  /** Subject key ids, hex, of issuing certificates whose SVIDs are to be renewed at once. */
  readonly taintedX509: readonly string[]
  /** Key ids (`kid`) of tainted token keys. */
  readonly taintedJwt: readonly string[]
}

/**
 * The signing authority of one trust domain, shared by all replicas of its server through the keyset store.
 * Verbs end in AuthorityError; with label `store-away` nothing has changed as far as is known, and the same verb may be repeated.
 */
export interface Authority {
  /** Never waits and never fails: what was last read stays valid while the store is away. Compare `issuerNotAfter` with the clock before signing. */
  current(): AuthoritySnapshot
  /** Called after every change of revision, not for the present one. A listener that throws is logged and stays. */
  subscribe(listener: (snapshot: AuthoritySnapshot) => void): () => void
  list(): readonly KeysetRecord[]
  /** Makes and publishes a keyset that signs nothing yet. */
  prepare(): Promise<KeysetRecord>
  /** @param id absent: the newest that waits. A person may activate at once; peers that poll may not know it yet, and the log says so */
  activate(id?: string): Promise<KeysetRecord>
  taint(id: string): Promise<KeysetRecord>
  remove(id: string): Promise<void>
  /** Seals private keys anew that an older master key has sealed. @returns how many keysets had such keys */
  resealKeys(): Promise<number>
  /** Reads the store. Never rejects: a store that is away is logged once, and the snapshot stays. */
  refresh(): Promise<void>
  /** Does what the clock asks for. Safe on every replica at any time; never rejects, like {@link refresh}. */
  rotateIfDue(): Promise<void>
  /** Ends subscriptions and waits for what is under way. */
  close(): Promise<void>
}
