import { openApiDocument, OpenApiDocument, routes } from '@mintmark/contract/http'
import type { Store } from '@mintmark/storage'
import { waitFor } from '../ingest/wait.ts'
import type { App } from './environment.ts'
import type { Metrics } from './metrics.ts'
import { ProblemError } from './problem-error.ts'

/** Seconds that the database has to answer a probe. */
const PING_SECONDS_MAX = 2

/** What machines ask: alive, ready, figures, and the description of the interface. */
export function mountHealth(app: App, { store, metrics }: { readonly store: Pick<Store, 'ping'>; readonly metrics: Metrics }): void {
  let document: OpenApiDocument | undefined

  app.openapi(routes.getHealth, (context) => context.json({ status: 'ok' as const }, 200))

  app.openapi(routes.getReadiness, async (context) => {
    if (!(await databaseAnswers(store, metrics))) {
      throw new ProblemError('database-unavailable', { remedy: 'The log of the control plane says why.', headers: { 'retry-after': '2' } })
    }
    return context.json({ status: 'ok' as const }, 200)
  })

  app.openapi(routes.getMetrics, async (context) => {
    await databaseAnswers(store, metrics)
    return context.text(await metrics.registry.metrics(), 200, { 'content-type': metrics.registry.contentType })
  })

  app.openapi(routes.getOpenApi, (context) => {
    document ??= OpenApiDocument.parse(openApiDocument())
    return context.json(document, 200)
  })
}

async function databaseAnswers(store: Pick<Store, 'ping'>, metrics: Metrics): Promise<boolean> {
  const answered = await waitFor(
    store.ping().then(
      () => true,
      () => false,
    ),
    PING_SECONDS_MAX,
  )
  metrics.databaseUp.set(answered === true ? 1 : 0)
  return answered === true
}
