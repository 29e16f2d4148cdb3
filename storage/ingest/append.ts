import { LIMITS, type ScanEvent } from '@mintmark/contract/scan'
import type { Kysely } from 'kysely'
import { DatabaseError } from 'pg'
import { loaderOf, rowsFor, type Load } from '../bulk/load.ts'
import { ConflictError } from '../errors.ts'
import { OPEN_END, STORAGE_LIMITS } from '../limits.ts'
import { runnerOf, type Run } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import { turnTaker } from '../turns.ts'
import { APPEND_LOCK } from './append-lock.ts'
import { FACTS, LINES, sortLines, type ScanPlace, type StagedLines } from './lines.ts'

/** A chunk as it came; sequences begin at 0. */
export interface Chunk {
  readonly sequence: number
  readonly sha256: string
  readonly lines: readonly ScanEvent[]
}

/** Stores chunks; those of one scan in the order in which they were handed over. */
export type Append = (scanId: string, chunk: Chunk, now: Date) => Promise<boolean>

/** How far a chunk has come: prepared for the database, then stored in it. */
interface Progress {
  readonly prepared: Promise<unknown>
  readonly stored: Promise<unknown>
}

/**
 * Makes the `append` of one process. A caller may hand over the next chunks while one is being stored: they are prepared meanwhile, one after the other,
 * and stored when it is their turn.
 */
export function openAppend(database: Kysely<Tables>): Append {
  const last = new Map<string, Progress>()
  return (scanId, chunk, now) => {
    const before = last.get(scanId)
    const prepared = prepare(database, scanId, chunk, before?.prepared)
    const stored = store(database, { scanId, chunk, now }, prepared, before?.stored)
    const settled: Progress = {
      prepared: prepared.catch(() => undefined),
      stored: stored
        .catch(() => undefined)
        .then(() => {
          if (last.get(scanId) === settled) last.delete(scanId)
        }),
    }
    last.set(scanId, settled)
    return stored
  }
}

interface Prepared {
  readonly place: ScanPlace
  readonly staged: StagedLines
}

async function prepare(database: Kysely<Tables>, scanId: string, chunk: Chunk, before: Promise<unknown> | undefined): Promise<Prepared> {
  if (chunk.lines.length > LIMITS.chunkLinesMax) throw new ConflictError('chunk-lines', `A chunk has at most ${LIMITS.chunkLinesMax} lines`)
  const scan = await database.selectFrom('scan').select(['source_id', 'seq']).where('id', '=', scanId).executeTakeFirst()
  if (scan === undefined) throw new ConflictError('scan-unknown', 'There is no such scan: begin it first')
  await before
  const place = { sourceId: scan.source_id, scanSeq: scan.seq }
  // Hashing is done before the lock is taken, so that others wait for the database only.
  return { place, staged: await sortLines(place, chunk, turnTaker(STORAGE_LIMITS.prepareTurnMsMax)) }
}

interface Asked {
  readonly scanId: string
  readonly chunk: Chunk
  readonly now: Date
}

/** Stores one chunk in one transaction; see `ScanStore.append`. */
async function store(database: Kysely<Tables>, asked: Asked, prepared: Promise<Prepared>, before: Promise<unknown> | undefined): Promise<boolean> {
  const { place, staged } = await prepared
  await before
  try {
    return await storeChunk(database, asked, place, staged, 'new')
  } catch (error) {
    // A chunk that repeats a body is undone and asks which are there.
    if (!(error instanceof DatabaseError) || error.code !== UNIQUE_VIOLATION) throw error
    return storeChunk(database, asked, place, staged, 'asked')
  }
}

const UNIQUE_VIOLATION = '23505'

/** @param bodies whether those of a source of which nothing is current are taken for new ones: asking which are there costs a third as much as writing */
function storeChunk(database: Kysely<Tables>, { chunk, now }: Asked, place: ScanPlace, staged: StagedLines, bodies: 'new' | 'asked'): Promise<boolean> {
  return database.transaction().execute(async (trx) => {
    const run = runnerOf(trx)
    const load = loaderOf(trx)
    await run(`select pg_advisory_xact_lock($1, $2)`, [APPEND_LOCK, place.sourceId])
    const [scan] = await run<ReceivingScan>(
      `select seq, state, received_chunks, problems_total, ended_lines,
         not exists (select from observation where source_id = $2 and valid_to = ${OPEN_END}) as is_first from scan where seq = $1 for update`,
      [place.scanSeq, place.sourceId],
    )
    if (scan === undefined || !(await isNext(run, scan, chunk))) return false
    await writeFacts(run, load, staged, scan.is_first && bodies === 'new')
    await load(LINES, staged.observations)
    await writeCoverage(run, place, staged)
    await writeReceipt(run, scan, chunk, staged, now)
    return true
  })
}

interface ReceivingScan {
  readonly seq: number
  readonly state: string
  readonly received_chunks: number
  readonly problems_total: number
  readonly ended_lines: number | null
  /** Nothing of the source is current: then its bodies are new, unless its first scan says something twice. */
  readonly is_first: boolean
}

/** True when the chunk continues the scan, false when it is there already. */
async function isNext(run: Run, scan: ReceivingScan, chunk: Chunk): Promise<boolean> {
  if (chunk.sequence < scan.received_chunks) {
    const [there] = await run<{ sha256: string }>(`select sha256 from scan_chunk where scan_seq = $1 and sequence = $2`, [scan.seq, chunk.sequence])
    if (there?.sha256 === chunk.sha256) return false
    throw new ConflictError('chunk-differs', `Chunk ${chunk.sequence} was stored before with other content`)
  }
  if (scan.state !== 'receiving') throw new ConflictError('scan-closed', `The scan is ${scan.state} and takes no further chunks`)
  if (scan.ended_lines !== null) throw new ConflictError('scan-closed', 'The scan has ended and takes no further chunks')
  if (chunk.sequence >= LIMITS.chunksMax) throw new ConflictError('chunks-max', `A scan has at most ${LIMITS.chunksMax} chunks`)
  if (chunk.sequence > scan.received_chunks) throw new ConflictError('chunk-order', `Chunk ${scan.received_chunks} is expected next, not ${chunk.sequence}`)
  return true
}

/** Writes the bodies that are not there yet. The lock keeps everybody else from writing facts of this source meanwhile. */
async function writeFacts(run: Run, load: Load, { facts }: StagedLines, areNew: boolean): Promise<void> {
  if (facts.places.size === 0) return
  if (areNew) return load(FACTS, facts.rows)
  const rows = await run<{ hash: string }>(`select replace(hash::text, '-', '') as hash from fact where hash = any(string_to_array($1, ',')::uuid[])`, [
    [...facts.places.keys()].join(','),
  ])
  const there = new Set(rows.map(({ hash }) => hash))
  const missing = rowsFor(FACTS)
  for (const [name, [start, end]] of facts.places) if (!there.has(name)) missing.addFrom(facts.rows, start, end)
  return load(FACTS, missing)
}

async function writeCoverage(run: Run, { scanSeq, sourceId }: ScanPlace, { coverage }: StagedLines): Promise<void> {
  if (coverage.length === 0) return
  await run(
    `insert into scan_coverage (scan_seq, source_id, ordinal, collection, namespace, object, state, detail, objects)
     select $1, $2, * from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[])`,
    [
      scanSeq,
      sourceId,
      coverage.map((line) => line.ordinal),
      coverage.map((line) => line.collection),
      coverage.map((line) => line.namespace),
      coverage.map((line) => line.object),
      coverage.map((line) => line.state),
      coverage.map((line) => line.detail),
      coverage.map((line) => line.objects),
    ],
  )
}

/** Problems, and that the chunk is there: one statement, because each one more is a question that has to be answered while the next chunk waits. */
async function writeReceipt(run: Run, scan: ReceivingScan, chunk: Chunk, staged: StagedLines, now: Date): Promise<void> {
  const problems = staged.problems.slice(0, Math.max(0, STORAGE_LIMITS.problemsStoredMax - scan.problems_total))
  await run(
    `with problems as (insert into scan_problem (scan_seq, ordinal, line) select $1, * from unnest($2::bigint[], $3::text[])),
       chunks as (insert into scan_chunk (scan_seq, sequence, sha256) values ($1, $4, $5))
     update scan set received_chunks = received_chunks + 1, received_lines = received_lines + $6, problems_total = problems_total + $7, touched_at = $8 where seq = $1`,
    [
      scan.seq,
      problems.map((problem) => problem.ordinal),
      problems.map((problem) => problem.line),
      chunk.sequence,
      chunk.sha256,
      chunk.lines.length,
      staged.problems.length,
      now,
    ],
  )
}
