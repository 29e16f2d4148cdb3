import type { Kysely } from 'kysely'
import { STORAGE_LIMITS } from '../limits.ts'
import { runnerOf } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'

const MS_PER_HOUR = 3_600_000

/**
 * Gives up scans that nobody has continued for long, with what they had staged. Facts that only they named stay until `sweepFacts`.
 * A scan that is being published is locked and therefore passed over.
 */
export async function abandonIdleScans(database: Kysely<Tables>, now: Date): Promise<number> {
  const before = new Date(now.getTime() - STORAGE_LIMITS.scanIdleHoursMax * MS_PER_HOUR)
  const idle = await database
    .selectFrom('scan')
    .select('seq')
    .where('state', '=', 'receiving')
    .where('touched_at', '<', before)
    .limit(STORAGE_LIMITS.pageRowsMax)
    .execute()
  if (idle.length === 0) return 0
  return database.transaction().execute(async (trx) => {
    const run = runnerOf(trx)
    const locked = await run<{ seq: number }>(`select seq from scan where seq = any($1::int[]) and state = 'receiving' for update skip locked`, [
      idle.map((scan) => scan.seq),
    ])
    const seqs = locked.map((scan) => scan.seq)
    await run(`delete from scan_line where scan_seq = any($1::int[])`, [seqs])
    await run(`update scan set state = 'abandoned' where seq = any($1::int[])`, [seqs])
    return seqs.length
  })
}
