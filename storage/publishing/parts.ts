import { STORAGE_LIMITS } from '../limits.ts'
import type { Run } from '../queries/run.ts'

/** The tables whose rows lie in parts. */
export type PartedTable = 'observation' | 'occurrence' | 'secret'

/**
 * Where a publication puts rows of the large tables. Usually that is the table itself, whose part 0 takes them. A scan that brings very many new rows
 * fills tables of its own: rows go in without indexes, which are built at once afterwards, and where the server's `wal_level` is minimal (the embedded one's is)
 * nothing of it is written twice. Readers are not held up: a part is attached under a lock that only other publications and maintenance meet.
 *
 * table -> own part, filled (open) -> attached (attach): from then on rows go into the table itself again.
 */
export interface Parts {
  /** Makes own parts when the installation has room for more; false when it has none. */
  open(): Promise<boolean>
  /** Name of the table that rows are loaded into. */
  targetOf(table: PartedTable): string
  /** True while the table has a part of this publication that is not attached. */
  isOwn(table: PartedTable): boolean
  /** Makes the part that was filled visible with the table, for this transaction at once. Does nothing without one. */
  attach(table: PartedTable): Promise<void>
}

const TABLES: readonly PartedTable[] = ['observation', 'occurrence', 'secret']

/** Parts are named and told apart by the number of the scan that fills them. */
export function openParts(run: Run, number: number): Parts {
  const own = new Set<PartedTable>()
  return {
    async open() {
      const [there] = await run<{ parts: number }>(`select count(*)::int as parts from pg_inherits where inhparent = 'secret'::regclass`)
      if ((there?.parts ?? 0) > STORAGE_LIMITS.partsMax) return false
      for (const table of TABLES) {
        // The check spares the reading of all rows when the part is attached.
        await run(`create table ${table}_${number} (like ${table} including defaults, constraint ${table}_${number}_part check (part = ${number}))`)
        await run(`alter table ${table}_${number} alter part set default ${number}`)
        own.add(table)
      }
      return true
    },
    targetOf: (table) => (own.has(table) ? `${table}_${number}` : table),
    isOwn: (table) => own.has(table),
    async attach(table) {
      if (!own.delete(table)) return
      const part = `${table}_${number}`
      await run(`alter table ${table} attach partition ${part} for values in (${number})`)
      await run(`alter table ${part} drop constraint ${part}_part`)
      await run(`analyze ${part}`)
    },
  }
}
