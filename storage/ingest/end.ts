import type { ScanEnd } from '@mintmark/contract/scan'
import type { Kysely, Selectable } from 'kysely'
import { ConflictError } from '../errors.ts'
import { STORAGE_LIMITS } from '../limits.ts'
import { runnerOf } from '../queries/run.ts'
import type { ScanTable, Tables } from '../schema/tables.ts'
import type { AcceptedEnd } from '../store.ts'

/**
 * Writes down that a scan has ended, before it is published: whoever starts next can finish it without its scanner. Repeating it changes nothing.
 *
 * @throws ConflictError when lines are missing, when the scan was given up, or when it has ended otherwise
 */
export async function acceptEnd(database: Kysely<Tables>, scanId: string, end: ScanEnd, now: Date): Promise<void> {
  await database.transaction().execute(async (trx) => {
    // Locked, so that no chunk is stored between the check and the end.
    const scan = await trx.selectFrom('scan').selectAll().where('id', '=', scanId).forUpdate().executeTakeFirst()
    if (scan === undefined) throw new ConflictError('scan-unknown', 'There is no such scan: begin it first')
    if (scan.state === 'visible') return
    checkComplete(scan, end)
    await trx.updateTable('scan').set({ finished_at: end.finishedAt, ended_lines: end.lines, touched_at: now }).where('seq', '=', scan.seq).execute()
  })
}

/** @throws ConflictError when the scan cannot be published with this end */
export function checkComplete(scan: Selectable<ScanTable>, end: ScanEnd): void {
  if (scan.state === 'abandoned') throw new ConflictError('scan-closed', 'The scan was given up because nobody continued it: scan again')
  if (scan.received_lines !== end.lines) {
    throw new ConflictError(
      'scan-incomplete',
      `The scan ends after ${end.lines} lines, but ${scan.received_lines} were received: send the chunks from ${scan.received_chunks} on`,
    )
  }
  if (scan.ended_lines !== null && scan.finished_at !== null && scan.finished_at.getTime() !== Date.parse(end.finishedAt)) {
    throw new ConflictError('scan-ended', `The scan has ended at ${scan.finished_at.toISOString()} already`)
  }
}

/** Scans whose end was accepted and that are not visible, in the order in which they were begun. */
export async function listAcceptedEnds(database: Kysely<Tables>): Promise<AcceptedEnd[]> {
  const rows = await runnerOf(database)<{ id: string; finished_at: Date; ended_lines: number }>(
    `select id, finished_at, ended_lines from scan where state = 'receiving' and ended_lines is not null order by seq limit $1`,
    [STORAGE_LIMITS.pageRowsMax],
  )
  return rows.map(({ id, finished_at, ended_lines }) => ({ scanId: id, end: { type: 'end', finishedAt: finished_at.toISOString(), lines: ended_lines } }))
}
