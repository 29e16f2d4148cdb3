import type { ProblemLine, ScanEnd } from '@mintmark/contract/scan'
import type { Kysely, Selectable } from 'kysely'
import { loaderOf, type Load } from '../bulk/load.ts'
import { ConflictError } from '../errors.ts'
import { checkComplete } from '../ingest/end.ts'
import { describeScan, readHeader } from '../ingest/scan-row.ts'
import { OPEN_END, STORAGE_LIMITS } from '../limits.ts'
import { runnerOf, type Run } from '../queries/run.ts'
import type { ScanTable, Tables } from '../schema/tables.ts'
import type { Derivation, ScanRow } from '../store.ts'
import { together, turnTaker } from '../turns.ts'
import { applyObservations, removeLines } from './apply.ts'
import { updateGaps } from './gaps.ts'
import { BULK_OCCURRENCES_MIN, linkNamespaces } from './link.ts'
import { openSentenceBook } from './number-book.ts'
import { PUBLISH_LOCK, STATISTICS_TARGET } from './part-table.ts'
import { openParts } from './parts.ts'
import type { Publication } from './publication.ts'
import { openSubjectTotals } from './subject-totals.ts'
import { openSubjectBook } from './subjects.ts'
import { rescoreSource, summarizeTouched } from './summaries.ts'
import { countSecrets, groupApplications } from './totals.ts'

/** The connections of a store. */
export interface Connections {
  readonly database: Kysely<Tables>
  /** Those beside the connection of a publication. */
  readonly side: Kysely<Tables>
}

/** Makes a scan visible as a whole, or leaves everything as it was; see `ScanStore.publish`. */
export async function publishScan({ database, side }: Connections, scanId: string, end: ScanEnd, derivation: Derivation, now: Date): Promise<ScanRow> {
  return database.transaction().execute(async (trx) => {
    const { run, load } = oneAtATime(runnerOf(trx), loaderOf(trx))
    // Publishing lasts as long as the scan is large, and waits for the one before it.
    await run(`set local statement_timeout = 0`)
    await run(`set local lock_timeout = 0`)
    await run(`set local idle_in_transaction_session_timeout = 0`)
    await run(`set local gin_pending_list_limit = '16MB'`)
    // Statistics of new tables are taken while everybody waits for the scan; a small sample tells enough until the server looks itself.
    await run(`set local default_statistics_target = ${STATISTICS_TARGET}`)
    await run(`select pg_advisory_xact_lock($1)`, [PUBLISH_LOCK])
    const scan = await trx.selectFrom('scan').selectAll().where('id', '=', scanId).forUpdate().executeTakeFirst()
    if (scan === undefined) throw new ConflictError('scan-unknown', 'There is no such scan: begin it first')
    if (scan.state === 'visible') return describeScan(scan)
    checkComplete(scan, end)
    const number = await takeNumber(run, scan.seq, end, now)
    const publication = await openPublication({ run, load, side }, scan, number, end, derivation)
    try {
      await derive(publication)
    } catch (error) {
      await publication.parts.discard()
      throw error
    }
    return describeScan(await trx.selectFrom('scan').selectAll().where('id', '=', scanId).executeTakeFirstOrThrow())
  })
}

/** A connection runs one statement at a time; those of a batch that is being written and of the stream that is being read take turns. */
function oneAtATime(run: Run, load: Load): { readonly run: Run; readonly load: Load } {
  let last: Promise<unknown> = Promise.resolve()
  function queue<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = last.then(work)
    last = next.catch(() => undefined)
    return next
  }
  return {
    run: <Row extends object>(text: string, parameters?: readonly unknown[]) => queue(() => run<Row>(text, parameters)),
    load: (target, rows) => queue(() => load(target, rows)),
  }
}

async function takeNumber(run: Run, seq: number, end: ScanEnd, now: Date): Promise<number> {
  const [row] = await run<{ number: number }>(
    `update scan set state = 'visible', number = (select coalesce(max(number), 0) + 1 from scan), finished_at = $2, visible_at = $3 where seq = $1 returning number`,
    [seq, end.finishedAt, now],
  )
  if (row === undefined) throw new ConflictError('scan-unknown', 'There is no such scan')
  return row.number
}

async function openPublication(
  { run, load, side }: Pick<Publication, 'run' | 'load'> & Pick<Connections, 'side'>,
  scan: Selectable<ScanTable>,
  number: number,
  end: ScanEnd,
  derivation: Derivation,
): Promise<Publication & { readonly notes: ProblemLine[] }> {
  const header = readHeader(scan.header)
  const notes: ProblemLine[] = []
  const subjects = openSubjectBook(run, load)
  return {
    run,
    load,
    scanSeq: scan.seq,
    number,
    source: { id: scan.source_id, key: header.source.key },
    mode: header.mode,
    isFirst: await isFirstOf(run, scan.source_id),
    clock: new Date(end.finishedAt),
    derivation,
    subjects,
    totals: openSubjectTotals(() => subjects.firstNew()),
    sentences: openSentenceBook(run),
    parts: openParts(run, load, side, number),
    notes,
    note: (problem) => notes.push({ type: 'problem', ...problem }),
    yieldTurn: turnTaker(STORAGE_LIMITS.turnMsMax),
  }
}

/** Whether nothing of a source is current. */
async function isFirstOf(run: Run, sourceId: number): Promise<boolean> {
  const current = ['observation', 'occurrence', 'deployment', 'identity'].map(
    (table) => `exists (select from ${table} where source_id = ${sourceId} and valid_to = ${OPEN_END})`,
  )
  const [found] = await run<{ any: boolean }>(`select ${current.join(' or ')} as any`)
  return found?.any === false
}

/** Observations, then what they mean: occurrences with their consumers, secrets with their levels, applications, totals. */
async function derive(publication: Publication & { readonly notes: readonly ProblemLine[] }): Promise<void> {
  const { run, scanSeq, mode, notes, parts } = publication
  const { touchedOccurrences } = await applyObservations(publication)
  await updateGaps(publication)
  await linkNamespaces(publication, touchedOccurrences)
  // Neither applications nor lines need what parts hold, so both are dealt with while these get their indexes.
  await together(
    parts.build(),
    groupApplications(publication).then(() => removeLines(publication)),
  )
  await parts.attach()
  await summarizeTouched(publication)
  if (mode === 'full') await rescoreSource(publication)
  await countSecrets(publication)
  if (touchedOccurrences >= BULK_OCCURRENCES_MIN) await tidyIndexes(run)
  await run(
    `insert into scan_problem (scan_seq, ordinal, line) select ${scanSeq}, -ordinality, line from unnest($1::text[]) with ordinality as n (line, ordinality)`,
    [notes.map((note) => JSON.stringify(note))],
  )
  await run(`update scan set problems_total = problems_total + $2 where seq = $1`, [scanSeq, notes.length])
}

/** What a large scan has put off: ranges of disk that nobody has summarised, and index entries that lie in a heap. Every question would read them. */
async function tidyIndexes(run: Run): Promise<void> {
  for (const table of ['application', 'deployment', 'identity', 'subject_total']) await run(`select brin_summarize_new_values('${table}_began')`)
  // The large tables keep one of each index for every part.
  for (const table of ['occurrence', 'secret'])
    await run(`select brin_summarize_new_values(inhrelid) from pg_inherits where inhparent = '${table}_began'::regclass`)
  await run(`select gin_clean_pending_list(inhrelid) from pg_inherits where inhparent = 'secret_by_subject'::regclass`)
}
