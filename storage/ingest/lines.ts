import type { Coverage, ScanEvent } from '@mintmark/contract/scan'
import type { BinaryRows } from '../bulk/binary-rows.ts'
import { rowsFor, type LoadTarget } from '../bulk/load.ts'
import { ENTITY_CODES } from '../schema/codes.ts'
import { fingerprintUuid, hashOf, storable } from '../schema/hash.ts'
import type { Chunk } from './append.ts'

/** Lines of a chunk are numbered on from here: larger than any chunk. */
const ORDINALS_PER_CHUNK = 1_000_000
const INT_MAX = 2_147_483_647

interface StagedCoverage {
  readonly ordinal: number
  readonly collection: string
  readonly namespace: string | null
  readonly object: string | null
  readonly state: Coverage['state']
  readonly detail: string
  readonly objects: number
}

/** Bodies of a chunk as rows of `fact`; one that is said twice is one row. They are written down at once: texts that wait would be most of what a process holds. */
export interface StagedFacts {
  readonly rows: BinaryRows
  /** Where the row of each begins and ends, by the name of the fact. */
  readonly places: ReadonlyMap<string, readonly [start: number, end: number]>
}

/** Where bodies are kept. */
export const FACTS: LoadTarget = {
  table: 'fact',
  columns: [
    ['hash', 'uuid'],
    ['body', 'text'],
  ],
}

/** The lines of one chunk, ready for the database. */
export interface StagedLines {
  readonly facts: StagedFacts
  /** Rows of `scan_line`. */
  readonly observations: BinaryRows
  readonly coverage: readonly StagedCoverage[]
  readonly problems: readonly { readonly ordinal: number; readonly line: string }[]
}

/** Where a chunk belongs. */
export interface ScanPlace {
  readonly sourceId: number
  readonly scanSeq: number
}

/** Where the observations of a chunk are staged. */
export const LINES: LoadTarget = {
  table: 'scan_line',
  columns: [
    ['scan_seq', 'int4'],
    ['ordinal', 'int8'],
    ['row_key', 'uuid'],
    ['fact', 'uuid'],
    ['fingerprint', 'uuid'],
    ['entity', 'int2'],
    ['collection', 'text'],
    ['namespace', 'text'],
    ['object', 'text'],
  ],
}

/**
 * Prepares a chunk for the database. Facts are told apart by source, so that no two sources ever wait for each other.
 *
 * @param yieldTurn called after each line; a promise lets others go on, such as the chunk before this one, which the database answers meanwhile
 */
export async function sortLines(place: ScanPlace, chunk: Chunk, yieldTurn: () => Promise<void> | undefined): Promise<StagedLines> {
  const staged = {
    facts: { rows: rowsFor(FACTS), places: new Map<string, readonly [number, number]>() },
    observations: rowsFor(LINES),
    coverage: [] as StagedCoverage[],
    problems: [] as { ordinal: number; line: string }[],
  }
  for (const [index, line] of chunk.lines.entries()) {
    const ordinal = chunk.sequence * ORDINALS_PER_CHUNK + index
    if (line.type === 'observation') stageObservation(staged, place, ordinal, line)
    else if (line.type === 'coverage') staged.coverage.push(stageCoverage(ordinal, line))
    else staged.problems.push({ ordinal, line: storable(JSON.stringify(line)) })
    const turn = yieldTurn()
    if (turn !== undefined) await turn
  }
  return staged
}

function stageObservation(
  {
    facts,
    observations,
  }: { readonly facts: { readonly rows: BinaryRows; readonly places: Map<string, readonly [number, number]> }; readonly observations: BinaryRows },
  { sourceId, scanSeq }: ScanPlace,
  ordinal: number,
  line: ScanEvent & { type: 'observation' },
): void {
  const { observation } = line
  const source = String(sourceId)
  const body = JSON.stringify(observation)
  const fact = hashOf(source, body)
  if (!facts.places.has(fact)) {
    const start = facts.rows.end
    facts.rows.add([fact, body])
    facts.places.set(fact, [start, facts.rows.end])
  }
  observations.add([
    scanSeq,
    ordinal,
    hashOf(source, line.collection, line.namespace, line.object, observation.entity, observation.key),
    fact,
    observation.entity === 'occurrence' && observation.finding.role === 'secret' ? fingerprintUuid(observation.finding.fingerprint) : null,
    ENTITY_CODES[observation.entity],
    storable(line.collection),
    storable(line.namespace),
    storable(line.object),
  ])
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
