import type { Usage } from '@mintmark/ledger/model'
import { daysSince, describeDays, levelOfDays, toDay, type FactorResult } from './factor.ts'
import type { RiskPolicy } from './policy.ts'

/**
 * Scores how long a secret has lain unused: the longer, the likelier that nobody would notice its abuse.
 * A workload that mounts it proves no use, so a cluster alone leaves this factor unknown.
 *
 * @param now the scan's clock, never the wall clock (law 4)
 */
export function scoreLastUsed(usage: Usage, thresholds: RiskPolicy['factors']['last-used'], now: Date): FactorResult {
  switch (usage.state) {
    case 'unavailable':
      return { known: false, reason: `Last use is not known: ${usage.reason}`.slice(0, 1_024) }
    case 'never':
      return { known: true, level: 'High', reason: `Never used since ${toDay(usage.observedSince)}` }
    case 'used': {
      const idleDays = daysSince(usage.at, now)
      if (idleDays === undefined) return { known: false, reason: 'Last use is not known: its source gives a date that cannot be read' }
      return { known: true, level: levelOfDays(idleDays, thresholds), reason: `Last used on ${toDay(usage.at)}, ${describeDays(idleDays, thresholds)}` }
    }
  }
}
