import type { Run } from './run.ts'

/** The scan number that a read is about. A number above the newest one is the newest one. */
export async function resolveNumber(run: Run, asOf: number | undefined): Promise<number> {
  const [row] = await run<{ number: number }>(`select coalesce(max(number), 0) as number from scan`)
  const newest = row?.number ?? 0
  return asOf === undefined || asOf > newest ? newest : Math.max(0, Math.trunc(asOf))
}

/** SQL that is true for the version of `alias` that was visible at a number. */
export function visibleAt(alias: string, number: number): string {
  return `${alias}.valid_from <= ${number} and ${alias}.valid_to > ${number}`
}
