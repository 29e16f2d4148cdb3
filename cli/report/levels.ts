import type { Level, Secret } from '@mintmark/contract/scan'

/** Worst first; `Unknown` stands last because nothing is known, not because it is harmless (law 3). */
export const LEVELS_WORST_FIRST = ['Critical', 'High', 'Medium', 'Low', 'Unknown'] as const satisfies readonly Level[]

/** How many secrets have each level. */
export function countLevels(secrets: readonly Pick<Secret, 'level'>[]): Readonly<Record<Level, number>> {
  const counts: Record<Level, number> = { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 }
  for (const secret of secrets) counts[secret.level] += 1
  return counts
}

/** True when `level` is `bound` or worse. `Unknown` never is: it is not comparable. */
export function isAtLeast(level: Level, bound: Exclude<Level, 'Unknown'>): boolean {
  return level !== 'Unknown' && LEVELS_WORST_FIRST.indexOf(level) <= LEVELS_WORST_FIRST.indexOf(bound)
}
