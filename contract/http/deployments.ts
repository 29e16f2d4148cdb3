import { z } from '@hono/zod-openapi'
import { Deployment as ScanDeployment } from '@mintmark/contract/scan'
import { asOf, atQuery, Id, idParam, json, pageOf, pageQuery } from './page.ts'
import { problemResponses } from './problem.ts'
import { declareRoute } from './route.ts'

/** One place where an application runs. */
export const Deployment = ScanDeployment.extend({ id: Id }).openapi('Deployment')
export type Deployment = z.infer<typeof Deployment>

/** What Mint has issued to a deployment, by its cluster, namespace and service account. */
export const DeploymentIssuance = z
  .object({
    state: z.enum(['issued', 'not-issued', 'unknown']).describe('unknown: no cluster of a trust domain could be told to be the one of the deployment'),
    spiffeId: z.string().max(2_048).optional().describe('The one that it was given last; before that, the one that it would get under the default template'),
    lastIssuedAt: z.iso.datetime().optional(),
    lastExpiresAt: z.iso.datetime().optional(),
    identities: z.array(z.string().max(2_100)).max(16).describe('Natural keys of the identities that were issued'),
    evidence: z.array(z.string().max(512)).max(8),
  })
  .openapi('DeploymentIssuance')
export type DeploymentIssuance = z.infer<typeof DeploymentIssuance>

const deploymentParams = z.object({ deploymentId: idParam })

/** `GET /api/v1/deployments` */
export const listDeployments = declareRoute({
  method: 'get',
  path: '/api/v1/deployments',
  operationId: 'listDeployments',
  summary: 'Deployments by name',
  'x-permission': 'inventory.read',
  request: {
    query: z.object({
      ...pageQuery,
      asOf,
      application: idParam.optional().describe('Id or natural key of an application'),
      namespace: z.string().max(253).optional(),
      name: z.string().max(512).optional().describe('Part of the name'),
    }),
  },
  responses: { 200: json('A page', pageOf(Deployment)), ...problemResponses },
})

/** `GET /api/v1/deployments/{deploymentId}` */
export const getDeployment = declareRoute({
  method: 'get',
  path: '/api/v1/deployments/{deploymentId}',
  operationId: 'getDeployment',
  summary: 'One deployment',
  'x-permission': 'inventory.read',
  request: { params: deploymentParams, query: atQuery },
  responses: {
    200: json('The deployment; what was issued to it stands in answers about the present only', Deployment.extend({ issuance: DeploymentIssuance.optional() })),
    ...problemResponses,
  },
})
