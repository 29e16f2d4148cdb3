import type { Migration } from './migration.ts'

const integrations = [
  `create table integration (
    id uuid primary key default uuidv7(),
    kind text not null,
    name text not null,
    public_key_pem text not null,
    created_at timestamptz not null,
    last_seen_at timestamptz,
    deleted_at timestamptz
  )`,
  `create unique index integration_name on integration (name) where deleted_at is null`,
  `create table access_token (
    sha256 text primary key,
    kind text not null,
    integration_id uuid references integration,
    expires_at timestamptz not null
  )`,
  `create index access_token_expiry on access_token (expires_at)`,
  // The replay guard: identifiers of assertions by their hash, kept until the assertion itself expires.
  `create table assertion (
    jti_hash uuid primary key,
    expires_at timestamptz not null
  )`,
  `create index assertion_expiry on assertion (expires_at)`,
]

const scans = [
  // What was read, such as a cluster. Two integrations that read the same source share its rows.
  `create table source (
    id int generated always as identity primary key,
    key_hash uuid not null unique,
    key text not null,
    name text not null
  )`,
  `create table scan (
    id uuid primary key,
    seq int generated always as identity unique,
    number int unique,
    integration_id uuid not null references integration,
    source_id int not null references source,
    state text not null check (state in ('receiving', 'visible', 'abandoned')),
    header text not null,
    received_chunks int not null default 0,
    received_lines int not null default 0,
    problems_total int not null default 0,
    touched_at timestamptz not null,
    finished_at timestamptz,
    ended_lines int,
    visible_at timestamptz
  )`,
  `create index scan_of_integration on scan (integration_id, seq)`,
  `create index scan_receiving on scan (touched_at) where state = 'receiving'`,
  // The oldest scan that can be asked for; what ended before it is removed.
  `create table history (
    single boolean primary key default true check (single),
    oldest_number int not null default 0
  )`,
  `insert into history default values`,
  `create table scan_chunk (
    scan_seq int not null,
    sequence int not null,
    sha256 text not null,
    primary key (scan_seq, sequence)
  )`,
  // Staging: which facts a scan has named. Bodies lie in fact, written once whatever names them.
  `create table scan_line (
    scan_seq int not null,
    ordinal bigint not null,
    row_key uuid not null,
    fact uuid not null,
    fingerprint uuid,
    entity smallint not null,
    collection text collate "C" not null,
    namespace text collate "C" not null,
    object text collate "C" not null
  )`,
  `create index scan_line_of_scan on scan_line (scan_seq)`,
  `create table scan_coverage (
    scan_seq int not null,
    ordinal bigint not null,
    source_id int not null,
    collection text collate "C" not null,
    namespace text collate "C",
    object text collate "C",
    state text not null,
    detail text not null,
    objects int not null,
    primary key (scan_seq, ordinal)
  )`,
  `create index scan_coverage_of_source on scan_coverage (source_id, collection, scan_seq) where object is null`,
  `create table scan_problem (
    scan_seq int not null,
    ordinal bigint not null,
    line text not null,
    primary key (scan_seq, ordinal)
  )`,
]

const observations = [
  // Content-addressed: the body of an observation, once.
  `create table fact (
    hash uuid primary key,
    body text not null
  )`,
  `create table observation (
    row_key uuid not null,
    fact uuid not null,
    fingerprint uuid,
    source_id int not null,
    valid_from int not null,
    valid_to int not null default 2147483647,
    part int not null default 0,
    entity smallint not null,
    collection text collate "C" not null,
    namespace text collate "C" not null,
    object text collate "C" not null
  ) partition by list (part)`,
  `create unique index observation_current on observation (row_key, part) where valid_to = 2147483647`,
  `create index observation_of_namespace on observation (source_id, namespace, entity, object) where valid_to = 2147483647`,
  `create index observation_reference on observation (namespace, row_key) where entity = 6`,
  `create table namespace (
    source_id int not null,
    name text collate "C" not null,
    gaps text not null default '',
    primary key (source_id, name)
  )`,
]

const inventory = [
  // Sentences that many secrets share, once: what nobody has looked at, and why a verdict was given.
  `create table sentence (
    id int generated always as identity primary key,
    hash uuid not null unique,
    body text not null
  )`,
  // Everything that a secret can be asked by, under one number each: applications, deployments, identities, namespaces, clusters, kinds, providers.
  `create table subject (
    id int generated always as identity primary key,
    kind smallint not null,
    key_hash uuid not null unique,
    key text not null,
    public_id uuid not null unique default uuidv7()
  )`,
  `create table subject_total (
    subject_id int not null,
    secrets_total int not null,
    level_rank smallint not null,
    valid_from int not null,
    valid_to int not null default 2147483647
  )`,
  `create index subject_total_of_subject on subject_total (subject_id, valid_from)`,
  `create table application (
    subject_id int not null,
    name text collate "C" not null,
    hash uuid not null,
    body text not null,
    valid_from int not null,
    valid_to int not null default 2147483647
  )`,
  `create index application_of_subject on application (subject_id, valid_from)`,
  `create index application_by_name on application (name, subject_id)`,
  `create table deployment (
    subject_id int not null,
    source_id int not null,
    application_id int not null,
    namespace text collate "C" not null,
    name text collate "C" not null,
    application_name text not null,
    application_rule text not null,
    application_evidence text not null,
    hash uuid not null,
    body text not null,
    valid_from int not null,
    valid_to int not null default 2147483647
  )`,
  `create index deployment_of_subject on deployment (subject_id, valid_from)`,
  `create index deployment_of_namespace on deployment (source_id, namespace) where valid_to = 2147483647`,
  `create index deployment_of_application on deployment (application_id, name, subject_id)`,
  `create index deployment_by_name on deployment (name, subject_id)`,
  `create index deployment_by_namespace on deployment (namespace, name, subject_id)`,
  // One row for each namespace that names the identity; it is gone when the last of them is.
  `create table identity (
    subject_id int not null,
    source_id int not null,
    namespace text collate "C" not null,
    kind text collate "C" not null,
    name text collate "C" not null,
    hash uuid not null,
    body text not null,
    valid_from int not null,
    valid_to int not null default 2147483647
  )`,
  `create index identity_of_subject on identity (subject_id, valid_from)`,
  `create index identity_of_namespace on identity (source_id, namespace) where valid_to = 2147483647`,
  `create index identity_by_name on identity (name, subject_id)`,
  `create index identity_by_kind on identity (kind, name, subject_id)`,
  `create table occurrence (
    row_key uuid not null,
    fingerprint uuid not null,
    source_id int not null,
    namespace text collate "C" not null,
    object text collate "C" not null,
    fact uuid not null,
    subjects int[] not null,
    hash uuid not null,
    body text not null,
    valid_from int not null,
    valid_to int not null default 2147483647,
    part int not null default 0
  ) partition by list (part)`,
  `create index occurrence_of_secret on occurrence (fingerprint, namespace, row_key)`,
  `create index occurrence_of_namespace on occurrence (source_id, namespace, object) where valid_to = 2147483647`,
  `create table secret (
    fingerprint uuid not null,
    risk_order bigint not null,
    public_id text,
    subjects int[] not null,
    hash uuid not null,
    body text not null,
    valid_from int not null,
    valid_to int not null default 2147483647,
    part int not null default 0
  ) partition by list (part)`,
  `create index secret_by_fingerprint on secret (fingerprint, valid_from)`,
  `create index secret_worst_first on secret (risk_order, fingerprint)`,
  `create index secret_by_public_id on secret (public_id, risk_order, fingerprint) where public_id is not null`,
  `create index secret_by_subject on secret using gin (subjects)`,
]

/** Ended versions of observations are looked for only to remove them. */
const ended = [`create index observation_ended on observation (source_id, valid_to) where valid_to < 2147483647`]

/** Versions lie on disk in the order of their scans, so a summary of ranges finds those that began; the few that ended have an index. */
const history = ['application', 'deployment', 'identity', 'occurrence', 'secret', 'subject_total'].flatMap((table) => [
  `create index ${table}_began on ${table} using brin (valid_from) with (pages_per_range = 32)`,
  `create index ${table}_ended on ${table} (valid_to) where valid_to < 2147483647`,
])

/**
 * Rows of the three large tables lie in parts: 0 takes what changes from day to day, and a scan that brings very many rows gets one of its own,
 * which is filled without indexes and is attached when it has them.
 */
const parts = ['observation', 'occurrence', 'secret'].map((table) => `create table ${table}_0 partition of ${table} for values in (0)`)

/** The tables of Ledger: integrations, scans, observations, inventory with history. */
export const foundation: Migration = {
  number: 1,
  name: 'foundation',
  statements: [...integrations, ...scans, ...observations, ...inventory, ...history, ...ended, ...parts],
}
