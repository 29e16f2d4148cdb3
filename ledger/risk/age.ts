import type { SecretFacts } from '@mintmark/ledger/model'
import { daysSince, describeDays, levelOfDays, toDay, type FactorResult } from './factor.ts'
import type { RiskPolicy } from './policy.ts'

/**
 * Scores how old a secret is. Only its issuer knows the day of its making; a cluster knows since when it has been there at least.
 * Such a lower bound counts as the level that it proves, Medium or High, and never as Low: a young object may hold an old secret.
 *
 * @param now the scan's clock, never the wall clock (law 4)
 */
export function scoreAge(
  { createdAt, existsSince }: Pick<SecretFacts, 'createdAt' | 'existsSince'>,
  thresholds: RiskPolicy['factors']['age'],
  now: Date,
): FactorResult {
  const ageDays = createdAt === undefined ? undefined : daysSince(createdAt, now)
  const boundDays = existsSince === undefined ? undefined : daysSince(existsSince.at, now)
  // A source may give a date of making that is younger than the place where the value already stood: the older one is right.
  if (createdAt !== undefined && ageDays !== undefined && (boundDays === undefined || boundDays <= ageDays)) {
    return { known: true, level: levelOfDays(ageDays, thresholds), reason: `Created on ${toDay(createdAt)}, ${describeDays(ageDays, thresholds)}` }
  }
  if (existsSince === undefined || boundDays === undefined) return { known: false, reason: 'Age is not known: no source says when it was created' }
  const evidence = `existed on ${toDay(existsSince.at)} already, ${describeDays(boundDays, thresholds)}: ${existsSince.evidence}`
  const level = levelOfDays(boundDays, thresholds)
  if (level === 'Low' && ageDays === undefined) return { known: false, reason: `Age is not known: it ${evidence}`.slice(0, 1_024) }
  return { known: true, level, reason: `It ${evidence}`.slice(0, 1_024) }
}
