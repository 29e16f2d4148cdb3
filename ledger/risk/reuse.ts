import type { SecretFacts } from '@mintmark/ledger/model'
import type { FactorResult, KnownLevel } from './factor.ts'
import type { RiskPolicy } from './policy.ts'

/** Applications that a reason names; the rest is a number. */
const NAMED_MAX = 5

/**
 * Scores how many applications share a secret: each one more has to be changed with it, and can leak it.
 * Where workloads could not be read, those that were seen are a lower bound: it counts as the level that it proves, and never as Low (law 2).
 */
export function scoreReuse(
  { applications, applicationsIncomplete }: Pick<SecretFacts, 'applications' | 'applicationsIncomplete'>,
  thresholds: RiskPolicy['factors']['reuse'],
): FactorResult {
  const level = levelOfCount(applications.length, thresholds)
  if (applicationsIncomplete !== undefined) {
    const seen = applications.length === 0 ? 'no application was seen to take it' : `at least ${countApplications(applications)}`
    if (level === 'Low') return { known: false, reason: `Reuse is not known: ${seen}. ${applicationsIncomplete}`.slice(0, 1_024) }
    return { known: true, level, reason: `Used by ${seen}. ${applicationsIncomplete}`.slice(0, 1_024) }
  }
  if (applications.length === 0) {
    return { known: true, level, reason: 'No workload takes it (no static consumer); a program may still read it through the Kubernetes API' }
  }
  return { known: true, level, reason: `Used by ${countApplications(applications)}`.slice(0, 1_024) }
}

function countApplications(applications: readonly string[]): string {
  const named = applications.map(withoutRule).toSorted().slice(0, NAMED_MAX).join(', ')
  const more = applications.length > NAMED_MAX ? ` and ${applications.length - NAMED_MAX} more` : ''
  return `${applications.length} application${applications.length === 1 ? '' : 's'}: ${named}${more}`
}

/** The key of an application begins with the rule that grouped it, such as `recommended-labels:`; a person knows the rest. */
function withoutRule(key: string): string {
  return key.slice(key.indexOf(':') + 1)
}

function levelOfCount(count: number, { mediumFrom, highFrom }: RiskPolicy['factors']['reuse']): KnownLevel {
  if (count >= highFrom) return 'High'
  if (count >= mediumFrom) return 'Medium'
  return 'Low'
}
