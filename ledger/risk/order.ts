import type { Level, Secret } from '@mintmark/contract/scan'
import { LEVELS } from '@mintmark/contract/scan/plain'
import { levelRank } from '@mintmark/ledger/model'

/** What decides the order of secrets. */
export type Rankable = Pick<Secret, 'key' | 'level' | 'factors' | 'createdAt'>

/** Factors that are counted at one level; the contract allows sixteen. */
const COUNT_MAX = 99
const FALLING = LEVELS.toReversed()

/**
 * Orders secrets worst first, as max-v1 says: by level, then by number of factors at that level, then at the next lower, then oldest first;
 * secrets of unknown age after those of known age, equals by key. `Unknown` comes last: it is neither good nor bad, but nothing can be said about it.
 */
export function compareByRisk(a: Rankable, b: Rankable): number {
  const byLevel = levelRank(b.level) - levelRank(a.level)
  if (byLevel !== 0) return byLevel
  for (const level of FALLING) {
    const byCount = countFactors(b, level) - countFactors(a, level)
    if (byCount !== 0) return byCount
  }
  const [timeA, timeB] = [timeOf(a), timeOf(b)]
  if (timeA !== timeB) return timeA < timeB ? -1 : 1
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}

function countFactors({ factors }: Rankable, level: Exclude<Level, 'Unknown'>): number {
  return Math.min(COUNT_MAX, factors.filter((factor) => factor.known && factor.level === level).length)
}

function timeOf({ createdAt }: Rankable): number {
  const time = Date.parse(createdAt ?? '')
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time
}
