import { routes, type ScannerKey } from '@mintmark/contract/http'
import { ConflictError, type Integration, type IntegrationStore } from '@mintmark/storage'
import { createScannerKey } from '../access/scanner-keys.ts'
import type { App } from '../server/environment.ts'
import { notFound, ProblemError } from '../server/problem-error.ts'
import { pageRequest, viewPage } from './page.ts'

/** An integration with the key that nobody can read a second time. */
export interface NewIntegration {
  readonly integration: Integration
  readonly key: ScannerKey
}

/**
 * Creates an integration and the key of its scanner.
 *
 * @throws ProblemError name-taken
 */
export async function createIntegration(
  integrations: Pick<IntegrationStore, 'create'>,
  wanted: { readonly kind: 'kubernetes'; readonly name: string; readonly now: Date },
): Promise<NewIntegration> {
  const key = createScannerKey()
  try {
    const integration = await integrations.create({ ...wanted, publicKeyPem: key.publicKeyPem })
    return { integration, key: key.show(integration.id) }
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error
    throw new ProblemError('name-taken', { detail: 'Another integration has this name.', remedy: 'Choose another name, or delete that integration first.' })
  }
}

/** Integrations: created with a key that is shown once, listed, deleted. */
export function mountIntegrations(app: App, { integrations, clock }: { readonly integrations: IntegrationStore; readonly clock: () => Date }): void {
  app.openapi(routes.createIntegration, async (context) => {
    const { kind, name } = context.req.valid('json')
    return context.json(await createIntegration(integrations, { kind, name, now: clock() }), 201)
  })

  app.openapi(routes.listIntegrations, async (context) => {
    return context.json(viewPage(await integrations.list(pageRequest(context.req.valid('query')))), 200)
  })

  app.openapi(routes.getIntegration, async (context) => {
    const integration = await integrations.get(context.req.valid('param').integrationId)
    if (integration === undefined) throw notFound('integration')
    return context.json(integration, 200)
  })

  app.openapi(routes.deleteIntegration, async (context) => {
    const integration = await integrations.get(context.req.valid('param').integrationId)
    if (integration === undefined || !(await integrations.delete(integration.id))) throw notFound('integration')
    return context.body(null, 204)
  })
}
