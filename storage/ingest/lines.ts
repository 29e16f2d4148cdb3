import type { Coverage, ScanEvent } from '@mintmark/contract/scan'
import { ENTITY_CODES } from '../schema/codes.ts'
import { fingerprintUuid, hashOf, storable } from '../schema/hash.ts'
import type { Chunk } from './append.ts'

/** Lines of a chunk are numbered on from here: larger than any chunk. */
const ORDINALS_PER_CHUNK = 1_000_000
const INT_MAX = 2_147_483_647

interface StagedObservation {
  readonly ordinal: number
  readonly rowKey: string
  readonly fact: string
  readonly body: string
  /** Of an occurrence of role secret; otherwise empty. */
  readonly fingerprint: string
  readonly entity: number
  readonly collection: string
  readonly namespace: string
  readonly object: string
}

interface StagedCoverage {
  readonly ordinal: number
  readonly collection: string
  readonly namespace: string | null
  readonly object: string | null
  readonly state: Coverage['state']
  readonly detail: string
  readonly objects: number
}

/** The lines of one chunk by kind, with keys and hashes. */
export interface StagedLines {
  readonly observations: readonly StagedObservation[]
  readonly coverage: readonly StagedCoverage[]
  readonly problems: readonly { readonly ordinal: number; readonly line: string }[]
}

/** Prepares a chunk for the database. Facts are told apart by source, so that no two sources ever wait for each other. */
export function sortLines(sourceId: number, chunk: Chunk): StagedLines {
  const staged = { observations: [] as StagedObservation[], coverage: [] as StagedCoverage[], problems: [] as { ordinal: number; line: string }[] }
  for (const [index, line] of chunk.lines.entries()) {
    const ordinal = chunk.sequence * ORDINALS_PER_CHUNK + index
    if (line.type === 'observation') staged.observations.push(stageObservation(sourceId, ordinal, line))
    else if (line.type === 'coverage') staged.coverage.push(stageCoverage(ordinal, line))
    else staged.problems.push({ ordinal, line: storable(JSON.stringify(line)) })
  }
  return staged
}

function stageObservation(sourceId: number, ordinal: number, line: ScanEvent & { type: 'observation' }): StagedObservation {
  const { observation } = line
  const body = JSON.stringify(observation)
  return {
    ordinal,
    rowKey: hashOf(String(sourceId), line.collection, line.namespace, line.object, observation.entity, observation.key),
    fact: hashOf(String(sourceId), body),
    body,
    fingerprint: observation.entity === 'occurrence' && observation.finding.role === 'secret' ? fingerprintUuid(observation.finding.fingerprint) : '',
    entity: ENTITY_CODES[observation.entity],
    collection: storable(line.collection),
    namespace: storable(line.namespace),
    object: storable(line.object),
  }
}

function stageCoverage(ordinal: number, { collection, scope, coverage, objects }: ScanEvent & { type: 'coverage' }): StagedCoverage {
  const object = scope.object === undefined ? null : storable(scope.object)
  // An object of a cluster-wide kind has no namespace, which its lines write as an empty one.
  const namespace = scope.namespace ?? (object === null ? undefined : '')
  return {
    ordinal,
    collection: storable(collection),
    namespace: namespace === undefined ? null : storable(namespace),
    object,
    state: coverage.state,
    detail: storable(detailOf(coverage)),
    objects: Math.min(objects, INT_MAX),
  }
}

function detailOf(coverage: Coverage): string {
  if (coverage.state === 'complete') return ''
  return coverage.state === 'denied' ? coverage.permission : coverage.reason
}

/** A stored coverage as the contract writes it. */
export function readCoverage(state: Coverage['state'], detail: string): Coverage {
  if (state === 'complete') return { state }
  return state === 'denied' ? { state, permission: detail } : { state, reason: detail }
}
