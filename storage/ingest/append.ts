import { LIMITS, type ScanEvent } from '@mintmark/contract/scan'
import type { Kysely } from 'kysely'
import { DatabaseError } from 'pg'
import type { ColumnValue } from '../bulk/binary-rows.ts'
import { loaderOf, type Load, type LoadTarget } from '../bulk/load.ts'
import { ConflictError } from '../errors.ts'
import { OPEN_END, STORAGE_LIMITS } from '../limits.ts'
import { runnerOf, type Run } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import { APPEND_LOCK } from './append-lock.ts'
import { sortLines, type StagedLines } from './lines.ts'

/** A chunk as it came; sequences begin at 0. */
export interface Chunk {
  readonly sequence: number
  readonly sha256: string
  readonly lines: readonly ScanEvent[]
}

/** Stores chunks; those of one scan in the order in which they were handed over. */
export type Append = (scanId: string, chunk: Chunk, now: Date) => Promise<boolean>

/**
 * Makes the `append` of one process. A caller may hand over the next chunk while the one before is being stored: it is prepared meanwhile,
 * and stored when it is its turn.
 */
export function openAppend(database: Kysely<Tables>): Append {
  const last = new Map<string, Promise<unknown>>()
  return (scanId, chunk, now) => {
    const before = last.get(scanId) ?? Promise.resolve()
    const stored = appendChunk(database, scanId, chunk, now, before)
    const settled = stored
      .catch(() => undefined)
      .then(() => {
        if (last.get(scanId) === settled) last.delete(scanId)
      })
    last.set(scanId, settled)
    return stored
  }
}

/** Stores one chunk in one transaction; see `ScanStore.append`. */
async function appendChunk(database: Kysely<Tables>, scanId: string, chunk: Chunk, now: Date, before: Promise<unknown>): Promise<boolean> {
  if (chunk.lines.length > LIMITS.chunkLinesMax) throw new ConflictError('chunk-lines', `A chunk has at most ${LIMITS.chunkLinesMax} lines`)
  const source = await database.selectFrom('scan').select('source_id').where('id', '=', scanId).executeTakeFirst()
  if (source === undefined) throw new ConflictError('scan-unknown', 'There is no such scan: begin it first')
  // Hashing is done before the lock is taken, so that others wait for the database only.
  const staged = sortLines(source.source_id, chunk)
  await before
  return database.transaction().execute(async (trx) => {
    const run = runnerOf(trx)
    const load = loaderOf(trx)
    await run(`select pg_advisory_xact_lock($1, $2)`, [APPEND_LOCK, source.source_id])
    const [scan] = await run<{ seq: number; state: string; received_chunks: number; problems_total: number; ended_lines: number | null }>(
      `select seq, state, received_chunks, problems_total, ended_lines from scan where id = $1 for update`,
      [scanId],
    )
    if (scan === undefined || !(await isNext(run, scan, chunk))) return false
    await writeFacts(run, load, source.source_id, staged)
    await writeLines(load, scan.seq, staged)
    await writeCoverage(run, scan.seq, source.source_id, staged)
    const problems = staged.problems.slice(0, Math.max(0, STORAGE_LIMITS.problemsStoredMax - scan.problems_total))
    await run(`insert into scan_problem (scan_seq, ordinal, line) select $1, * from unnest($2::bigint[], $3::text[])`, [
      scan.seq,
      problems.map((problem) => problem.ordinal),
      problems.map((problem) => problem.line),
    ])
    await run(`insert into scan_chunk (scan_seq, sequence, sha256) values ($1, $2, $3)`, [scan.seq, chunk.sequence, chunk.sha256])
    await run(
      `update scan set received_chunks = received_chunks + 1, received_lines = received_lines + $2, problems_total = problems_total + $3, touched_at = $4 where seq = $1`,
      [scan.seq, chunk.lines.length, staged.problems.length, now],
    )
    return true
  })
}

interface ReceivingScan {
  readonly seq: number
  readonly state: string
  readonly received_chunks: number
  readonly ended_lines: number | null
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

const FACTS: LoadTarget = {
  table: 'fact',
  columns: [
    ['hash', 'uuid'],
    ['body', 'text'],
  ],
}

const LINES: LoadTarget = {
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

const UNIQUE_VIOLATION = '23505'

/** Writes the bodies that are not there yet. The lock keeps everybody else from writing facts of this source meanwhile. */
async function writeFacts(run: Run, load: Load, sourceId: number, { observations }: StagedLines): Promise<void> {
  const bodies = new Map<string, string>()
  for (const { fact, body } of observations) bodies.set(fact, body)
  if (bodies.size === 0) return
  if ((await isUnseen(run, sourceId)) && (await loadedAllAsNew(run, load, bodies))) return
  const there = await run<{ hash: string }>(`select replace(hash::text, '-', '') as hash from fact where hash = any(string_to_array($1, ',')::uuid[])`, [
    [...bodies.keys()].join(','),
  ])
  for (const { hash } of there) bodies.delete(hash)
  await load(FACTS, bodies)
}

/** Whether nothing of a source is current: then its bodies are new, unless its first scan says something twice. */
async function isUnseen(run: Run, sourceId: number): Promise<boolean> {
  const [row] = await run<{ seen: boolean }>(`select exists (select from observation where source_id = $1 and valid_to = ${OPEN_END}) as seen`, [sourceId])
  return row?.seen === false
}

/** Loads bodies without asking first which are there: asking costs a third as much as writing. False, and nothing has changed, when one is there. */
async function loadedAllAsNew(run: Run, load: Load, bodies: ReadonlyMap<string, string>): Promise<boolean> {
  await run(`savepoint before_facts`)
  try {
    await load(FACTS, bodies)
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== UNIQUE_VIOLATION) throw error
    await run(`rollback to savepoint before_facts`)
    return false
  }
  await run(`release savepoint before_facts`)
  return true
}

async function writeLines(load: Load, scanSeq: number, { observations }: StagedLines): Promise<void> {
  await load(LINES, rowsOf(scanSeq, observations))
}

function* rowsOf(scanSeq: number, observations: StagedLines['observations']): Generator<readonly ColumnValue[]> {
  for (const { ordinal, rowKey, fact, fingerprint, entity, collection, namespace, object } of observations) {
    yield [scanSeq, ordinal, rowKey, fact, fingerprint === '' ? null : fingerprint, entity, collection, namespace, object]
  }
}

async function writeCoverage(run: Run, scanSeq: number, sourceId: number, { coverage }: StagedLines): Promise<void> {
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
