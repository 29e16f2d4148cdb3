import { routes } from '@mintmark/contract/http'
import { LIMITS } from '@mintmark/contract/scan'
import type { ScanStore } from '@mintmark/storage'
import { principalOf } from '../access/guard.ts'
import type { App, Principal } from '../server/environment.ts'
import type { Metrics } from '../server/metrics.ts'
import { notFound, ProblemError } from '../server/problem-error.ts'
import { readChunk, type Chunk } from './chunk.ts'
import { createScanOwners } from './owners.ts'
import type { Publisher } from './publisher.ts'
import { viewScan } from './view.ts'
import { waitFor } from './wait.ts'

/** Chunks that are in memory at once; more callers are asked to come back. */
const CHUNKS_AT_ONCE_MAX = 8

/** What ingest needs. */
export interface IngestPorts {
  readonly scans: Pick<ScanStore, 'begin' | 'append' | 'get'>
  readonly publisher: Publisher
  readonly clock: () => Date
  readonly metrics: Metrics
}

/** The way of a scan into the store: begin, chunks, end. Every step can be repeated. */
export function mountIngest(app: App, { scans, publisher, clock, metrics }: IngestPorts): void {
  const owners = createScanOwners(scans)
  let chunksAtOnce = 0

  app.openapi(routes.beginScan, async (context) => {
    const header = context.req.valid('json')
    if (header.version > LIMITS.documentVersion) {
      throw new ProblemError('scan-version-unsupported', {
        detail: `This server knows scan documents up to version ${LIMITS.documentVersion}; this one is of version ${header.version}.`,
        remedy: 'Upgrade the control plane before its scanners.',
      })
    }
    const row = await scans.begin(scannerOf(principalOf(context)), header, clock())
    owners.remember(row.id, row.integrationId)
    if (row.receivedChunks === 0 && row.state === 'receiving') metrics.scans.inc({ state: 'begun' })
    return context.json(viewScan(row, publisher), 200)
  })

  app.openapi(routes.appendChunk, async (context) => {
    const { scanId, sequence } = context.req.valid('param')
    const headers = context.req.valid('header')
    await owners.demand(scanId, scannerOf(principalOf(context)))
    if (chunksAtOnce >= CHUNKS_AT_ONCE_MAX)
      throw new ProblemError('server-busy', { remedy: 'Send the chunk again in a second.', headers: { 'retry-after': '1' } })
    chunksAtOnce += 1
    try {
      const body = new Uint8Array(await context.req.arrayBuffer())
      const chunk = await readChunk({ body, digest: headers['content-digest'], gzip: headers['content-encoding'] === 'gzip' })
      const stored = await scans.append(scanId, { sequence, ...chunk })
      if (stored) countChunk(metrics, body.length, chunk)
      const nextSequence = stored ? sequence + 1 : ((await scans.get(scanId))?.receivedChunks ?? sequence + 1)
      return context.json({ stored, nextSequence }, 200)
    } finally {
      chunksAtOnce -= 1
    }
  })

  app.openapi(routes.endScan, async (context) => {
    const { scanId } = context.req.valid('param')
    await owners.demand(scanId, scannerOf(principalOf(context)))
    const publishing = publisher.publish(scanId, context.req.valid('json'))
    const row = await waitFor(publishing, context.req.valid('query').waitSeconds)
    if (row !== undefined) return context.json(viewScan(row, publisher), 200)
    const pending = await scans.get(scanId)
    if (pending === undefined) throw notFound('scan')
    return context.json(viewScan(pending, publisher), pending.state === 'visible' ? 200 : 202)
  })
}

function countChunk(metrics: Metrics, bytes: number, chunk: Chunk): void {
  metrics.ingestBytes.inc(bytes)
  for (const type of ['observation', 'coverage', 'problem'] as const) {
    metrics.ingestLines.inc({ type }, chunk.lines.filter((line) => line.type === type).length)
  }
}

function scannerOf(principal: Principal): string {
  if (principal.kind === 'scanner') return principal.integrationId
  throw new ProblemError('permission-denied', { detail: 'Only a scanner sends scans.' })
}
