import { join } from 'node:path'
import { findPostgresBinaries, migrate, openStore, startEmbeddedDatabase, type DatabaseAddress, type Store } from '@mintmark/storage'

/** Connections that one control plane holds. */
const POOL_SIZE = 16

/** Who hears of what happens to the database. */
export interface DatabaseNotes {
  readonly migrated: (names: readonly string[]) => void
  /** A sentence for the operator: it lies elsewhere, it crashed, it is back. */
  readonly attention: (sentence: string) => void
}

/** A store on a database that is up to date. */
export interface Database {
  readonly store: Store
  /** In words, for the screen: never the address, which may hold a password. */
  readonly kind: 'embedded' | 'external'
}

/**
 * Starts the embedded database, or takes the one that DATABASE_URL names; brings its schema up to date; opens the store.
 * What was started is ended by `stack`, in the opposite order, also when a later step fails.
 *
 * @throws StorageUnavailableError with a remedy
 */
export async function openDatabase(
  settings: { readonly databaseUrl?: string | undefined; readonly postgresBin?: string | undefined; readonly data: string },
  notes: DatabaseNotes,
  stack: AsyncDisposableStack,
): Promise<Database> {
  const address = settings.databaseUrl === undefined ? await startEmbedded(settings, notes, stack) : { connectionString: settings.databaseUrl }
  const { applied } = await migrate(address)
  if (applied.length > 0) notes.migrated(applied)
  const store = await openStore({ ...address, poolSize: POOL_SIZE })
  stack.defer(() => store.close())
  // Nobody waits for what abandoned scans have left; only closing does.
  const sweeping = store.scans.sweep(new Date()).catch(() => undefined)
  stack.defer(async () => void (await sweeping))
  return { store, kind: settings.databaseUrl === undefined ? 'embedded' : 'external' }
}

async function startEmbedded(
  { data, postgresBin }: { readonly data: string; readonly postgresBin?: string | undefined },
  notes: DatabaseNotes,
  stack: AsyncDisposableStack,
): Promise<DatabaseAddress> {
  const binaries = findPostgresBinaries({ PG_BIN: postgresBin })
  const embedded = await startEmbeddedDatabase({ folder: join(data, 'postgres'), note: notes.attention, binaries })
  stack.defer(() => embedded.stop())
  return { socketDirectory: embedded.socketDirectory }
}
