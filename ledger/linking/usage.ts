import type { Occurrence, OccurrenceObservation } from '@mintmark/contract/scan'
import type { NamespaceFacts } from '@mintmark/ledger/model'
import type { EntryConsumers } from './consumers.ts'

/**
 * What can be said of the use of one place. Positive facts hold whatever the coverage; that nobody takes a value is believed only when
 * every workload was read (law 2). Nobody here means no static consumer: an operator may still read the object through the API.
 *
 * @param incomplete why consumers may be missing; undefined when all workloads were read
 */
export function judgeUsage(occurrence: OccurrenceObservation, { effective, objectInUse }: EntryConsumers, incomplete: string | undefined): Occurrence['usage'] {
  if (occurrence.historic !== undefined) return 'historic'
  if (effective.length > 0) return 'used'
  if (incomplete !== undefined) return 'unknown'
  return objectInUse ? 'mounted' : 'no-static-consumer'
}

/** The gap that matters for this finding: registry credentials also arrive through service accounts. */
export function gapFor(occurrence: OccurrenceObservation, facts: NamespaceFacts): string | undefined {
  if (occurrence.finding.kind === 'docker-registry-credentials') return facts.pullSecretsIncomplete ?? facts.consumersIncomplete
  return facts.consumersIncomplete
}
