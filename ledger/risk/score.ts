import type { Factor, Secret } from '@mintmark/contract/scan'
import { worstLevel, type SecretFacts } from '@mintmark/ledger/model'
import { scoreAge } from './age.ts'
import { scoreAuthorizationScope } from './authorization-scope.ts'
import { scoreExposure } from './exposure.ts'
import type { FactorName, FactorResult } from './factor.ts'
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
  const results: readonly (readonly [FactorName, FactorResult])[] = [
    ['age', scoreAge(facts, rules.age, now)],
    ['last-used', scoreLastUsed(facts.usage, rules['last-used'], now)],
    ['reuse', scoreReuse(facts, rules.reuse)],
    ['exposure', scoreExposure(facts.exposures, rules.exposure)],
    ['authorization-scope', scoreAuthorizationScope(facts.authorization, rules['authorization-scope'])],
  ]
  const factors = results.filter(([name]) => rules[name].enabled).map(([name, result]): Factor => ({ name, ...result }))
  return { level: worstLevel(factors.flatMap((factor) => factor.level ?? [])), factors, policy: policy.version }
}
