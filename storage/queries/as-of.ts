import { ConflictError } from '../errors.ts'
import type { Run } from './run.ts'

/**
 * The scan number that a read is about. A number above the newest one is the newest one.
 *
 * @throws ConflictError when history from before was removed: what is left of it would be half of the truth
 */
export async function resolveNumber(run: Run, asOf: number | undefined): Promise<number> {
  const [row] = await run<{ newest: number; oldest: number }>(
    `select (select coalesce(max(number), 0) from scan) as newest, (select oldest_number from history) as oldest`,
  )
  const newest = row?.newest ?? 0
  if (asOf === undefined || asOf > newest) return newest
  const oldest = row?.oldest ?? 0
  if (asOf < oldest)
    throw new ConflictError('history-removed', `History is kept from scan ${oldest} on: what was visible at scan ${Math.trunc(asOf)} was removed`)
  return Math.max(0, Math.trunc(asOf))
}

/** SQL that is true for the version of `alias` that was visible at a number. */
export function visibleAt(alias: string, number: number): string {
  return `${alias}.valid_from <= ${number} and ${alias}.valid_to > ${number}`
}
