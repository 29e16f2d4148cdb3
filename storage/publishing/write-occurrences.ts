import type { ColumnValue } from '../bulk/binary-rows.ts'
import { rowsFor, type LoadTarget } from '../bulk/load.ts'
import { OPEN_END, STORAGE_LIMITS } from '../limits.ts'
import type { Run } from '../queries/run.ts'
import { contextOf } from '@mintmark/ledger/model'
import { hashOf } from '../schema/hash.ts'
import { inOrder, type SubjectBook } from './subjects.ts'
import { originOf, type LinkedPiece } from './linked-piece.ts'
import type { Publication } from './publication.ts'
import { differ, type CurrentRow, type WantedRow } from './versions.ts'

interface OccurrenceRow extends WantedRow {
  readonly fingerprint: string
  readonly namespace: string
  readonly object: string
  readonly fact: string
  readonly subjects: readonly number[]
  readonly body: string
}

/** Fingerprints (as uuid) that a change was about; `all` where nothing was there before. */
export type ChangedFingerprints = ReadonlySet<string> | 'all'

/** Writes the occurrences of some pieces that differ from what is current. */
export async function writeOccurrences(publication: Publication, pieces: readonly LinkedPiece[]): Promise<ChangedFingerprints> {
  await resolveTakers(publication, pieces)
  if (!publication.isFirst || pieces.some((piece) => piece.repeats)) return changeOccurrences(publication, pieces)
  await loadOccurrences(publication, pieces)
  return 'all'
}

async function resolveTakers({ subjects }: Publication, pieces: readonly LinkedPiece[]): Promise<void> {
  const [deployments, applications] = [new Set<string>(), new Set<string>()]
  for (const piece of pieces) {
    for (const takers of piece.takers.values()) {
      for (const taker of takers) {
        deployments.add(taker.key)
        applications.add(taker.application)
      }
    }
  }
  await subjects.resolve('deployment', deployments)
  await subjects.resolve('application', applications)
}

/** Where nothing is current every row is new. Each is written down as soon as it is made, so that rows are short-lived: a collector of garbage copies what lives longer. */
async function loadOccurrences(publication: Publication, pieces: readonly LinkedPiece[]): Promise<void> {
  const rows = rowsFor({ columns: OCCURRENCES })
  for (const piece of pieces) {
    describePiece(publication, piece, (row) => rows.add(valuesOf(publication, row)))
    const turn = publication.yieldTurn()
    if (turn !== undefined) await turn
  }
  await publication.parts.load('occurrence', OCCURRENCES, rows)
}

async function changeOccurrences(publication: Publication, pieces: readonly LinkedPiece[]): Promise<ReadonlySet<string>> {
  const { run, source, number, parts, yieldTurn, isFirst } = publication
  const wanted: OccurrenceRow[] = []
  for (const piece of pieces) {
    describePiece(publication, piece, (row) => wanted.push(row))
    const turn = yieldTurn()
    if (turn !== undefined) await turn
  }
  const current = isFirst
    ? []
    : await run<CurrentRow & { fingerprint: string }>(
        `select o.tableoid::regclass::text as part, o.ctid::text as tid, o.row_key as key, replace(o.hash::text, '-', '') as hash, o.fingerprint
         from unnest($2::text[], $3::text[], $4::text[]) as piece (namespace, low, high)
         join occurrence o on o.source_id = $1 and o.namespace = piece.namespace and o.object >= piece.low and o.object < piece.high and o.valid_to = ${OPEN_END}`,
        [source.id, pieces.map((piece) => piece.namespace), pieces.map((piece) => piece.from), pieces.map((piece) => piece.to)],
      )
  const { ended, begun } = differ(current, wanted)
  const changed = new Set(begun.map((row) => row.fingerprint))
  for (const row of ended) changed.add(row.fingerprint)
  await endRows(run, ended, number)
  await parts.load(
    'occurrence',
    OCCURRENCES,
    begun.map((row) => valuesOf(publication, row)),
  )
  return changed
}

function describePiece({ subjects }: Publication, piece: LinkedPiece, add: (row: OccurrenceRow) => void): void {
  // The deployments that take a secret are written once, on its first occurrence here: on each one they could be millions.
  const carried = new Set<string>()
  for (const linked of piece.occurrences) {
    const { rowKey, fact, fingerprint, object, observation } = originOf(piece, linked)
    const takers = carried.has(linked.fingerprint) ? NOBODY : takerIds(subjects, piece, linked.fingerprint)
    carried.add(linked.fingerprint)
    const body = JSON.stringify(contextOf(linked, observation))
    add({ key: rowKey, hash: hashOf(fact, body, takers.join(',')), fingerprint, namespace: piece.namespace, object, fact, subjects: takers, body })
  }
}

function valuesOf({ source, number }: Publication, row: OccurrenceRow): readonly ColumnValue[] {
  return [source.id, number, row.key, row.fingerprint, row.hash, row.fact, row.subjects, row.body, row.namespace, row.object]
}

const NOBODY: readonly number[] = []

/** Numbers of the deployments that take a secret here, and of their applications. */
export function takerIds(subjects: SubjectBook, piece: LinkedPiece, fingerprint: string): readonly number[] {
  const takers = piece.takers.get(fingerprint)
  if (takers === undefined) return NOBODY
  const [only, another] = takers
  if (only !== undefined && another === undefined) {
    const [deployment, application] = [subjects.idOf('deployment', only.key), subjects.idOf('application', only.application)]
    return deployment < application ? [deployment, application] : [application, deployment]
  }
  const ids = new Set<number>()
  for (const taker of takers) ids.add(subjects.idOf('deployment', taker.key)).add(subjects.idOf('application', taker.application))
  return inOrder(ids)
}

/** Ends versions by their place. */
export async function endRows(run: Run, ended: readonly Pick<CurrentRow, 'part' | 'tid'>[], number: number): Promise<void> {
  for (const [part, rows] of Map.groupBy(ended, (row) => row.part)) {
    for (let start = 0; start < rows.length; start += STORAGE_LIMITS.batchRowsMax) {
      const tids = rows.slice(start, start + STORAGE_LIMITS.batchRowsMax).map((row) => row.tid)
      await run(`update ${part} set valid_to = $1 where ctid = any($2::tid[])`, [number, tids])
    }
  }
}

const OCCURRENCES: LoadTarget['columns'] = [
  ['source_id', 'int4'],
  ['valid_from', 'int4'],
  ['row_key', 'uuid'],
  ['fingerprint', 'uuid'],
  ['hash', 'uuid'],
  ['fact', 'uuid'],
  ['subjects', 'int4[]'],
  ['body', 'text'],
  ['namespace', 'text'],
  ['object', 'text'],
]
