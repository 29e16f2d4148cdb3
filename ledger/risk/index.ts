export type { FactorName } from './factor.ts'
export { compareByRisk, type Rankable } from './order.ts'
export { MAX_V1, type RiskPolicy } from './policy.ts'
export { scoreSecret } from './score.ts'
