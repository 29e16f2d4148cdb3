import type { Kysely } from 'kysely'
import { loaderOf, type Load } from '../bulk/load.ts'
import { unload } from '../bulk/unload.ts'
import type { ReadRow } from '../bulk/copy-out.ts'
import { runnerOf, type Run } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'

/** The tables whose rows lie in parts. */
export type PartedTable = 'observation' | 'occurrence' | 'secret'

/** All of them. */
export const PARTED_TABLES: readonly PartedTable[] = ['observation', 'occurrence', 'secret']

/** One publication at a time in the whole installation: scan numbers are handed out in the order in which scans become visible. */
export const PUBLISH_LOCK = 7_420_002
/** Whoever fills a part beside a publication shares this lock, and who removes what such a one has left behind takes it alone. */
const PARTS_LOCK = 7_420_003
/** Values of each column that a publication has counted; the server's own habit is 100, of 300 times as many rows. */
export const STATISTICS_TARGET = 10
/** Memory of one statement beside a publication: several run at once. */
const SORT_MEMORY = '64MB'

/** Name of the table that a publication fills. */
export function partName(table: PartedTable, number: number): string {
  return `${table}_${number}`
}

/** Makes the table of a part, without indexes: they are built when its rows are there. */
export async function createPart(run: Run, table: PartedTable, number: number): Promise<void> {
  const part = partName(table, number)
  // The check spares the reading of all rows when the part is attached.
  await run(`create table ${part} (like ${table} including defaults, constraint ${part}_part check (part = ${number}))`)
  await run(`alter table ${part} alter part set default ${number}`)
}

/** Builds the indexes of a part that its table has. Attaching takes what it finds, and builds what is missing. */
export async function buildIndexes(run: Run, table: PartedTable, number: number): Promise<void> {
  const indexes = await run<{ kind: string; definition: string }>(
    `select case when i.indisunique then 'unique index' else 'index' end as kind, substring(pg_get_indexdef(c.oid) from ' (USING .*)$') as definition
     from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = $1::regclass order by c.relname`,
    [table],
  )
  for (const { kind, definition } of indexes) await run(`create ${kind} on ${partName(table, number)} ${definition}`)
}

/** Makes a part visible with its table, for this transaction at once. */
export async function attachPart(run: Run, table: PartedTable, number: number): Promise<void> {
  const part = partName(table, number)
  await run(`alter table ${table} attach partition ${part} for values in (${number})`)
  await run(`alter table ${part} drop constraint ${part}_part`)
}

/** A transaction on a connection beside that of a publication. */
export interface SideWork {
  readonly run: Run
  readonly load: Load
  unload<Row>(query: string, readRow: ReadRow<Row>): AsyncGenerator<readonly Row[]>
  commit(): Promise<void>
  /** Undoes it, unless it was committed; never fails. */
  discard(): Promise<void>
}

/** Begins work beside a publication. */
export async function beginSideWork(side: Kysely<Tables>): Promise<SideWork> {
  const trx = await side.startTransaction().execute()
  const run = runnerOf(trx)
  const work: SideWork = {
    run,
    load: loaderOf(trx),
    unload: (query, readRow) => unload(trx, query, readRow),
    async commit() {
      await trx.commit().execute()
    },
    async discard() {
      if (trx.isCommitted || trx.isRolledBack) return
      await trx
        .rollback()
        .execute()
        .catch(() => undefined)
    },
  }
  try {
    await run(`set local work_mem = '${SORT_MEMORY}'`)
    await run(`set local maintenance_work_mem = '${SORT_MEMORY}'`)
    await run(`set local default_statistics_target = ${STATISTICS_TARGET}`)
    await run(`select pg_advisory_xact_lock_shared($1)`, [PARTS_LOCK])
    return work
  } catch (error) {
    await work.discard()
    throw error
  }
}

/**
 * Removes parts that nobody attached: their publication died between filling and attaching them. Only for who holds the lock of publications,
 * so that no part is one that is about to be attached.
 */
export async function dropLeftParts(side: Kysely<Tables>): Promise<void> {
  await side.transaction().execute(async (trx) => {
    const run = runnerOf(trx)
    // Waits for what a process that is gone has left running: it ends when its server notices.
    await run(`select pg_advisory_xact_lock($1)`, [PARTS_LOCK])
    for (const { part } of await listLeftParts(run)) await run(`drop table ${part}`)
  })
}

/** Removes what publications have left behind that died; does nothing while one is under way. */
export async function sweepLeftParts(database: Kysely<Tables>, side: Kysely<Tables>): Promise<void> {
  if ((await listLeftParts(runnerOf(database))).length === 0) return
  await database.transaction().execute(async (trx) => {
    const [lock] = await runnerOf(trx)<{ free: boolean }>(`select pg_try_advisory_xact_lock($1) as free`, [PUBLISH_LOCK])
    if (lock?.free === true) await dropLeftParts(side)
  })
}

/** Tables that look like parts and are none. */
function listLeftParts(run: Run): Promise<{ readonly part: string }[]> {
  return run(
    `select c.oid::regclass::text as part from pg_class c join pg_class t on t.relnamespace = c.relnamespace
     where t.oid = 'observation'::regclass and c.relkind = 'r' and not c.relispartition and c.relname ~ '^(${PARTED_TABLES.join('|')})_[0-9]+$'`,
  )
}
