import { HTTP_LIMITS, routes } from '@mintmark/contract/http'
import type { IntegrationStore, ScanStore } from '@mintmark/storage'
import { principalOf } from '../access/guard.ts'
import type { Publisher } from '../ingest/publisher.ts'
import { viewScan } from '../ingest/view.ts'
import { waitFor } from '../ingest/wait.ts'
import type { App } from '../server/environment.ts'
import { notFound } from '../server/problem-error.ts'
import { pageRequest, viewPage } from './page.ts'

/** What the routes of scans need. */
export interface ScanPorts {
  readonly scans: Pick<ScanStore, 'list' | 'get' | 'diff'>
  readonly integrations: Pick<IntegrationStore, 'get'>
  readonly publisher: Publisher
}

/** Scans as rows, one scan with its coverage, and what changed between two. */
export function mountScans(app: App, { scans, integrations, publisher }: ScanPorts): void {
  app.openapi(routes.getScan, async (context) => {
    const { scanId } = context.req.valid('param')
    const principal = principalOf(context)
    const { publishing } = publisher.progressOf(scanId)
    // The outcome is read from the store below; a failure shows there as `failure`.
    if (publishing !== undefined)
      await waitFor(
        publishing.catch(() => undefined),
        context.req.valid('query').waitSeconds,
      )
    const scan = await scans.get(scanId)
    if (scan === undefined || (principal.kind === 'scanner' && principal.integrationId !== scan.integrationId)) throw notFound('scan')
    const limit = HTTP_LIMITS.scanDetailItemsMax
    const detail = {
      ...viewScan(scan, publisher),
      coverage: scan.coverage.slice(0, limit),
      problems: scan.problems.slice(0, limit),
      truncated: scan.coverage.length > limit || scan.problems.length > limit,
    }
    return context.json(detail, 200)
  })

  app.openapi(routes.listScans, async (context) => {
    const { integration, ...query } = context.req.valid('query')
    const owner = integration === undefined ? undefined : await integrations.get(integration)
    if (integration !== undefined && owner === undefined) throw notFound('integration')
    const page = await scans.list({ ...pageRequest(query), ...(owner === undefined ? {} : { integrationId: owner.id }) })
    return context.json(viewPage({ ...page, items: page.items.map((row) => viewScan(row, publisher)) }), 200)
  })

  app.openapi(routes.listChanges, async (context) => {
    const { from, to, ...query } = context.req.valid('query')
    const page = await scans.diff(from, to, pageRequest(query))
    return context.json(viewPage({ ...page, items: page.items.map((change) => ({ ...change, details: [...change.details] })) }), 200)
  })
}
