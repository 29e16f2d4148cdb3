import type { EventStore } from '@mintmark/mint/server'
import type { Kysely } from 'kysely'
import { runnerOf, type Run } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import { appendEvents } from './append-events.ts'
import { openEventQueries } from './event-queries.ts'
import { MINT_STORAGE_LIMITS } from './limits.ts'
import { openPartitions } from './partitions.ts'

/** Issuance events, over a connection pool. */
export function openEventStore(database: Kysely<Tables>): EventStore {
  const run = runnerOf(database)
  const partitions = openPartitions(database)
  return {
    append: (events) => appendEvents(database, partitions, events),
    ...openEventQueries(run),
    async dropBefore(before) {
      const dropped = await partitions.dropBefore(before)
      await sweepWorkloads(run, before)
      return dropped
    },
  }
}

/** The summary keeps no days whose events are gone, and no workload that has not asked since. In bounded statements, so that appending is never blocked for long. */
async function sweepWorkloads(run: Run, before: Date): Promise<void> {
  const limit = MINT_STORAGE_LIMITS.workloadsSweptMax
  const sweep = async (statement: string, parameters: readonly unknown[]): Promise<void> => {
    let swept: number = limit
    while (swept === limit) swept = (await run(`${statement} returning 1`, parameters)).length
  }
  await sweep(`delete from mint_workload where key in (select key from mint_workload where last_issued_at < $1 limit ${limit} for update skip locked)`, [
    before,
  ])
  await sweep(
    `delete from mint_workload_day where (workload, day) in (select workload, day from mint_workload_day where day < $1::date limit ${limit} for update skip locked)`,
    [before.toISOString().slice(0, 'yyyy-mm-dd'.length)],
  )
}
