import { LEVELS, type Level, type Secret } from '@mintmark/contract/scan'
import { levelRank } from '@mintmark/ledger/model'

/** What decides the order of secrets. */
export type Rankable = Pick<Secret, 'key' | 'level' | 'factors' | 'createdAt'>

/** Factors that are counted at one level; the contract allows sixteen. */
const COUNT_MAX = 99
/** Milliseconds that make every time from the year 0 on positive, and digits that hold every time until the year 9999: what an ISO 8601 instant can say. */
const TIME_OFFSET_MS = 100_000_000_000_000
const TIME_DIGITS = 15

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

/**
 * A text that sorts like {@link compareByRisk}, for keyset paging: rising code units (PostgreSQL: COLLATE "C") are worst first.
 * It holds only ASCII before the key of the secret.
 */
export function riskSortKey(secret: Rankable): string {
  const level = String(LEVELS.length - 1 - levelRank(secret.level))
  const counts = FALLING.map((each) => String(COUNT_MAX - countFactors(secret, each)).padStart(2, '0')).join('')
  const time = timeOf(secret)
  const created = Number.isFinite(time) ? String(time + TIME_OFFSET_MS).padStart(TIME_DIGITS, '0') : '9'.repeat(TIME_DIGITS)
  return `${level}:${counts}:${created}:${secret.key}`
}

function countFactors({ factors }: Rankable, level: Exclude<Level, 'Unknown'>): number {
  return Math.min(COUNT_MAX, factors.filter((factor) => factor.known && factor.level === level).length)
}

function timeOf({ createdAt }: Rankable): number {
  const time = Date.parse(createdAt ?? '')
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time
}
