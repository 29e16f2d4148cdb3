import { CompiledQuery, type Kysely, type Transaction } from 'kysely'
import type { Tables } from '../schema/tables.ts'
import { BinaryRows, type ColumnType, type ColumnValue } from './binary-rows.ts'

/** A table with the columns that a bulk load fills, in the order of the values. */
export interface LoadTarget {
  readonly table: string
  readonly columns: readonly (readonly [name: string, type: ColumnType])[]
}

/** Adds many rows to a table, faster than any INSERT could. Nothing may stand in their way: COPY knows no conflict clause. */
export type Load = (target: LoadTarget, rows: Iterable<readonly ColumnValue[]> | BinaryRows) => Promise<void>

/** Rows for a table that are written down before they are loaded. */
export function rowsFor({ columns }: Pick<LoadTarget, 'columns'>): BinaryRows {
  return new BinaryRows(columns.map(([, type]) => type))
}

/** Loads inside a transaction. */
export function loaderOf(database: Kysely<Tables> | Transaction<Tables>): Load {
  return async ({ table, columns }, rows) => {
    const binary = rows instanceof BinaryRows ? rows : rowsFor({ columns })
    if (!(rows instanceof BinaryRows)) for (const row of rows) binary.add(row)
    if (binary.count === 0) return
    const statement = `copy ${table} (${columns.map(([name]) => name).join(', ')}) from stdin (format binary)`
    for await (const _none of database.getExecutor().stream(CompiledQuery.raw(statement, [binary.finish()]), 1)) {
      // It brings no rows.
    }
    // What could not be loaded may be wanted again.
    binary.release()
  }
}
