import type {
  Application,
  CoverageEntry,
  Deployment,
  Identity,
  Occurrence,
  ProblemLine,
  Reference,
  ScanEnd,
  ScanEvent,
  ScanHeader,
  Secret,
} from '@mintmark/contract/scan'
import type { KeysetStore } from '@mintmark/mint/authority'
import type { MintStores } from '@mintmark/mint/server'
import type { LinkedNamespace, LinkedOccurrence, NamespaceFacts, SecretFacts } from '@mintmark/ledger/model'

/** A page of a list by keyset cursor; `next` is absent on the last page. */
export interface Page<Row> {
  readonly items: readonly Row[]
  readonly next?: string
}

/** Which page, and of which time: `asOf` is the number of a published scan; absent means now. */
export interface PageRequest {
  readonly size: number
  readonly cursor?: string
  readonly asOf?: number
}

/** A source of scans, such as one cluster's scanner. */
export interface Integration {
  readonly id: string
  readonly kind: 'kubernetes'
  readonly name: string
  readonly createdAt: string
  readonly lastSeenAt?: string
  readonly lastScan?: string
}

/** Who sent the scans, and the public half of the key it proves itself with (Ed25519, SPKI PEM). */
export interface IntegrationStore {
  /** @throws ConflictError when the name is taken */
  create(integration: { readonly kind: 'kubernetes'; readonly name: string; readonly publicKeyPem: string; readonly now: Date }): Promise<Integration>
  list(page: PageRequest): Promise<Page<Integration>>
  /** By id or by name. */
  get(idOrName: string): Promise<Integration | undefined>
  publicKey(id: string): Promise<string | undefined>
  delete(id: string): Promise<boolean>
}

/** What is known of a token without its text. */
export interface TokenRow {
  readonly kind: 'one-time' | 'administrator' | 'scanner'
  readonly integrationId?: string
  readonly expiresAt: string
}

/** Tokens by the SHA-256 of their text, never the text; and the replay guard. */
export interface AccessStore {
  saveToken(token: TokenRow & { readonly sha256: string }): Promise<void>
  /** Takes a one-time token exactly once, also under concurrency. */
  takeOneTimeToken(sha256: string, now: Date): Promise<boolean>
  findToken(sha256: string, now: Date): Promise<TokenRow | undefined>
  deleteToken(sha256: string): Promise<void>
  /** Whether an administrator token exists that has not expired: false until somebody used a one-time link. */
  hasAdministrator(now: Date): Promise<boolean>
  /** False when this `jti` was seen before: a replay. */
  rememberAssertion(jti: string, expiresAt: Date, now: Date): Promise<boolean>
}

/** A fingerprint key that only the holder of the master key can open. */
export interface SealedFingerprintKey {
  /** Names the key without revealing it, as `fingerprintKeyId` of scans does. */
  readonly id: string
  readonly sealed: Uint8Array
}

/** The one fingerprint key that this installation manages for its scanners. */
export interface FingerprintKeyStore {
  find(): Promise<SealedFingerprintKey | undefined>
  /** Keeps it unless one is kept already. @returns the one that is kept: of several processes that start at once, all get the same */
  keepFirst(key: SealedFingerprintKey): Promise<SealedFingerprintKey>
  /** The same key under a newer master key. */
  reseal(key: SealedFingerprintKey): Promise<void>
}

/** How storage asks for what it must not know itself: linking and risk, given by the control plane (laws 4 and 9). */
export interface Derivation {
  linkNamespace(facts: NamespaceFacts): LinkedNamespace
  /** All occurrences of one fingerprint, in any order. */
  summarizeSecret(occurrences: readonly LinkedOccurrence[]): SecretFacts
  scoreSecret(facts: SecretFacts, now: Date): Pick<Secret, 'level' | 'factors' | 'policy'>
}

/** A scan and how far it has come. */
export interface ScanRow {
  readonly id: string
  /** Counts published scans of the whole installation; the clock of "as of". Absent until visible. */
  readonly number?: number
  readonly integrationId: string
  readonly state: 'receiving' | 'visible' | 'abandoned'
  readonly header: ScanHeader
  readonly receivedChunks: number
  readonly finishedAt?: string
  readonly visibleAt?: string
}

/** Ingest: idempotent by (scan, sequence), visible atomically (law 5). */
export interface ScanStore {
  /** Also for a scan that was begun before, or is visible already: the answer says where to go on. @throws ConflictError when the id belongs to another integration or header */
  begin(integrationId: string, header: ScanHeader, now: Date): Promise<ScanRow>
  /** @returns false when this sequence was stored before with the same digest. @throws ConflictError when with another digest, or out of order */
  append(scanId: string, chunk: { readonly sequence: number; readonly sha256: string; readonly lines: readonly ScanEvent[] }): Promise<boolean>
  /** Writes down that the scan has ended, so that it can be published also after a crash. Repeating it changes nothing. @throws ConflictError as `publish` does */
  acceptEnd(scanId: string, end: ScanEnd, now: Date): Promise<void>
  /** Scans whose end was accepted and that are not visible: a publication that was interrupted. */
  listAcceptedEnds(): Promise<readonly AcceptedEnd[]>
  /** Applies everything in one transaction, links, scores, and makes it visible. Repeating it answers the same row. */
  publish(scanId: string, end: ScanEnd, derivation: Derivation, now: Date): Promise<ScanRow>
  /** Gives up scans that nobody continues and removes what they had staged, in bounded batches. To be called at start and now and then; publishing calls it itself. */
  sweep(now: Date): Promise<SweepOutcome>
  /**
   * Removes history from before `keepFrom` in bounded batches: versions that had ended by then, scans that were visible before, and what only these name.
   * What was current then stays, and so does the newest scan of every integration, source and collection. To be repeated until it is finished, whenever it is interrupted.
   */
  purge(keepFrom: Date): Promise<PurgeOutcome>
  list(page: PageRequest & { readonly integrationId?: string }): Promise<Page<ScanRow>>
  get(scanId: string): Promise<(ScanRow & { readonly coverage: readonly CoverageEntry[]; readonly problems: readonly ProblemLine[] }) | undefined>
  /** What changed between two published scans (numbers). */
  diff(from: number, to: number, page: PageRequest): Promise<Page<ScanChange>>
}

/** A scan that waits for its publication. */
export interface AcceptedEnd {
  readonly scanId: string
  readonly end: ScanEnd
}

/** What a purge has removed; `finished` is false when more is left for the next one. */
export interface PurgeOutcome {
  /** The oldest scan that can still be asked for, by number. */
  readonly oldestNumber: number
  readonly removedVersions: number
  readonly removedScans: number
  readonly finished: boolean
}

/** What a sweep has done; `finished` is false when more is left for the next one. */
export interface SweepOutcome {
  readonly abandonedScans: number
  readonly sweptFacts: number
  readonly finished: boolean
}

/** One thing that differs between two scans. */
export interface ScanChange {
  readonly change: 'added' | 'removed' | 'changed'
  readonly entity: 'application' | 'deployment' | 'identity' | 'secret' | 'occurrence'
  readonly key: string
  readonly name: string
  /** For `changed`: one sentence per field, such as "level: Medium -> High". */
  readonly details: readonly string[]
}

/** Rows of the inventory carry an id that is safe in a URL (a uuid with a type prefix) beside their natural key. That of a secret follows from its fingerprint. */
export type Stored<Shape> = Shape & { readonly id: string }

/** A secret in a list: its occurrences are counted, not carried. */
export type SecretSummary = Omit<Secret, 'occurrences'>

/** Conditions on a list of secrets; all of them hold. */
export interface SecretFilter {
  readonly levelAtLeast?: 'Low' | 'Medium' | 'High' | 'Critical'
  readonly kind?: string
  readonly provider?: string
  readonly application?: string
  readonly namespace?: string
  readonly publicId?: string
}

/** Read side. Lists of secrets come worst first (max-v1 order); the others by name. `get` takes an id or a natural key. */
export interface InventoryStore {
  isEmpty(): Promise<boolean>
  listApplications(page: PageRequest & { readonly name?: string }): Promise<Page<Stored<Application>>>
  getApplication(id: string, asOf?: number): Promise<Stored<Application> | undefined>
  listDeployments(page: PageRequest & { readonly application?: string; readonly namespace?: string; readonly name?: string }): Promise<Page<Stored<Deployment>>>
  getDeployment(id: string, asOf?: number): Promise<Stored<Deployment> | undefined>
  listIdentities(page: PageRequest & { readonly kind?: string; readonly name?: string }): Promise<Page<Stored<Identity>>>
  getIdentity(id: string, asOf?: number): Promise<Stored<Identity> | undefined>
  listSecrets(page: PageRequest & SecretFilter): Promise<Page<Stored<SecretSummary>>>
  getSecret(id: string, asOf?: number): Promise<Stored<SecretSummary> | undefined>
  listOccurrences(secretId: string, page: PageRequest): Promise<Page<Occurrence>>
  /** Secrets that deployments of the application, the deployment or the identity has. */
  listSecretsOf(
    subject: { readonly entity: 'application' | 'deployment' | 'identity'; readonly id: string },
    page: PageRequest,
  ): Promise<Page<Stored<SecretSummary>>>
  listReferences(page: PageRequest & { readonly namespace?: string }): Promise<Page<Reference>>
}

/** The database as the rest of the house sees it. */
export interface Store {
  readonly integrations: IntegrationStore
  readonly access: AccessStore
  readonly fingerprintKey: FingerprintKeyStore
  readonly scans: ScanStore
  readonly inventory: InventoryStore
  /** What a trust domain server keeps. */
  readonly mint: MintStores & { readonly keysets: KeysetStore }
  /** One cheap query; rejects when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
