import type { Exposure } from '@mintmark/contract/scan'
import { EXPOSURES, LEVELS } from '@mintmark/contract/scan/plain'
import type { SecretFacts } from '@mintmark/ledger/model'
import type { FactorResult } from './factor.ts'
import type { RiskPolicy } from './policy.ts'

const MEANING: Readonly<Record<Exposure, string>> = {
  'kubernetes-secret': 'Kept in a Kubernetes Secret',
  configmap: 'Kept in a ConfigMap, which is not made for secrets',
  metadata: 'Kept in an annotation, which everybody reads who reads the object',
  workload: 'Hard-coded in the workload, so everybody who may read it has the secret',
}

/** Scores the most exposed place where the secret lies: one careless copy undoes all careful ones. */
export function scoreExposure(exposures: SecretFacts['exposures'], { levels }: RiskPolicy['factors']['exposure']): FactorResult {
  // Nearly every secret has one class of exposure, which is then the worst.
  const [worst] =
    exposures.length === 1
      ? exposures
      : exposures.toSorted(
          (a, b) =>
            LEVELS.indexOf(levels[b.exposure]) - LEVELS.indexOf(levels[a.exposure]) ||
            openness(b.exposure) - openness(a.exposure) ||
            (a.evidence < b.evidence ? -1 : 1),
        )
  if (worst === undefined) return { known: false, reason: 'Exposure is not known: no place of it was read' }
  return { known: true, level: levels[worst.exposure], reason: `${MEANING[worst.exposure]}: ${worst.evidence}`.slice(0, 1_024) }
}

/** The contract lists exposure classes from the best kept to the most open; decides between places of one level. */
function openness(exposure: Exposure): number {
  return EXPOSURES.indexOf(exposure)
}
