import { createHash } from 'node:crypto'
import pg from 'pg'
import { clientSettings, type DatabaseAddress } from '../address.ts'
import { explainDatabaseError, StorageUnavailableError } from '../errors.ts'
import type { Migration } from './migration.ts'

/** Lowest server that has what we use (`uuidv7()`). */
const SERVER_VERSION_MIN = 180_000
/** Key of the advisory lock that lets one process migrate at a time. */
const MIGRATION_LOCK = 7_420_001

/** Which migrations this call has applied, by name. */
export interface MigrationOutcome {
  readonly applied: readonly string[]
}

/**
 * Brings the schema up to date. Safe to call from several processes at once: one migrates, the others wait and find nothing to do.
 *
 * @throws StorageUnavailableError when the server is away or too old, when the schema is newer than this program, or when an applied migration has changed
 */
export async function migrate(address: DatabaseAddress, migrations: readonly Migration[]): Promise<MigrationOutcome> {
  const client = new pg.Client(clientSettings(address))
  client.on('error', () => undefined)
  try {
    await client.connect()
    await checkServer(client)
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    return { applied: await applyMissing(client, migrations) }
  } catch (error) {
    throw explainDatabaseError(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: number }>(`select current_setting('server_version_num')::int as version`)
  const version = rows[0]?.version ?? 0
  if (version >= SERVER_VERSION_MIN) return
  throw new StorageUnavailableError(
    'server-too-old',
    `The database server is PostgreSQL ${Math.floor(version / 10_000)}`,
    'Use PostgreSQL 18 or newer, or unset DATABASE_URL for the embedded one.',
  )
}

async function applyMissing(client: pg.Client, migrations: readonly Migration[]): Promise<string[]> {
  await client.query(
    'create table if not exists migration (number int primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())',
  )
  const { rows } = await client.query<{ number: number; checksum: string }>('select number, checksum from migration order by number')
  checkHistory(rows, migrations)
  const applied: string[] = []
  for (const migration of migrations.slice(rows.length)) {
    await applyOne(client, migration)
    applied.push(migration.name)
  }
  return applied
}

function checkHistory(rows: readonly { readonly number: number; readonly checksum: string }[], migrations: readonly Migration[]): void {
  for (const row of rows) {
    const known = migrations.find((migration) => migration.number === row.number)
    if (known === undefined) {
      throw new StorageUnavailableError(
        'schema-newer',
        `The database was migrated by a newer Mintmark (step ${row.number})`,
        'Start that version or a newer one; migrations only go forward.',
      )
    }
    if (checksumOf(known) !== row.checksum) {
      throw new StorageUnavailableError(
        'schema-changed',
        `Migration ${row.number} (${known.name}) is not the one that this database was made with`,
        'Use the release that made it, or a later one.',
      )
    }
  }
}

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    for (const statement of migration.statements) await client.query(statement)
    await client.query('insert into migration (number, name, checksum) values ($1, $2, $3)', [migration.number, migration.name, checksumOf(migration)])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** SHA-256 over the statements, with runs of white space as one, so that formatting is no change. */
function checksumOf(migration: Migration): string {
  const text = migration.statements.map((statement) => statement.replace(/\s+/g, ' ').trim()).join(';\n')
  return createHash('sha256').update(text).digest('hex')
}
