import type { Factor, Level } from '@mintmark/contract/scan'

/** A level that a factor can give; `Unknown` is no level (law 3). */
export type KnownLevel = Exclude<Level, 'Unknown'>

/** A factor that knows nothing has no level, so it cannot be counted by accident. */
export type FactorResult =
  | { readonly known: true; readonly level: KnownLevel; readonly reason: string }
  | { readonly known: false; readonly level?: never; readonly reason: string }

/** The five factors by their name in the contract. */
export type FactorName = Factor['name']

const MS_PER_DAY = 86_400_000

/** Whole days between two times; 0 when the source's clock runs ahead of ours, undefined when the text is no time. */
export function daysSince(instant: string, now: Date): number | undefined {
  const elapsedMs = now.getTime() - Date.parse(instant)
  return Number.isNaN(elapsedMs) ? undefined : Math.max(0, Math.floor(elapsedMs / MS_PER_DAY))
}

/** From which number of whole days on a factor is Medium, and above which it is High. */
export interface DaysThresholds {
  readonly mediumAfterDays: number
  readonly highAfterDays: number
}

/** The level of a number of days. */
export function levelOfDays(days: number, { mediumAfterDays, highAfterDays }: DaysThresholds): KnownLevel {
  if (days > highAfterDays) return 'High'
  if (days >= mediumAfterDays) return 'Medium'
  return 'Low'
}

/**
 * How long before the scan something was, by the threshold that decided. Reasons are stored and read later, so they hold dates and
 * thresholds instead of counted days: such a sentence stays true for as long as the level does.
 */
export function describeDays(days: number, { mediumAfterDays, highAfterDays }: DaysThresholds): string {
  if (days > highAfterDays) return `more than ${highAfterDays} days before the scan`
  if (days >= mediumAfterDays) return `${mediumAfterDays} to ${highAfterDays} days before the scan`
  return `less than ${mediumAfterDays} days before the scan`
}

/** The date of an instant, for people. */
export function toDay(instant: string): string {
  return instant.slice(0, 10)
}
