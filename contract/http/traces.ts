import { z } from '@hono/zod-openapi'
import { Link } from '@mintmark/contract/scan'
import { Application } from './applications.ts'
import { Deployment } from './deployments.ts'
import { Identity } from './identities.ts'
import { HTTP_LIMITS } from './limits.ts'
import { atQuery, idParam, json } from './page.ts'
import { problemResponses } from './problem.ts'
import { declareRoute } from './route.ts'
import { Secret } from './secrets.ts'

const LIST_MAX = HTTP_LIMITS.pageSizeMax
const truncated = z.boolean().describe('There is more than the trace shows; the lists have it all')

/** From an application to the deployments that run it and the secrets that they use. */
export const ApplicationTrace = z
  .object({ application: Application, deployments: z.array(Deployment).max(LIST_MAX), secrets: z.array(Secret).max(LIST_MAX), truncated })
  .openapi('ApplicationTrace')
export type ApplicationTrace = z.infer<typeof ApplicationTrace>

/** From a deployment to its application, to the identities that it runs as or federates with, and to the secrets that it uses. */
export const DeploymentTrace = z
  .object({
    deployment: Deployment,
    application: Application.optional(),
    identities: z.array(z.object({ link: Link, identity: Identity.optional() })).max(LIST_MAX),
    secrets: z.array(Secret).max(LIST_MAX),
    truncated,
  })
  .openapi('DeploymentTrace')
export type DeploymentTrace = z.infer<typeof DeploymentTrace>

/** From an identity to the secrets that are its own and to the applications that use them. */
export const IdentityTrace = z
  .object({
    identity: Identity,
    secrets: z.array(Secret).max(LIST_MAX),
    applications: z.array(Application).max(LIST_MAX),
    deployments: z.array(Deployment).max(LIST_MAX).optional().describe('Of a SPIFFE ID: deployments whose pods are given it'),
    truncated,
  })
  .openapi('IdentityTrace')
export type IdentityTrace = z.infer<typeof IdentityTrace>

/** `GET /api/v1/applications/{applicationId}/trace` */
export const traceApplication = declareRoute({
  method: 'get',
  path: '/api/v1/applications/{applicationId}/trace',
  operationId: 'traceApplication',
  summary: 'Where an application runs and which secrets it uses',
  'x-permission': 'inventory.read',
  request: { params: z.object({ applicationId: idParam }), query: atQuery },
  responses: { 200: json('The trace', ApplicationTrace), ...problemResponses },
})

/** `GET /api/v1/deployments/{deploymentId}/trace` */
export const traceDeployment = declareRoute({
  method: 'get',
  path: '/api/v1/deployments/{deploymentId}/trace',
  operationId: 'traceDeployment',
  summary: 'What a deployment runs as and which secrets it uses',
  'x-permission': 'inventory.read',
  request: { params: z.object({ deploymentId: idParam }), query: atQuery },
  responses: { 200: json('The trace', DeploymentTrace), ...problemResponses },
})

/** `GET /api/v1/identities/{identityId}/trace` */
export const traceIdentity = declareRoute({
  method: 'get',
  path: '/api/v1/identities/{identityId}/trace',
  operationId: 'traceIdentity',
  summary: "Which secrets are an identity's own and who uses them",
  'x-permission': 'inventory.read',
  request: { params: z.object({ identityId: idParam }), query: atQuery },
  responses: { 200: json('The trace', IdentityTrace), ...problemResponses },
})
