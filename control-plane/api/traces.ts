import {
  HTTP_LIMITS,
  routes,
  type Application,
  type ApplicationTrace,
  type Deployment,
  type DeploymentTrace,
  type IdentityTrace,
  type Secret,
} from '@mintmark/contract/http'
import type { InventoryStore, PageRequest } from '@mintmark/storage'
import { clusterSegment } from '../mint/issuing-clusters.ts'
import type { IssuedIdentities } from '../mint/issued.ts'
import type { App } from '../server/environment.ts'
import { notFound } from '../server/problem-error.ts'
import { resolveIdentities } from './linked-identities.ts'
import { traceSecret } from './secret-trace.ts'

/** Things of each kind that a trace shows. */
const TRACE_MAX = HTTP_LIMITS.pageSizeMax

/** From one thing of the inventory to everything that hangs on it. */
export function mountTraces(app: App, { inventory, issued }: { readonly inventory: InventoryStore; readonly issued: IssuedIdentities }): void {
  app.openapi(routes.traceApplication, async (context) => {
    const trace = await traceApplication(inventory, context.req.valid('param').applicationId, context.req.valid('query').asOf)
    if (trace === undefined) throw notFound('application')
    return context.json(trace, 200)
  })

  app.openapi(routes.traceDeployment, async (context) => {
    const trace = await traceDeployment(inventory, issued, context.req.valid('param').deploymentId, context.req.valid('query').asOf)
    if (trace === undefined) throw notFound('deployment')
    return context.json(trace, 200)
  })

  app.openapi(routes.traceIdentity, async (context) => {
    const trace = await traceIdentity(inventory, issued, context.req.valid('param').identityId, context.req.valid('query').asOf)
    if (trace === undefined) throw notFound('identity')
    return context.json(trace, 200)
  })

  app.openapi(routes.traceSecret, async (context) => {
    const trace = await traceSecret(inventory, context.req.valid('param').secretId, context.req.valid('query').asOf)
    if (trace === undefined) throw notFound('secret')
    return context.json(trace, 200)
  })
}

async function traceApplication(inventory: InventoryStore, id: string, asOf: number | undefined): Promise<ApplicationTrace | undefined> {
  const application = await inventory.getApplication(id, asOf)
  if (application === undefined) return undefined
  const page = firstPage(asOf)
  const deployments = await inventory.listDeployments({ ...page, application: application.id })
  const secrets = await inventory.listSecretsOf({ entity: 'application', id: application.id }, page)
  return {
    application,
    deployments: [...deployments.items],
    secrets: [...secrets.items],
    truncated: deployments.next !== undefined || secrets.next !== undefined,
  }
}

async function traceDeployment(
  inventory: InventoryStore,
  issued: IssuedIdentities,
  id: string,
  asOf: number | undefined,
): Promise<DeploymentTrace | undefined> {
  const deployment = await inventory.getDeployment(id, asOf)
  if (deployment === undefined) return undefined
  const application = await inventory.getApplication(deployment.application, asOf)
  const secrets = await inventory.listSecretsOf({ entity: 'deployment', id: deployment.id }, firstPage(asOf))
  const scanned = await resolveIdentities(inventory, deployment.links, asOf)
  const identities = asOf === undefined ? [...scanned, ...(await issued.linksOf(deployment))] : scanned
  return {
    deployment,
    ...(application === undefined ? {} : { application }),
    identities: identities.slice(0, TRACE_MAX),
    secrets: [...secrets.items],
    truncated: secrets.next !== undefined || identities.length > TRACE_MAX,
  }
}

async function traceIdentity(inventory: InventoryStore, issued: IssuedIdentities, id: string, asOf: number | undefined): Promise<IdentityTrace | undefined> {
  const identity = await inventory.getIdentity(id, asOf)
  if (identity === undefined) return asOf === undefined ? await traceIssued(inventory, issued, id) : undefined
  const secrets = await inventory.listSecretsOf({ entity: 'identity', id: identity.id }, firstPage(asOf))
  const keys = [...new Set(secrets.items.flatMap((secret: Secret) => secret.applications))]
  const applications: Application[] = []
  for (const key of keys.slice(0, TRACE_MAX)) {
    const application = await inventory.getApplication(key, asOf)
    if (application !== undefined) applications.push(application)
  }
  return { identity, secrets: [...secrets.items], applications, truncated: secrets.next !== undefined || keys.length > TRACE_MAX }
}

/** From a SPIFFE ID that Mint has issued to the deployments whose pods are given it. It has no secret: that is what it is for. */
async function traceIssued(inventory: InventoryStore, issued: IssuedIdentities, id: string): Promise<IdentityTrace | undefined> {
  const found = await issued.get(id)
  if (found === undefined) return undefined
  const deployments: Deployment[] = []
  const applications = new Map<string, Application>()
  let truncated = false
  for (const place of found.places) {
    const page = await inventory.listDeployments({ size: TRACE_MAX, namespace: place.namespace })
    truncated ||= page.next !== undefined
    deployments.push(...page.items.filter((each) => each.serviceAccount === place.serviceAccount && clusterSegment(each) === place.clusterSegment))
  }
  for (const { application: key } of deployments) {
    const application = applications.has(key) ? undefined : await inventory.getApplication(key)
    if (application !== undefined) applications.set(key, application)
  }
  return {
    identity: found.identity,
    secrets: [],
    applications: [...applications.values()].slice(0, TRACE_MAX),
    deployments: deployments.slice(0, TRACE_MAX),
    truncated: truncated || deployments.length > TRACE_MAX,
  }
}

function firstPage(asOf: number | undefined): PageRequest {
  return { size: TRACE_MAX, ...(asOf === undefined ? {} : { asOf }) }
}
