import { ProblemLine, type Coverage, type CoverageEntry } from '@mintmark/contract/scan'
import { sweepAbandoned } from '../ingest/abandon.ts'
import { openAppend } from '../ingest/append.ts'
import { beginScan } from '../ingest/begin.ts'
import { acceptEnd, listAcceptedEnds } from '../ingest/end.ts'
import { purgeHistory } from '../ingest/purge.ts'
import { readCoverage } from '../ingest/lines.ts'
import { describeScan } from '../ingest/scan-row.ts'
import { STORAGE_LIMITS } from '../limits.ts'
import { sweepLeftParts } from '../publishing/part-table.ts'
import { publishScan, type Connections } from '../publishing/publish.ts'
import { uuidOf } from '../schema/codes.ts'
import type { ScanStore } from '../store.ts'
import { pageSize, readCursor, toPage, writeCursor } from './cursor.ts'
import { listChanges } from './diff.ts'
import { runnerOf, type Run } from './run.ts'

const SHAPE = { list: 'scans', parts: ['number'] } as const
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Ingest and history of scans, over connection pools. */
export function openScanStore({ database, side }: Connections): ScanStore {
  const run = runnerOf(database)
  const append = openAppend(database)
  return {
    begin: (integrationId, header, now) => beginScan(database, integrationId, header, now),
    append: (scanId, chunk) => append(scanId, chunk, new Date()),
    acceptEnd: (scanId, end, now) => acceptEnd(database, scanId, end, now),
    listAcceptedEnds: () => listAcceptedEnds(database),
    purge: (keepFrom) => purgeHistory(database, keepFrom),
    async publish(scanId, end, derivation, now) {
      const published = await publishScan({ database, side }, scanId, end, derivation, now)
      // The scan is visible whatever becomes of the sweep; what it leaves is met at the next start or publication.
      await sweepAbandoned(database, now).catch(() => undefined)
      return published
    },
    async sweep(now) {
      await sweepLeftParts(database, side)
      return sweepAbandoned(database, now)
    },
    async list({ integrationId, ...page }) {
      const size = pageSize(page)
      const before = readCursor(SHAPE, page.cursor)?.[0]
      let query = database
        .selectFrom('scan')
        .selectAll()
        .orderBy('seq', 'desc')
        .limit(size + 1)
      if (typeof before === 'number') query = query.where('seq', '<', before)
      if (page.asOf !== undefined) query = query.where('number', '<=', page.asOf)
      if (integrationId !== undefined) {
        const uuid = uuidOf('integration', integrationId)
        if (uuid === undefined) return { items: [] }
        query = query.where('integration_id', '=', uuid)
      }
      return toPage(await query.execute(), size, describeScan, (last) => writeCursor(SHAPE, [last.seq]))
    },
    async get(scanId) {
      if (!UUID.test(scanId)) return undefined
      const row = await database.selectFrom('scan').selectAll().where('id', '=', scanId).executeTakeFirst()
      if (row === undefined) return undefined
      return { ...describeScan(row), coverage: await readCoverageOf(run, row.seq), problems: await readProblems(run, row.seq, row.problems_total) }
    },
    diff: (from, to, page) => listChanges(run, from, to, page),
  }
}

/** What could not be read comes first, so that a cut never hides it. */
async function readCoverageOf(run: Run, seq: number): Promise<CoverageEntry[]> {
  const rows = await run<{ collection: string; namespace: string | null; object: string | null; state: Coverage['state']; detail: string; objects: number }>(
    `select collection, namespace, object, state, detail, objects from scan_coverage where scan_seq = $1
     order by state = 'complete', collection, namespace nulls first, object nulls first, ordinal limit $2`,
    [seq, STORAGE_LIMITS.coverageShownMax],
  )
  return rows.map(({ collection, namespace, object, state, detail, objects }) => ({
    collection,
    scope: { ...(namespace === null ? {} : { namespace }), ...(object === null ? {} : { object }) },
    coverage: readCoverage(state, detail),
    objects,
  }))
}

async function readProblems(run: Run, seq: number, total: number): Promise<ProblemLine[]> {
  const rows = await run<{ line: string }>(`select line from scan_problem where scan_seq = $1 order by ordinal limit $2`, [
    seq,
    STORAGE_LIMITS.problemsShownMax,
  ])
  const shown = rows.map((row) => ProblemLine.parse(JSON.parse(row.line)))
  if (total <= shown.length) return shown
  const more = `${total - shown.length} more problems are not shown`
  return [...shown, { type: 'problem', collection: 'cluster', namespace: '', object: '', field: 'problems', problem: more }]
}
