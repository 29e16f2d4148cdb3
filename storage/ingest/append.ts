import { LIMITS, type ScanEvent } from '@mintmark/contract/scan'
import type { Kysely } from 'kysely'
import { ConflictError } from '../errors.ts'
import { STORAGE_LIMITS } from '../limits.ts'
import { runnerOf, type Run } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import { sortLines, type StagedLines } from './lines.ts'

/** Class of advisory locks that let one chunk of a source be stored at a time: two would wait for each other's facts. */
const APPEND_LOCK = 7_420

/** A chunk as it came; sequences begin at 0. */
export interface Chunk {
  readonly sequence: number
  readonly sha256: string
  readonly lines: readonly ScanEvent[]
}

/** Stores one chunk in one transaction; see `ScanStore.append`. */
export async function appendChunk(database: Kysely<Tables>, scanId: string, chunk: Chunk, now: Date): Promise<boolean> {
  if (chunk.lines.length > LIMITS.chunkLinesMax) throw new ConflictError('chunk-lines', `A chunk has at most ${LIMITS.chunkLinesMax} lines`)
  const source = await database.selectFrom('scan').select('source_id').where('id', '=', scanId).executeTakeFirst()
  if (source === undefined) throw new ConflictError('scan-unknown', 'There is no such scan: begin it first')
  // Hashing is done before the lock is taken, so that others wait for the database only.
  const staged = sortLines(source.source_id, chunk)
  return database.transaction().execute(async (trx) => {
    const run = runnerOf(trx)
    await run(`select pg_advisory_xact_lock($1, $2)`, [APPEND_LOCK, source.source_id])
    const [scan] = await run<{ seq: number; state: string; received_chunks: number; problems_total: number }>(
      `select seq, state, received_chunks, problems_total from scan where id = $1 for update`,
      [scanId],
    )
    if (scan === undefined || !(await isNext(run, scan, chunk))) return false
    await writeFacts(run, staged)
    await writeLines(run, scan.seq, staged)
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

/** True when the chunk continues the scan, false when it is there already. */
async function isNext(run: Run, scan: { readonly seq: number; readonly state: string; readonly received_chunks: number }, chunk: Chunk): Promise<boolean> {
  if (chunk.sequence < scan.received_chunks) {
    const [there] = await run<{ sha256: string }>(`select sha256 from scan_chunk where scan_seq = $1 and sequence = $2`, [scan.seq, chunk.sequence])
    if (there?.sha256 === chunk.sha256) return false
    throw new ConflictError('chunk-differs', `Chunk ${chunk.sequence} was stored before with other content`)
  }
  if (scan.state !== 'receiving') throw new ConflictError('scan-closed', `The scan is ${scan.state} and takes no further chunks`)
  if (chunk.sequence >= LIMITS.chunksMax) throw new ConflictError('chunks-max', `A scan has at most ${LIMITS.chunksMax} chunks`)
  if (chunk.sequence > scan.received_chunks) throw new ConflictError('chunk-order', `Chunk ${scan.received_chunks} is expected next, not ${chunk.sequence}`)
  return true
}

async function writeFacts(run: Run, { observations }: StagedLines): Promise<void> {
  for (let start = 0; start < observations.length; start += STORAGE_LIMITS.batchRowsMax) {
    const batch = observations.slice(start, start + STORAGE_LIMITS.batchRowsMax)
    // JSON never holds a line feed, so bodies travel as one text without any escaping.
    await run(
      `insert into fact (hash, body) select hash::uuid, body from rows from (string_to_table($1, E'\\n'), string_to_table($2, E'\\n')) as line (hash, body)
       on conflict (hash) do nothing`,
      [batch.map((line) => line.fact).join('\n'), batch.map((line) => line.body).join('\n')],
    )
  }
}

async function writeLines(run: Run, scanSeq: number, { observations }: StagedLines): Promise<void> {
  if (observations.length === 0) return
  await run(
    `insert into scan_line (scan_seq, ordinal, row_key, fact, fingerprint, entity, collection, namespace, object)
     select $1, ordinal::bigint, row_key::uuid, fact::uuid, nullif(fingerprint, '')::uuid, entity::smallint, collection, namespace, object
     from rows from (string_to_table($2, E'\\n'), string_to_table($3, E'\\n'), string_to_table($4, E'\\n'), string_to_table($5, E'\\n'), string_to_table($6, E'\\n'),
       unnest($7::text[]), unnest($8::text[]), unnest($9::text[])) as line (ordinal, row_key, fact, fingerprint, entity, collection, namespace, object)`,
    [
      scanSeq,
      observations.map((line) => line.ordinal).join('\n'),
      observations.map((line) => line.rowKey).join('\n'),
      observations.map((line) => line.fact).join('\n'),
      observations.map((line) => line.fingerprint).join('\n'),
      observations.map((line) => line.entity).join('\n'),
      observations.map((line) => line.collection),
      observations.map((line) => line.namespace),
      observations.map((line) => line.object),
    ],
  )
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
