import type { Migration } from './migration.ts'

const registry = [
  `create table trust_domain (
    id uuid primary key default uuidv7(),
    name text collate "C" not null unique,
    created_at timestamptz not null
  )`,
  `create table realm (
    id uuid primary key default uuidv7(),
    trust_domain_id uuid not null references trust_domain,
    name text collate "C" not null,
    created_at timestamptz not null,
    unique (trust_domain_id, name)
  )`,
  `create table cluster (
    id uuid primary key default uuidv7(),
    trust_domain_id uuid not null references trust_domain,
    realm_id uuid references realm,
    name text collate "C" not null,
    platform text not null,
    enabled boolean not null default true,
    created_at timestamptz not null,
    unique (trust_domain_id, name)
  )`,
  `create index cluster_of_trust_domain on cluster (trust_domain_id, id)`,
  `create index cluster_of_realm on cluster (realm_id, id) where realm_id is not null`,
  // Public halves only. The order in which versions were added decides which one makes room.
  `create table cluster_version (
    id uuid primary key default uuidv7(),
    cluster_id uuid not null references cluster on delete cascade,
    ordinal int not null,
    public_key_pem text not null,
    active boolean not null default true,
    created_at timestamptz not null,
    unique (cluster_id, ordinal)
  )`,
  `create table agent (
    id text collate "C" primary key,
    cluster_id uuid not null references cluster on delete cascade,
    node_name text not null,
    version text not null,
    platform text not null,
    attested_by text[] not null,
    attested_at timestamptz not null,
    last_seen_at timestamptz not null
  )`,
  `create index agent_of_cluster on agent (cluster_id, id)`,
]

const configuration = [
  // scope_id is '' for the organisation, of which there is one.
  `create table configuration_version (
    scope_kind text collate "C" not null,
    scope_id text collate "C" not null,
    version int not null,
    sections text not null,
    actor text not null,
    created_at timestamptz not null,
    primary key (scope_kind, scope_id, version)
  )`,
  // A row and no sequence: who reads a number must find what was saved under it, and sequences run ahead of their transactions.
  `create table configuration_revision (
    only_row boolean primary key default true check (only_row),
    revision bigint not null
  )`,
  `insert into configuration_revision (revision) values (0)`,
]

const federation = [
  `create table federation_link (
    id uuid primary key default uuidv7(),
    trust_domain_id uuid not null references trust_domain,
    foreign_trust_domain text collate "C" not null,
    endpoint_url text,
    endpoint_profile text check (endpoint_profile in ('https_web', 'https_spiffe')),
    endpoint_spiffe_id text,
    bundle_document text,
    bundle_updated_at timestamptz,
    last_polled_at timestamptz,
    last_succeeded_at timestamptz,
    last_error text,
    next_poll_at timestamptz,
    claimed_until timestamptz,
    created_at timestamptz not null,
    unique (trust_domain_id, foreign_trust_domain)
  )`,
  `create index federation_link_due on federation_link (coalesce(next_poll_at, created_at)) where endpoint_url is not null`,
]

const events = [
  // A partition a day, made when its first event comes; see storage/mint/partitions.ts. Ids of others are kept as they were printed: the event outlives what it names.
  `create table mint_event (
    at timestamptz not null,
    id text collate "C" not null,
    type smallint not null,
    succeeded boolean not null,
    svid_type smallint,
    trust_domain_id text collate "C" not null,
    cluster_id text collate "C",
    spiffe_id text collate "C",
    audience text[],
    body text not null,
    primary key (at, id)
  ) partition by range (at)`,
  `create index mint_event_of_spiffe_id on mint_event (spiffe_id, at, id) where spiffe_id is not null`,
  `create index mint_event_of_trust_domain on mint_event (trust_domain_id, at, id)`,
  `create index mint_event_of_cluster on mint_event (cluster_id, at, id) where cluster_id is not null`,
  // Failures are few, and they are what people look for.
  `create index mint_event_failed on mint_event (at, id) where not succeeded`,
  // Key: hash of the three names. Rows are updated with every renewal; with room on their pages no index notices.
  `create table mint_workload (
    key uuid primary key,
    trust_domain_id text collate "C" not null,
    cluster_id text collate "C" not null,
    spiffe_id text collate "C" not null,
    first_issued_at timestamptz not null,
    last_issued_at timestamptz not null,
    last_expires_at timestamptz not null,
    namespace text,
    service_account text,
    pod_owner text
  ) with (fillfactor = 60)`,
  `create index mint_workload_by_name on mint_workload (spiffe_id, trust_domain_id, cluster_id)`,
  // How often a day, so that "issued in the last 30 days" reads 30 rows and not 30 days of events.
  `create table mint_workload_day (
    workload uuid not null,
    day date not null,
    issued int not null,
    primary key (workload, day)
  ) with (fillfactor = 60)`,
  `create index mint_workload_day_old on mint_workload_day using brin (day)`,
]

const keysets = [
  // All keysets of a trust domain in one row: every change is a compare-and-swap of its revision. Private keys in it are sealed.
  `create table keysets (
    trust_domain text collate "C" primary key,
    revision bigint not null,
    body text not null
  )`,
]

/** The tables of a trust domain server: registry, managed configuration, federation, events, keysets. */
export const mint: Migration = {
  number: 2,
  name: 'mint',
  statements: [...registry, ...configuration, ...federation, ...events, ...keysets],
}
