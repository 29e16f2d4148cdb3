import type {
  ClusterObservation,
  CoverageEntry,
  DeploymentObservation,
  IdentityObservation,
  LinkObservation,
  ObservationLine,
  OccurrenceObservation,
  ProblemLine,
  Reference,
  ReferenceObservation,
  ScanEvent,
  UseObservation,
} from '@mintmark/contract/scan'
import { explainMissingConsumers, explainMissingPullSecrets, type NamespaceFacts } from '@mintmark/ledger/model'
import { compareText } from './order.ts'

/** A scan taken apart: what linking needs of each namespace, and what only passes through. */
export interface ScanFacts {
  readonly cluster: ClusterObservation | undefined
  readonly namespaces: readonly NamespaceFacts[]
  readonly deployments: readonly DeploymentObservation[]
  readonly references: readonly Reference[]
  readonly coverage: readonly CoverageEntry[]
  readonly problems: readonly ProblemLine[]
}

/** What one namespace has so far, by natural key: a source that is listed twice after a dropped connection says everything twice. */
interface Growing {
  readonly deployments: Map<string, DeploymentObservation>
  readonly uses: Map<string, UseObservation>
  readonly occurrences: Map<string, OccurrenceObservation>
  readonly identities: Map<string, IdentityObservation>
  readonly links: Map<string, LinkObservation>
}

/**
 * Sorts the events of one scan by namespace.
 *
 * @param cluster natural key of the cluster, also where its observation is missing
 */
export function collectFacts(cluster: string, events: Iterable<ScanEvent>): ScanFacts {
  const growing = new Map<string, Growing>()
  const coverage: CoverageEntry[] = []
  const problems: ProblemLine[] = []
  const references = new Map<string, Reference>()
  let observed: ClusterObservation | undefined
  for (const event of events) {
    if (event.type === 'coverage') coverage.push({ collection: event.collection, scope: event.scope, coverage: event.coverage, objects: event.objects })
    else if (event.type === 'problem') problems.push(event)
    else if (event.observation.entity === 'cluster') observed = event.observation
    else if (event.observation.entity === 'reference') references.set(event.observation.key, describeReference(cluster, event.observation))
    else addObservation(growing, event)
  }
  const namespaces = [...growing].toSorted(([a], [b]) => compareText(a, b)).map(([namespace, lists]) => closeNamespace(cluster, namespace, lists, coverage))
  return {
    cluster: observed,
    namespaces,
    deployments: namespaces.flatMap((facts) => facts.deployments),
    references: [...references.values()],
    coverage,
    problems,
  }
}

function addObservation(growing: Map<string, Growing>, { namespace, observation }: ObservationLine): void {
  const room = growing.get(namespace) ?? { deployments: new Map(), uses: new Map(), occurrences: new Map(), identities: new Map(), links: new Map() }
  growing.set(namespace, room)
  switch (observation.entity) {
    case 'deployment':
      room.deployments.set(observation.key, observation)
      break
    case 'use':
      room.uses.set(observation.key, observation)
      break
    case 'occurrence':
      room.occurrences.set(observation.key, observation)
      break
    case 'identity':
      room.identities.set(observation.key, observation)
      break
    case 'link':
      room.links.set(observation.key, observation)
      break
    case 'cluster':
    case 'reference':
      break
  }
}

function closeNamespace(cluster: string, namespace: string, room: Growing, coverage: readonly CoverageEntry[]): NamespaceFacts {
  const consumersIncomplete = explainMissingConsumers(coverage, namespace)
  const pullSecretsIncomplete = explainMissingPullSecrets(coverage, namespace)
  return {
    cluster,
    namespace,
    deployments: [...room.deployments.values()],
    uses: [...room.uses.values()],
    occurrences: [...room.occurrences.values()],
    identities: [...room.identities.values()],
    links: [...room.links.values()],
    ...(consumersIncomplete === undefined ? {} : { consumersIncomplete }),
    ...(pullSecretsIncomplete === undefined ? {} : { pullSecretsIncomplete }),
  }
}

function describeReference(cluster: string, { key, object, path, entry, field, kind, target }: ReferenceObservation): Reference {
  return {
    id: key,
    cluster,
    namespace: object.namespace,
    object: { kind: object.kind, name: object.name },
    path,
    key: entry,
    ...(field === undefined ? {} : { field }),
    kind,
    ...(target === undefined ? {} : { target }),
  }
}
