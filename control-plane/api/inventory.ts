import { routes } from '@mintmark/contract/http'
import type { InventoryStore } from '@mintmark/storage'
import type { IssuedIdentities } from '../mint/issued.ts'
import type { App } from '../server/environment.ts'
import { notFound } from '../server/problem-error.ts'
import { mountIdentities } from './identities.ts'
import { pageRequest, present, viewPage } from './page.ts'

/** Lists and single things of the inventory, as of now or as of a scan. */
export function mountInventory(app: App, { inventory, issued }: { readonly inventory: InventoryStore; readonly issued: IssuedIdentities }): void {
  mountApplications(app, inventory)
  mountDeployments(app, inventory, issued)
  mountIdentities(app, { inventory, issued })
  mountSecrets(app, inventory)

  app.openapi(routes.listReferences, async (context) => {
    const { namespace, ...query } = context.req.valid('query')
    return context.json(viewPage(await inventory.listReferences({ ...pageRequest(query), ...present({ namespace }) })), 200)
  })
}

function mountApplications(app: App, inventory: InventoryStore): void {
  app.openapi(routes.listApplications, async (context) => {
    const { name, ...query } = context.req.valid('query')
    return context.json(viewPage(await inventory.listApplications({ ...pageRequest(query), ...present({ name }) })), 200)
  })

  app.openapi(routes.getApplication, async (context) => {
    const application = await inventory.getApplication(context.req.valid('param').applicationId, context.req.valid('query').asOf)
    if (application === undefined) throw notFound('application')
    return context.json(application, 200)
  })
}

function mountDeployments(app: App, inventory: InventoryStore, issued: IssuedIdentities): void {
  app.openapi(routes.listDeployments, async (context) => {
    const { application, namespace, name, ...query } = context.req.valid('query')
    return context.json(viewPage(await inventory.listDeployments({ ...pageRequest(query), ...present({ application, namespace, name }) })), 200)
  })

  app.openapi(routes.getDeployment, async (context) => {
    const { asOf } = context.req.valid('query')
    const deployment = await inventory.getDeployment(context.req.valid('param').deploymentId, asOf)
    if (deployment === undefined) throw notFound('deployment')
    return context.json(asOf === undefined ? { ...deployment, issuance: await issued.ofDeployment(deployment) } : deployment, 200)
  })
}

function mountSecrets(app: App, inventory: InventoryStore): void {
  app.openapi(routes.listSecrets, async (context) => {
    const { levelAtLeast, kind, provider, application, namespace, publicId, ...query } = context.req.valid('query')
    const filter = present({ levelAtLeast, kind, provider, application, namespace, publicId })
    return context.json(viewPage(await inventory.listSecrets({ ...pageRequest(query), ...filter })), 200)
  })

  app.openapi(routes.getSecret, async (context) => {
    const secret = await inventory.getSecret(context.req.valid('param').secretId, context.req.valid('query').asOf)
    if (secret === undefined) throw notFound('secret')
    return context.json(secret, 200)
  })

  app.openapi(routes.listOccurrences, async (context) => {
    const query = context.req.valid('query')
    const secret = await inventory.getSecret(context.req.valid('param').secretId, query.asOf)
    if (secret === undefined) throw notFound('secret')
    return context.json(viewPage(await inventory.listOccurrences(secret.id, pageRequest(query))), 200)
  })
}
