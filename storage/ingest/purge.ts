import type { Kysely } from 'kysely'
import { OPEN_END, STORAGE_LIMITS } from '../limits.ts'
import { runnerOf, type Run } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import type { PurgeOutcome } from '../store.ts'
import { APPEND_LOCK } from './append-lock.ts'

/** Tables with versions, without observations, whose facts go with them. */
const VERSIONED = ['occurrence', 'secret', 'application', 'deployment', 'identity', 'subject_total'] as const

/**
 * Removes history from before a time; see `ScanStore.purge`.
 *
 * First the oldest number that can be asked for is raised, in a transaction of its own: from then on nobody reads what is about to go, so the batches
 * may stop anywhere and be taken up again. The scan that was newest at the time stays: it shows how things stood then.
 */
export async function purgeHistory(database: Kysely<Tables>, keepFrom: Date): Promise<PurgeOutcome> {
  const oldestNumber = await raiseOldest(runnerOf(database), keepFrom)
  let [removedVersions, removedScans] = [0, 0]
  for (let batch = 0; batch < STORAGE_LIMITS.purgeBatchesMax; batch++) {
    const removed = (await removeVersions(database, oldestNumber)) || (await removeObservations(database, oldestNumber))
    removedVersions += removed
    if (removed > 0) continue
    const scans = await removeScans(runnerOf(database), oldestNumber, keepFrom)
    removedScans += scans
    if (scans === 0) return { oldestNumber, removedVersions, removedScans, finished: true }
  }
  return { oldestNumber, removedVersions, removedScans, finished: false }
}

/** The number only rises: what was removed does not come back when more is to be kept from now on. */
async function raiseOldest(run: Run, keepFrom: Date): Promise<number> {
  const [row] = await run<{ oldest: number }>(
    `update history set oldest_number = greatest(oldest_number, (select coalesce(max(number), 0) from scan where visible_at < $1)) returning oldest_number as oldest`,
    [keepFrom],
  )
  return row?.oldest ?? 0
}

/** Removes one batch of versions that had ended; answers their number. */
async function removeVersions(database: Kysely<Tables>, oldest: number): Promise<number> {
  const run = runnerOf(database)
  for (const table of VERSIONED) {
    for (const part of await partsOf(run, table)) {
      const [removed] = await run<{ count: number }>(
        `with gone as (delete from ${part} where ctid = any(array(select ctid from ${part} where valid_to <= $1 and valid_to < ${OPEN_END} limit ${STORAGE_LIMITS.purgeRowsMax})) returning 1)
         select count(*)::int as count from gone`,
        [oldest],
      )
      if (removed !== undefined && removed.count > 0) return removed.count
    }
  }
  return 0
}

/** Removes one batch of observations that had ended, and the facts that nobody names after that. */
async function removeObservations(database: Kysely<Tables>, oldest: number): Promise<number> {
  return database.transaction().execute(async (trx) => {
    const run = runnerOf(trx)
    for (const part of await partsOf(run, 'observation')) {
      const [ended] = await run<{ source: number }>(
        `select s.id as source from source s where exists (select from ${part} o where o.source_id = s.id and o.valid_to <= $1 and o.valid_to < ${OPEN_END}) limit 1`,
        [oldest],
      )
      if (ended === undefined) continue
      // Under this lock no chunk of the source finds a fact that is about to go. Facts of other sources have other names.
      await run(`select pg_advisory_xact_lock($1, $2)`, [APPEND_LOCK, ended.source])
      await run(`create temporary table purged on commit drop as
        select ctid as tid, fact from ${part} where source_id = ${ended.source} and valid_to <= ${oldest} and valid_to < ${OPEN_END} limit ${STORAGE_LIMITS.purgeRowsMax}`)
      await run(`delete from ${part} where ctid = any(array(select tid from purged))`)
      await run(`analyze purged`)
      await run(`delete from fact f using (select distinct fact from purged) p where f.hash = p.fact
        and not exists (select from observation o where o.fact = f.hash) and not exists (select from scan_line l where l.fact = f.hash)`)
      const [removed] = await run<{ count: number }>(`select count(*)::int as count from purged`)
      return removed?.count ?? 0
    }
    return 0
  })
}

/**
 * Removes one batch of scans, with what they said of themselves. The newest of an integration and of a source stays, and so does each whose statement
 * about a collection of a namespace or of the whole cluster is the newest: absence is judged by it (law 2).
 */
async function removeScans(run: Run, oldest: number, keepFrom: Date): Promise<number> {
  const [removed] = await run<{ count: number }>(
    `with old as materialized (
       select s.seq from scan s where (s.number < $1 or (s.state = 'abandoned' and s.touched_at < $2 and not exists (select from scan_line l where l.scan_seq = s.seq)))
       and (s.number is null or (
         exists (select from scan n where n.integration_id = s.integration_id and n.number > s.number)
         and exists (select from scan n where n.source_id = s.source_id and n.number > s.number)
         and not exists (
           select from scan_coverage c where c.scan_seq = s.seq and c.object is null and not exists (
             select from scan_coverage d join scan n on n.seq = d.scan_seq where d.source_id = c.source_id and d.collection = c.collection
             and d.object is null and d.namespace is not distinct from c.namespace and n.number > s.number))))
       order by s.seq limit ${STORAGE_LIMITS.pageRowsMax}),
     chunks as (delete from scan_chunk where scan_seq in (select seq from old)),
     coverage as (delete from scan_coverage where scan_seq in (select seq from old)),
     problems as (delete from scan_problem where scan_seq in (select seq from old)),
     gone as (delete from scan where seq in (select seq from old) returning 1)
     select count(*)::int as count from gone`,
    [oldest, keepFrom],
  )
  return removed?.count ?? 0
}

/** Names of the tables that hold the rows of one. */
async function partsOf(run: Run, table: (typeof VERSIONED)[number] | 'observation'): Promise<string[]> {
  const parts = await run<{ part: string }>(`select inhrelid::regclass::text as part from pg_inherits where inhparent = $1::regclass order by inhrelid`, [
    table,
  ])
  return parts.length === 0 ? [table] : parts.map(({ part }) => part)
}
