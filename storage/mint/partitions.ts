import type { Kysely } from 'kysely'
import { runnerOf } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import { MINT_STORAGE_LIMITS } from './limits.ts'

const MS_PER_DAY = 86_400_000
const PREFIX = 'mint_event_d'
const NAME = /^mint_event_d(\d{4})(\d{2})(\d{2})$/
/** Key of the advisory lock that lets one process change partitions at a time. */
const PARTITIONS_LOCK = 7_420_002

/** The partitions of events: one a day (UTC), made when its first event comes and dropped as a whole. */
export interface Partitions {
  /** Makes sure that events of these times (ISO 8601, UTC) have a place; of the day after the newest, too, so that midnight finds it there. */
  ensure(times: readonly string[]): Promise<void>
  /** Looks into the database again at the next call: another process may have dropped a day. */
  forget(): void
  /** Drops the days that ended before. @returns how many */
  dropBefore(before: Date): Promise<number>
}

/** Partitions, over a connection pool. */
export function openPartitions(database: Kysely<Tables>): Partitions {
  const known = new Set<string>()
  async function create(days: readonly number[]): Promise<void> {
    await database.transaction().execute(async (transaction) => {
      const run = runnerOf(transaction)
      await run('select pg_advisory_xact_lock($1)', [PARTITIONS_LOCK])
      const present = new Set(await list(run))
      for (const day of days) {
        const name = nameOf(day)
        if (present.has(name)) continue
        // A table of its own that is attached when it is ready: appending to other days never waits for it.
        await run(`create table ${name} (like mint_event including defaults including constraints)`)
        await run(`alter table mint_event attach partition ${name} for values from ('${instantOf(day)}') to ('${instantOf(day + 1)}')`)
      }
    })
    for (const day of days) known.add(nameOf(day))
  }
  return {
    async ensure(times) {
      const days = new Set(Array.from(new Set(times.map((time) => time.slice(0, 'yyyy-mm-dd'.length))), dayOf))
      if (days.size > MINT_STORAGE_LIMITS.eventDaysMax) throw new RangeError(`Events of more than ${MINT_STORAGE_LIMITS.eventDaysMax} days came at once`)
      if (days.size > 0) days.add(Math.max(...days) + 1)
      const missing = [...days].filter((day) => !known.has(nameOf(day)))
      if (missing.length > 0) await create(missing)
    },
    forget: () => known.clear(),
    async dropBefore(before) {
      return database.transaction().execute(async (transaction) => {
        const run = runnerOf(transaction)
        await run('select pg_advisory_xact_lock($1)', [PARTITIONS_LOCK])
        const ended = (await list(run)).filter((name) => startOf(name) + MS_PER_DAY <= before.getTime())
        for (const name of ended) await run(`drop table ${name}`)
        for (const name of ended) known.delete(name)
        return ended.length
      })
    },
  }
}

async function list(run: ReturnType<typeof runnerOf>): Promise<string[]> {
  const rows = await run<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'mint_event'::regclass order by 1`,
  )
  return rows.map(({ name }) => name).filter((name) => NAME.test(name))
}

/** Days since 1970. */
function dayOf(date: string): number {
  return Math.floor(Date.parse(date) / MS_PER_DAY)
}

function instantOf(day: number): string {
  return new Date(day * MS_PER_DAY).toISOString()
}

function nameOf(day: number): string {
  return PREFIX + instantOf(day).slice(0, 10).replaceAll('-', '')
}

function startOf(name: string): number {
  const [, year, month, day] = NAME.exec(name) ?? []
  return Date.UTC(Number(year), Number(month) - 1, Number(day))
}
