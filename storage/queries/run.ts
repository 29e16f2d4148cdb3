import { CompiledQuery, type Kysely, type Transaction } from 'kysely'
import type { Tables } from '../schema/tables.ts'

/** Runs one SQL statement with numbered parameters. The row type is the caller's statement about his own SQL. */
export type Run = <Row extends object>(text: string, parameters?: readonly unknown[]) => Promise<Row[]>

/** Speaks SQL on a connection pool or inside a transaction, for the statements that a query builder has no words for. */
export function runnerOf(database: Kysely<Tables> | Transaction<Tables>): Run {
  return async <Row extends object>(text: string, parameters: readonly unknown[] = []) => {
    const result = await database.executeQuery<Row>(CompiledQuery.raw(text, [...parameters]))
    return result.rows
  }
}
