import type { ColumnType, Generated } from 'kysely'

type Instant = ColumnType<Date, Date | string, Date | string>
type InstantOrNull = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>

/** Integrations; a deleted one keeps its row, because its scans name it. */
export interface IntegrationTable {
  readonly id: Generated<string>
  readonly kind: string
  readonly name: string
  readonly public_key_pem: string
  readonly created_at: Instant
  readonly last_seen_at: InstantOrNull
  readonly deleted_at: InstantOrNull
}

/** Tokens by their hash. */
export interface AccessTokenTable {
  readonly sha256: string
  readonly kind: string
  readonly integration_id: string | null
  readonly expires_at: Instant
}

/** Assertions that were used, until they expire. */
export interface AssertionTable {
  readonly jti_hash: string
  readonly expires_at: Instant
}

/** What was read, by natural key. */
export interface SourceTable {
  readonly id: Generated<number>
  readonly key_hash: string
  readonly key: string
  readonly name: string
}

/** Scans in whatever state. */
export interface ScanTable {
  readonly id: string
  readonly seq: Generated<number>
  readonly number: number | null
  readonly integration_id: string
  readonly source_id: number
  readonly state: 'receiving' | 'visible' | 'abandoned'
  readonly header: string
  readonly received_chunks: Generated<number>
  readonly received_lines: Generated<number>
  readonly problems_total: Generated<number>
  readonly touched_at: Instant
  readonly finished_at: InstantOrNull
  /** Lines that the accepted end counted; null until it was accepted. */
  readonly ended_lines: number | null
  readonly visible_at: InstantOrNull
}

/** Chunks that were received. */
export interface ScanChunkTable {
  readonly scan_seq: number
  readonly sequence: number
  readonly sha256: string
}

/** What a scan says about how much it read. */
export interface ScanCoverageTable {
  readonly scan_seq: number
  readonly ordinal: string
  readonly source_id: number
  readonly collection: string
  readonly namespace: string | null
  readonly object: string | null
  readonly state: 'complete' | 'partial' | 'denied' | 'failed'
  readonly detail: string
  readonly objects: number
}

/** Problem lines of a scan. */
export interface ScanProblemTable {
  readonly scan_seq: number
  readonly ordinal: string
  readonly line: string
}

/** Columns of everything that has versions: visible from its first scan number on, until before its last. */
interface Version {
  readonly valid_from: number
  readonly valid_to: Generated<number>
}

/** Versions of observations; their bodies are facts. */
export interface ObservationTable extends Version {
  readonly row_key: string
  readonly fact: string
  readonly fingerprint: string | null
  readonly source_id: number
  readonly entity: number
  readonly collection: string
  readonly namespace: string
  readonly object: string
}

/** Bodies of observations, by content. */
export interface FactTable {
  readonly hash: string
  readonly body: string
}

/** What secrets can be asked by. */
export interface SubjectTable {
  readonly id: Generated<number>
  readonly kind: number
  readonly key_hash: string
  readonly key: string
  readonly public_id: Generated<string>
}

/** Number of secrets and worst level of a subject, by scan. */
export interface SubjectTotalTable extends Version {
  readonly subject_id: number
  readonly secrets_total: number
  readonly level_rank: number
}

/** Versions of applications. */
export interface ApplicationTable extends Version {
  readonly subject_id: number
  readonly name: string
  readonly hash: string
  readonly body: string
}

/** Versions of deployments. */
export interface DeploymentTable extends Version {
  readonly subject_id: number
  readonly source_id: number
  readonly application_id: number
  readonly namespace: string
  readonly name: string
  readonly application_name: string
  readonly application_rule: string
  readonly application_evidence: string
  readonly hash: string
  readonly body: string
}

/** Versions of identities, one row for each namespace that names them. */
export interface IdentityTable extends Version {
  readonly subject_id: number
  readonly source_id: number
  readonly namespace: string
  readonly kind: string
  readonly name: string
  readonly hash: string
  readonly body: string
}

/** Versions of linked occurrences. */
export interface OccurrenceTable extends Version {
  readonly row_key: string
  readonly fingerprint: string
  readonly source_id: number
  readonly namespace: string
  readonly object: string
  readonly fact: string
  readonly subjects: number[]
  readonly hash: string
  readonly body: string
}

/** Sentences that many secrets share. */
export interface SentenceTable {
  readonly id: Generated<number>
  readonly hash: string
  readonly body: string
}

/** Versions of secrets. */
export interface SecretTable extends Version {
  readonly fingerprint: string
  readonly risk_order: string
  readonly public_id: string | null
  readonly subjects: number[]
  readonly hash: string
  readonly body: string
}

/** The tables that queries are typed against. Staging and bulk writes speak SQL directly. */
export interface Tables {
  readonly integration: IntegrationTable
  readonly access_token: AccessTokenTable
  readonly assertion: AssertionTable
  readonly source: SourceTable
  readonly scan: ScanTable
  readonly scan_chunk: ScanChunkTable
  readonly scan_coverage: ScanCoverageTable
  readonly scan_problem: ScanProblemTable
  readonly observation: ObservationTable
  readonly fact: FactTable
  readonly subject: SubjectTable
  readonly subject_total: SubjectTotalTable
  readonly application: ApplicationTable
  readonly deployment: DeploymentTable
  readonly identity: IdentityTable
  readonly occurrence: OccurrenceTable
  readonly secret: SecretTable
  readonly sentence: SentenceTable
}
