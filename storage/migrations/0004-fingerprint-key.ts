import type { Migration } from './migration.ts'

/** The managed fingerprint key, sealed by a master key that is never in the database. One row at most. */
export const fingerprintKey: Migration = {
  number: 4,
  name: 'fingerprint-key',
  statements: [
    `create table fingerprint_key (
       only_row boolean primary key default true check (only_row),
       id text not null,
       sealed bytea not null
     )`,
  ],
}
