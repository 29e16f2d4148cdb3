import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { clientSettings, type DatabaseAddress } from './address.ts'
import { CopyCursor } from './bulk/copy-cursor.ts'
import { openSideConnections } from './bulk/side-connections.ts'
import { explainDatabaseError } from './errors.ts'
import { STORAGE_LIMITS } from './limits.ts'
import { MIGRATIONS, migrate as applyMigrations, type MigrationOutcome } from './migrations/index.ts'
import { openMintStore } from './mint/index.ts'
import { openAccessStore } from './queries/access.ts'
import { openFingerprintKeyStore } from './queries/fingerprint-key.ts'
import { openIntegrationStore } from './queries/integrations.ts'
import { openInventoryStore } from './queries/inventory.ts'
import { runnerOf } from './queries/run.ts'
import { openScanStore } from './queries/scans.ts'
import type { Tables } from './schema/tables.ts'
import type { Store } from './store.ts'

/** Where the database is, and how many connections this process may hold. */
export type StoreOptions = DatabaseAddress & { readonly poolSize?: number }

/**
 * Opens the store on a database whose schema is up to date (see {@link migrate}).
 *
 * Every call can end in StorageUnavailableError (the database is away or full: repeat later) or in ConflictError and InvalidCursorError where its docstring says so.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const pool = new pg.Pool({
    ...clientSettings(options),
    max: options.poolSize ?? STORAGE_LIMITS.poolSize,
    statement_timeout: STORAGE_LIMITS.queryMsMax,
    lock_timeout: STORAGE_LIMITS.lockMsMax,
    idle_in_transaction_session_timeout: STORAGE_LIMITS.queryMsMax,
    // Plans for unknown parameters would miss the partial indexes, and compiling queries takes longer than running them.
    options: '-c jit=off',
  })
  // A connection that breaks while it is idle is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined)
  // The same for one that breaks while it is in use: its statement fails, and that is how the caller hears of it.
  pool.on('connect', (client) => void client.on('error', () => undefined))
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool, cursor: CopyCursor }) })
  const run = runnerOf(database)
  const mint = openMintStore(database)
  const side = openSideConnections(options)
  const close = async (): Promise<void> => void (await Promise.all([database.destroy(), side.destroy()]))
  const store: Store = {
    integrations: explainErrors(openIntegrationStore(database)),
    access: explainErrors(openAccessStore(database)),
    fingerprintKey: explainErrors(openFingerprintKeyStore(database)),
    scans: explainErrors(openScanStore({ database, side })),
    inventory: explainErrors(openInventoryStore(database)),
    mint: {
      registry: explainErrors(mint.registry),
      configuration: explainErrors(mint.configuration),
      federation: explainErrors(mint.federation),
      events: explainErrors(mint.events),
      keysets: explainErrors(mint.keysets),
    },
    ...explainErrors({
      async ping(): Promise<void> {
        await run('select 1')
      },
      close,
    }),
  }
  try {
    await store.ping()
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
  return store
}

/** Brings the schema of a database up to date; several processes may call it at once. */
export function migrate(address: DatabaseAddress): Promise<MigrationOutcome> {
  return applyMigrations(address, MIGRATIONS)
}

/** The same object, whose methods end in errors of ours only. */
function explainErrors<Target extends object>(target: Target): Target {
  return new Proxy(target, {
    get(inner, name, receiver) {
      const member: unknown = Reflect.get(inner, name, receiver)
      if (typeof member !== 'function') return member
      return async (...inputs: readonly unknown[]): Promise<unknown> => {
        try {
          return await Reflect.apply(member, inner, inputs)
        } catch (error) {
          throw explainDatabaseError(error)
        }
      }
    },
  })
}
