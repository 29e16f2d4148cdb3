import type { AuthorizationScope } from '@mintmark/ledger/model'
import type { FactorResult } from './factor.ts'
import type { RiskPolicy } from './policy.ts'

/** Scores what the owning identity may do: the damage that the secret allows to whoever finds it. */
export function scoreAuthorizationScope(scope: AuthorizationScope, { levels }: RiskPolicy['factors']['authorization-scope']): FactorResult {
  if (scope.state === 'unavailable') return { known: false, reason: `Rights are not known: ${scope.reason}`.slice(0, 1_024) }
  return { known: true, level: levels[scope.tier], reason: scope.reason.slice(0, 1_024) }
}
