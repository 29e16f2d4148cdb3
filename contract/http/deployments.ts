import { z } from '@hono/zod-openapi'
import { Deployment as ScanDeployment } from '@mintmark/contract/scan'
import { asOf, atQuery, Id, idParam, json, pageOf, pageQuery } from './page.ts'
import { problemResponses } from './problem.ts'
import { declareRoute } from './route.ts'

/** One place where an application runs. */
export const Deployment = ScanDeployment.extend({ id: Id }).openapi('Deployment')
export type Deployment = z.infer<typeof Deployment>

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
  responses: { 200: json('The deployment', Deployment), ...problemResponses },
})
