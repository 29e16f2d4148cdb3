import type { LoadTarget } from '../bulk/load.ts'
import { OPEN_END, STORAGE_LIMITS } from '../limits.ts'
import type { Run } from '../queries/run.ts'
import { asUuid, fingerprintUuid, hashOf } from '../schema/hash.ts'
import type { SubjectName } from './subjects.ts'
import type { LinkedPiece } from './linked-piece.ts'
import type { Publication } from './publication.ts'
import { differ, type CurrentRow, type WantedRow } from './versions.ts'

interface OccurrenceRow extends WantedRow {
  readonly fingerprint: string
  readonly namespace: string
  readonly object: string
  readonly subjects: readonly number[]
  readonly body: string
}

/** Writes the occurrences of some pieces that differ from what is current. Answers the fingerprints (as uuid) that any change was about. */
export async function writeOccurrences(publication: Publication, pieces: readonly LinkedPiece[]): Promise<Set<string>> {
  const { run, load, source, number, subjects, yieldTurn } = publication
  const takers = pieces.flatMap((piece) => [...piece.takers.values()].flat())
  await subjects.resolve(
    takers.flatMap((deployment): SubjectName[] => [
      { kind: 'deployment', key: deployment.key },
      { kind: 'application', key: deployment.application },
    ]),
  )
  const wanted: OccurrenceRow[] = []
  for (const piece of pieces) {
    describePiece(publication, piece, wanted)
    await yieldTurn()
  }
  const current = await run<CurrentRow & { fingerprint: string }>(
    `select o.ctid::text as tid, o.row_key as key, replace(o.hash::text, '-', '') as hash, o.fingerprint
     from unnest($2::text[], $3::text[], $4::text[]) as piece (namespace, low, high)
     join occurrence o on o.source_id = $1 and o.namespace = piece.namespace and o.object >= piece.low and o.object < piece.high and o.valid_to = ${OPEN_END}`,
    [source.id, pieces.map((piece) => piece.namespace), pieces.map((piece) => piece.from), pieces.map((piece) => piece.to)],
  )
  const { ended, begun } = differ(current, wanted)
  const endedTids = new Set(ended)
  const changed = new Set(begun.map((row) => row.fingerprint))
  for (const row of current) if (endedTids.has(row.tid)) changed.add(row.fingerprint)
  await endRows(run, 'occurrence', ended, number)
  await load(
    OCCURRENCES,
    begun.map((row) => [source.id, number, row.key, row.fingerprint, row.hash, row.subjects, row.body, row.namespace, row.object]),
  )
  return changed
}

function describePiece({ source, subjects }: Publication, piece: LinkedPiece, rows: OccurrenceRow[]): void {
  // The deployments that take a secret are written once, on its first occurrence here: on each one they could be millions.
  const carried = new Set<string>()
  for (const linked of piece.occurrences) {
    const fingerprint = fingerprintUuid(linked.fingerprint)
    const ids = carried.has(fingerprint)
      ? []
      : (piece.takers.get(fingerprint) ?? []).flatMap((taker) => [subjects.idOf('deployment', taker.key), subjects.idOf('application', taker.application)])
    carried.add(fingerprint)
    const body = JSON.stringify(linked)
    const takerIds = [...new Set(ids)].sort((a, b) => a - b)
    const { id } = linked.occurrence
    rows.push({
      key: asUuid(hashOf(String(source.id), id)),
      hash: hashOf(body, takerIds.join(',')),
      fingerprint,
      namespace: piece.namespace,
      object: piece.objects.get(id) ?? linked.occurrence.object.name,
      subjects: takerIds,
      body,
    })
  }
}

/** Ends versions by their place. */
export async function endRows(run: Run, table: 'occurrence' | 'deployment' | 'identity' | 'secret', tids: readonly string[], number: number): Promise<void> {
  for (let start = 0; start < tids.length; start += STORAGE_LIMITS.batchRowsMax) {
    await run(`update ${table} set valid_to = $1 where ctid = any($2::tid[])`, [number, tids.slice(start, start + STORAGE_LIMITS.batchRowsMax)])
  }
}

const OCCURRENCES: LoadTarget = {
  table: 'occurrence',
  columns: [
    ['source_id', 'int4'],
    ['valid_from', 'int4'],
    ['row_key', 'uuid'],
    ['fingerprint', 'uuid'],
    ['hash', 'uuid'],
    ['subjects', 'int4[]'],
    ['body', 'text'],
    ['namespace', 'text'],
    ['object', 'text'],
  ],
}
