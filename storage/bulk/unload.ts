import { CompiledQuery, type Transaction } from 'kysely'
import type { Tables } from '../schema/tables.ts'
import type { ReadRow } from './copy-out.ts'

/**
 * Streams the rows of a query, some at a time, in bounded memory: faster than a cursor, but nothing else can be asked on the connection meanwhile.
 */
export async function* unload<Row>(database: Transaction<Tables>, query: string, readRow: ReadRow<Row>): AsyncGenerator<readonly Row[]> {
  const statement = CompiledQuery.raw(`copy (${query}) to stdout (format binary)`, [readRow])
  for await (const { rows } of database.getExecutor().stream<Row>(statement, 1)) yield rows
}
