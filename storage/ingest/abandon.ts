import type { Kysely } from 'kysely'
import { STORAGE_LIMITS } from '../limits.ts'
import { runnerOf } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import type { SweepOutcome } from '../store.ts'
import { APPEND_LOCK } from './append-lock.ts'

const MS_PER_HOUR = 3_600_000

/** Gives up scans that nobody has continued for long. What they had staged stays for {@link sweepAbandoned}. A scan that is being published is locked and therefore passed over. */
export async function abandonIdleScans(database: Kysely<Tables>, now: Date): Promise<number> {
  const before = new Date(now.getTime() - STORAGE_LIMITS.scanIdleHoursMax * MS_PER_HOUR)
  const abandoned = await runnerOf(database)<{ seq: number }>(
    `update scan set state = 'abandoned' where seq in (select seq from scan where state = 'receiving' and touched_at < $1 limit $2 for update skip locked) returning seq`,
    [before, STORAGE_LIMITS.pageRowsMax],
  )
  return abandoned.length
}

/**
 * Removes what abandoned scans had staged: their lines, and the facts that nobody else names. One call does a bounded number of batches,
 * each in a transaction of its own; the answer says whether anything is left.
 */
export async function sweepAbandoned(database: Kysely<Tables>, now: Date): Promise<SweepOutcome> {
  const abandonedScans = await abandonIdleScans(database, now)
  let sweptFacts = 0
  for (let batch = 0; batch < STORAGE_LIMITS.sweepBatchesMax; batch++) {
    const swept = await sweepBatch(database)
    if (swept === undefined) return { abandonedScans, sweptFacts, finished: true }
    sweptFacts += swept
  }
  return { abandonedScans, sweptFacts, finished: false }
}

/** Sweeps some lines of one abandoned scan. Answers the number of facts that went with them, or undefined when no line is left. */
async function sweepBatch(database: Kysely<Tables>): Promise<number | undefined> {
  return database.transaction().execute(async (trx) => {
    const run = runnerOf(trx)
    const [scan] = await run<{ seq: number; source: number }>(
      `select s.seq, s.source_id as source from scan s where s.state = 'abandoned' and exists (select from scan_line l where l.scan_seq = s.seq) order by s.seq limit 1`,
    )
    if (scan === undefined) return undefined
    // Under this lock no chunk of the source finds a fact that is about to go. Facts of other sources have other names.
    await run(`select pg_advisory_xact_lock($1, $2)`, [APPEND_LOCK, scan.source])
    await run(
      `create temporary table swept on commit drop as select ctid as tid, fact from scan_line where scan_seq = ${scan.seq} limit ${STORAGE_LIMITS.sweepLinesMax}`,
    )
    await run(`delete from scan_line where ctid in (select tid from swept) and scan_seq = ${scan.seq}`)
    await run(`analyze swept`)
    const [gone] = await run<{ count: number }>(
      `with gone as (
         delete from fact f using (select distinct fact from swept) s where f.hash = s.fact
         and not exists (select from observation o where o.fact = f.hash) and not exists (select from scan_line l where l.fact = f.hash) returning 1)
       select count(*)::int as count from gone`,
    )
    return gone?.count ?? 0
  })
}
