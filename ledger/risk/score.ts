import type { Factor, Level, Secret } from '@mintmark/contract/scan'
import { levelRank, type SecretFacts } from '@mintmark/ledger/model'
import { scoreAge } from './age.ts'
import { scoreAuthorizationScope } from './authorization-scope.ts'
import { scoreExposure } from './exposure.ts'
import { scoreLastUsed } from './last-used.ts'
import type { RiskPolicy } from './policy.ts'
import { scoreReuse } from './reuse.ts'

/**
 * Scores one secret: the level is the highest among the known factors, `Unknown` when there are none. Unknown factors are listed with the
 * reason why nothing is known and never change the level (law 3); factors that the policy switches off are not listed.
 *
 * Pure: facts, policy and clock decide alone, so every level can be computed again for any past scan (law 4).
 */
export function scoreSecret(facts: SecretFacts, policy: RiskPolicy, now: Date): Pick<Secret, 'level' | 'factors' | 'policy'> {
  const rules = policy.factors
  const factors: Factor[] = []
  if (rules.age.enabled) factors.push({ name: 'age', ...scoreAge(facts, rules.age, now) })
  if (rules['last-used'].enabled) factors.push({ name: 'last-used', ...scoreLastUsed(facts.usage, rules['last-used'], now) })
  if (rules.reuse.enabled) factors.push({ name: 'reuse', ...scoreReuse(facts, rules.reuse) })
  if (rules.exposure.enabled) factors.push({ name: 'exposure', ...scoreExposure(facts.exposures, rules.exposure) })
  if (rules['authorization-scope'].enabled) {
    factors.push({ name: 'authorization-scope', ...scoreAuthorizationScope(facts.authorization, rules['authorization-scope']) })
  }
  let level: Level = 'Unknown'
  for (const factor of factors) if (factor.level !== undefined && levelRank(factor.level) > levelRank(level)) level = factor.level
  return { level, factors, policy: policy.version }
}
