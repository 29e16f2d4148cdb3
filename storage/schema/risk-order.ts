import { LEVELS, type Secret } from '@mintmark/contract/scan'
import { rankOf } from './codes.ts'

/** Bits of each part: 3 for the level, 4 for each of four counts, 44 for milliseconds since 1970 (until the year 2527). */
const COUNT_BITS = 4
const TIME_BITS = 44n
const COUNT_MAX = (1 << COUNT_BITS) - 1
const FALLING = LEVELS.toReversed()
const RANK_MAX = LEVELS.length
const TIME_UNKNOWN = (1n << TIME_BITS) - 1n
const LEVEL_SHIFT = TIME_BITS + BigInt(COUNT_BITS * FALLING.length)

/**
 * Place of a secret in the list as one number: smaller is worse. By level, then by number of factors at that level, then at each lower one
 * (max-v1, docs/product: more is worse), then oldest first, unknown age last. Equals are told apart by fingerprint.
 * It orders as `compareByRisk` of ledger/risk does; a test of the control plane holds them together.
 */
export function riskOrder(secret: Pick<Secret, 'level' | 'factors'> & { readonly createdAt?: string | undefined }): bigint {
  let order = RANK_MAX - rankOf(secret.level)
  for (const level of FALLING) {
    let count = 0
    for (const factor of secret.factors) if (factor.known && factor.level === level) count += 1
    order = (order << COUNT_BITS) | (COUNT_MAX - Math.min(COUNT_MAX, count))
  }
  return (BigInt(order) << TIME_BITS) | timeOf(secret.createdAt)
}

/** Every secret of this level or worse has a smaller number. */
export function riskOrderBound(level: (typeof LEVELS)[number]): bigint {
  return BigInt(RANK_MAX - rankOf(level) + 1) << LEVEL_SHIFT
}

/** SQL for the rank of a level (Unknown 0 to Critical 4) from `risk_order`. */
export const RANK_SQL = `(${RANK_MAX} - (risk_order >> ${LEVEL_SHIFT}))::int`

function timeOf(createdAt: string | undefined): bigint {
  if (createdAt === undefined) return TIME_UNKNOWN
  const time = Date.parse(createdAt)
  if (Number.isNaN(time)) return TIME_UNKNOWN
  const bounded = BigInt(Math.max(0, time))
  return bounded < TIME_UNKNOWN ? bounded : TIME_UNKNOWN - 1n
}
