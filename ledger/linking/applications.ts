import type { Application, DeploymentObservation, Level } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import { worstLevel } from '@mintmark/ledger/model'
import { compareText, pushTo, sortedDistinct } from './order.ts'

/** Sentences of evidence that an application keeps of all its deployments. */
const EVIDENCE_MAX = 32

/** A deployment as the grouping sees it, with the secrets that it takes. */
export interface GroupedDeployment {
  readonly application: DeploymentObservation['application']
  readonly key: string
  readonly secrets: readonly string[]
}

/**
 * Deployments with the same application key are one application, in whatever namespace or cluster they run.
 * Name and rule are those that most of them give, the first by name among equals.
 */
export function groupApplications(deployments: readonly GroupedDeployment[], levelOf: (secret: string) => Level): Application[] {
  const groups = new Map<string, GroupedDeployment[]>()
  for (const deployment of deployments) pushTo(groups, deployment.application.key, deployment)
  return [...groups].toSorted(([a], [b]) => compareText(a, b)).map(([key, members]) => describeApplication(key, members, levelOf))
}

function describeApplication(key: string, members: readonly GroupedDeployment[], levelOf: (secret: string) => Level): Application {
  const deployments = sortedDistinct(members.map((member) => member.key))
  const secrets = new Set(members.flatMap((member) => member.secrets))
  return {
    key,
    name: mostFrequent(members.map((member) => member.application.name)),
    origin: 'DISCOVERED',
    rule: mostFrequent(members.map((member) => member.application.rule)),
    evidence: sortedDistinct(members.map((member) => member.application.evidence)).slice(0, EVIDENCE_MAX),
    deployments: deployments.slice(0, LIMITS.listItemsMax),
    deploymentsTotal: deployments.length,
    secretsTotal: secrets.size,
    level: worstLevel([...secrets].map(levelOf)),
  }
}

function mostFrequent(texts: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts].toSorted(([a, countA], [b, countB]) => countB - countA || compareText(a, b))[0]?.[0] ?? ''
}
