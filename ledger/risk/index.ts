export type { FactorName } from './factor.ts'
export { compareByRisk, riskSortKey, type Rankable } from './order.ts'
export { MAX_V1, RiskPolicy } from './policy.ts'
export { scoreSecret } from './score.ts'
