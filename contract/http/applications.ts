import { z } from '@hono/zod-openapi'
import { Application as ScanApplication } from '@mintmark/contract/scan'
import { asOf, atQuery, Id, idParam, json, pageOf, pageQuery } from './page.ts'
import { problemResponses } from './problem.ts'
import { declareRoute } from './route.ts'

/** A piece of software, from one or more deployments. */
export const Application = ScanApplication.extend({ id: Id }).openapi('Application')
export type Application = z.infer<typeof Application>

const applicationParams = z.object({ applicationId: idParam })

/** `GET /api/v1/applications` */
export const listApplications = declareRoute({
  method: 'get',
  path: '/api/v1/applications',
  operationId: 'listApplications',
  summary: 'Applications by name',
  'x-permission': 'inventory.read',
  request: { query: z.object({ ...pageQuery, asOf, name: z.string().max(512).optional().describe('Part of the name') }) },
  responses: { 200: json('A page', pageOf(Application)), ...problemResponses },
})

/** `GET /api/v1/applications/{applicationId}` */
export const getApplication = declareRoute({
  method: 'get',
  path: '/api/v1/applications/{applicationId}',
  operationId: 'getApplication',
  summary: 'One application',
  'x-permission': 'inventory.read',
  request: { params: applicationParams, query: atQuery },
  responses: { 200: json('The application', Application), ...problemResponses },
})
