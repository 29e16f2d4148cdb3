import type { DeploymentObservation, IdentityObservation, LinkObservation, Observation, OccurrenceObservation, UseObservation } from '@mintmark/contract/scan'
import type { NamespaceFacts } from '@mintmark/ledger/model'
import { STORAGE_LIMITS } from '../limits.ts'
import { readBody } from '../schema/bodies.ts'
import { fingerprintUuid } from '../schema/hash.ts'
import { fetchFacts, unloadFacts, type FactRow } from './fact-rows.ts'
import { openGapBook } from './gap-book.ts'
import { readGaps } from './gaps.ts'
import type { Publication } from './publication.ts'

/** Sorts behind every name of an object. */
const LAST_OBJECT = '\u{10FFFF}'

/** The stored observation behind an occurrence. */
export interface Origin {
  readonly observation: OccurrenceObservation
  readonly object: string
  /** Names of the row, of its body and of the fingerprint, as uuids. */
  readonly rowKey: string
  readonly fact: string
  readonly fingerprint: string
}

/** A namespace, or the part of a large one that holds whole objects `from` (inclusive) `to` (exclusive), in byte order of their names. */
export interface NamespacePiece {
  readonly facts: NamespaceFacts
  readonly from: string
  readonly to: string
  /** True for the only or the last piece of its namespace. */
  readonly last: boolean
  /** What the store knows of each occurrence, by the occurrence's key. */
  readonly origins: ReadonlyMap<string, Origin>
  /** True when two occurrences have one key: then one stored observation stands for both. */
  readonly repeats: boolean
  /** Fingerprints (as uuid) that lie in other namespaces, too, or in other pieces. */
  readonly shared: (fingerprint: string) => boolean
}

interface Gathered {
  readonly namespace: string
  readonly gaps: string
  readonly deployments: DeploymentObservation[]
  readonly identities: IdentityObservation[]
  readonly uses: UseObservation[]
  readonly links: LinkObservation[]
  occurrences: OccurrenceObservation[]
  origins: Map<string, Origin>
  shared: Set<string>
  lastObject: string
  from: string
  pieces: number
}

/**
 * Reads every touched namespace with all that is current in it, one after the other in one stream. Occurrences come last and by object,
 * so that a namespace with more of them than the limit can be cut between two objects.
 *
 * @param knowsShared whether `shared_fingerprint` was filled; otherwise every fingerprint counts as shared
 */
export async function* readNamespaces(publication: Publication, knowsShared: boolean): AsyncGenerator<NamespacePiece> {
  const { run, source, parts } = publication
  const pages = parts.isBeside('observation') ? unloadFacts(publication) : fetchFacts(publication, knowsShared)
  const gaps = openGapBook(run, source.id)
  let gathered: Gathered | undefined
  for await (const page of pages) {
    for (const row of page) {
      if (gathered !== undefined && gathered.namespace !== row.namespace) {
        yield finish(gathered, source.key, knowsShared, LAST_OBJECT)
        gathered = undefined
      }
      gathered ??= begin(row.namespace, gaps.of(row.namespace) ?? (await gaps.find(row.namespace)))
      const object = row.object ?? ''
      if (row.entity === 7 && gathered.occurrences.length >= STORAGE_LIMITS.namespaceOccurrencesMax && gathered.lastObject !== object) {
        yield finish(gathered, source.key, knowsShared, object)
        gathered = { ...gathered, occurrences: [], origins: new Map(), shared: new Set(), from: object, pieces: gathered.pieces + 1 }
      }
      if (row.body !== null) add(gathered, row.body, row)
    }
  }
  if (gathered !== undefined) yield finish(gathered, source.key, knowsShared, LAST_OBJECT)
}

function begin(namespace: string, gaps: string): Gathered {
  return {
    namespace,
    gaps,
    deployments: [],
    identities: [],
    uses: [],
    links: [],
    occurrences: [],
    origins: new Map(),
    shared: new Set(),
    lastObject: '',
    from: '',
    pieces: 1,
  }
}

function add(gathered: Gathered, body: string, row: FactRow): void {
  const observation = readBody<Observation>(body)
  switch (observation.entity) {
    case 'deployment':
      gathered.deployments.push(observation)
      break
    case 'identity':
      gathered.identities.push(observation)
      break
    case 'use':
      gathered.uses.push(observation)
      break
    case 'link':
      gathered.links.push(observation)
      break
    case 'occurrence':
      gathered.occurrences.push(observation)
      gathered.lastObject = row.object ?? ''
      addOrigin(gathered, observation, row)
      break
    default:
  }
}

function addOrigin({ origins, shared }: Gathered, observation: OccurrenceObservation, row: FactRow): void {
  // An identifier is kept without a fingerprint to join by.
  const fingerprint = row.fingerprint ?? fingerprintUuid(observation.finding.fingerprint)
  origins.set(observation.key, { observation, object: row.object ?? '', rowKey: row.row_key ?? '', fact: row.fact ?? '', fingerprint })
  if (row.shared === true) shared.add(fingerprint)
}

function finish(gathered: Gathered, cluster: string, knowsShared: boolean, to: string): NamespacePiece {
  const { namespace, deployments, identities, uses, links, occurrences, origins, shared, from, pieces } = gathered
  const whole = pieces === 1 && to === LAST_OBJECT
  return {
    facts: { cluster, namespace, deployments, identities, uses, links, occurrences, ...readGaps(gathered.gaps) },
    from,
    to,
    last: to === LAST_OBJECT,
    origins,
    repeats: origins.size < occurrences.length,
    shared: (fingerprint) => !knowsShared || !whole || shared.has(fingerprint),
  }
}
