import type { Kysely } from 'kysely'
import type { ReadRow } from '../bulk/copy-out.ts'
import type { Load, LoadTarget } from '../bulk/load.ts'
import { isUnavailable } from '../errors.ts'
import { STORAGE_LIMITS } from '../limits.ts'
import type { Run } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import { together } from '../turns.ts'
import { attachPart, beginSideWork, buildIndexes, createPart, dropLeftParts, PARTED_TABLES, partName, type PartedTable, type SideWork } from './part-table.ts'

/**
 * Where a publication puts rows of the large tables. Usually that is the table itself, whose part 0 takes them. A scan that brings very many new rows
 * fills tables of its own: rows go in without indexes, which are built at once afterwards, and where the server's `wal_level` is minimal (the embedded one's is)
 * nothing of it is written twice. They are filled on connections beside that of the publication, so that the server works on several things while this process links;
 * what these commit nobody sees before the publication attaches it. Readers are not held up: a part is attached under a lock that only other publications and maintenance meet.
 *
 * table -> own part, filled (open, load, fillObservations) -> indexed and committed (build) -> attached (attach): from then on rows go into the table itself again.
 */
export interface Parts {
  /**
   * Makes own parts when the installation has room for more, and the server connections to fill them; false when it has none.
   *
   * @param observations whether that of observations is filled beside the publication, from what is committed; otherwise the publication fills it itself
   */
  open(observations: 'beside' | 'within'): Promise<boolean>
  /** True while the table has a part that is filled beside the publication. */
  isBeside(table: PartedTable): boolean
  /** Name of the table that takes rows of the publication. */
  nameOf(table: PartedTable): string
  /** Adds rows to the own part or to the table itself. What is filled beside the publication goes on loading when this returns; its failure is met by the next load, or by {@link Parts.build}. */
  load(table: PartedTable, columns: LoadTarget['columns'], rows: Parameters<Load>[1]): Promise<void>
  /** Begins to fill and to index the part of observations, and goes on beside the publication; a failure is met by {@link Parts.build}. */
  fillObservations(columns: string, query: string): void
  /** Streams the rows of a query on what is committed, on a connection that `prepare` can make ready. */
  read<Row>(query: string, readRow: ReadRow<Row>, prepare: (run: Run) => Promise<void>): AsyncGenerator<readonly Row[]>
  /** Indexes and commits what was filled beside the publication. */
  build(): Promise<void>
  /** Makes own parts visible with their tables, for this transaction at once: all of them, or one. Does nothing without any. */
  attach(only?: PartedTable): Promise<void>
  /** Undoes what was filled and is not committed; what is committed and not attached is removed later. Never fails. */
  discard(): Promise<void>
}

/** Parts are named and told apart by the number of the scan that fills them. */
export function openParts(run: Run, load: Load, side: Kysely<Tables>, number: number): Parts {
  const own = new Set<PartedTable>()
  const works = new Map<PartedTable, SideWork>()
  const loading = new Map<PartedTable, Promise<void>>()
  const finished = new Map<PartedTable, Promise<void>>()
  let reader: SideWork | undefined
  const nameOf = (table: PartedTable): string => (own.has(table) ? partName(table, number) : table)

  async function discard(): Promise<void> {
    await Promise.all([...works.values(), ...(reader === undefined ? [] : [reader])].map((work) => work.discard()))
  }

  async function beginPart(table: PartedTable): Promise<void> {
    const work = await beginSideWork(side)
    works.set(table, work)
    await createPart(work.run, table, number)
  }

  async function finish(table: PartedTable, work: SideWork): Promise<void> {
    await loading.get(table)
    await buildIndexes(work.run, table, number)
    await work.run(`analyze ${partName(table, number)}`)
    await work.commit()
  }

  return {
    async open(observations) {
      const [there] = await run<{ parts: number }>(`select count(*)::int as parts from pg_inherits where inhparent = 'secret'::regclass`)
      if ((there?.parts ?? 0) > STORAGE_LIMITS.partsMax) return false
      try {
        await dropLeftParts(side)
        for (const table of PARTED_TABLES) if (table !== 'observation' || observations === 'beside') await beginPart(table)
        if (observations === 'beside') reader = await beginSideWork(side)
      } catch (error) {
        await discard()
        works.clear()
        // A server that has no connections left takes large scans the ordinary way; one that is away says so at the next statement of the publication.
        if (isUnavailable(error)) return false
        throw error
      }
      if (observations === 'within') await createPart(run, 'observation', number)
      for (const table of PARTED_TABLES) own.add(table)
      return true
    },
    isBeside: (table) => own.has(table) && works.has(table),
    nameOf,
    async load(table, columns, rows) {
      const target = { table: nameOf(table), columns }
      const work = own.has(table) ? works.get(table) : undefined
      if (work === undefined) return load(target, rows)
      // One load at a time, so that no more than one is held in memory.
      await loading.get(table)
      const next = work.load(target, rows)
      next.catch(() => undefined)
      loading.set(table, next)
    },
    fillObservations(columns, query) {
      const work = works.get('observation')
      if (work === undefined) throw new Error('The part of observations was not opened beside the publication')
      const filled = work.run(`insert into ${nameOf('observation')} (${columns}) ${query}`)
      finished.set(
        'observation',
        filled.then(() => finish('observation', work)),
      )
      finished.get('observation')?.catch(() => undefined)
    },
    async *read(query, readRow, prepare) {
      if (reader === undefined) throw new Error('Nothing was opened beside the publication')
      await prepare(reader.run)
      yield* reader.unload(query, readRow)
      await reader.discard()
    },
    async build() {
      await together(...Array.from(works, ([table, work]) => finished.get(table) ?? finish(table, work)))
    },
    async attach(only) {
      for (const table of only === undefined ? [...own] : [only]) if (own.delete(table)) await attachPart(run, table, number)
    },
    discard,
  }
}
