import type { Attributes, Link, Occurrence, OccurrenceObservation } from '@mintmark/contract/scan'
import type { LinkedOccurrence } from './linked.ts'

/** All that linking adds to an observed occurrence. */
export interface OccurrenceContext {
  readonly usage: Occurrence['usage']
  readonly consumers: Occurrence['consumers']
  readonly consumersTotal: number
  readonly links: readonly Link[]
  /** What the other parts of the credential say; what the finding says itself goes before. */
  readonly publicId?: string | undefined
  readonly attributes?: Attributes | undefined
  readonly consumersIncomplete?: string | undefined
}

/** An observation together with its context. Whoever has stored both makes the same occurrence of them that linking had made. */
export function placeOccurrence(cluster: string, observation: OccurrenceObservation, context: OccurrenceContext): LinkedOccurrence {
  const { key, object, path, entry, field, position, encoding, exposure, container, historic, existsSince, finding } = observation
  const publicId = finding.publicId ?? context.publicId
  return {
    fingerprint: finding.fingerprint,
    // Most occurrences get nothing from the other parts of their credential: then the finding stands as it was observed.
    finding:
      publicId === finding.publicId && context.attributes === undefined
        ? finding
        : { ...finding, ...(publicId === undefined ? {} : { publicId }), attributes: { ...context.attributes, ...finding.attributes } },
    occurrence: {
      id: key,
      cluster,
      namespace: object.namespace,
      object: { kind: object.kind, name: object.name },
      path,
      key: entry,
      ...(field === undefined ? {} : { field }),
      position,
      encoding,
      exposure,
      ...(container === undefined ? {} : { container }),
      ...(historic === undefined ? {} : { historic }),
      usage: context.usage,
      consumers: context.consumers,
      consumersTotal: context.consumersTotal,
    },
    links: context.links,
    ...(existsSince === undefined ? {} : { existsSince }),
    ...(context.consumersIncomplete === undefined ? {} : { consumersIncomplete: context.consumersIncomplete }),
  }
}

const NOTHING: readonly (readonly [string, string])[] = []

/** What {@link placeOccurrence} needs beside the observation to make this occurrence. */
export function contextOf(linked: LinkedOccurrence, { finding }: OccurrenceObservation): OccurrenceContext {
  const { occurrence, links, consumersIncomplete } = linked
  const added = linked.finding === finding ? NOTHING : Object.entries(linked.finding.attributes).filter(([name]) => !(name in finding.attributes))
  return {
    usage: occurrence.usage,
    consumers: occurrence.consumers,
    consumersTotal: occurrence.consumersTotal,
    links,
    ...(finding.publicId === undefined && linked.finding.publicId !== undefined ? { publicId: linked.finding.publicId } : {}),
    ...(added.length === 0 ? {} : { attributes: Object.fromEntries(added) }),
    ...(consumersIncomplete === undefined ? {} : { consumersIncomplete }),
  }
}
