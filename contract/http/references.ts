import { z } from '@hono/zod-openapi'
import { Reference as ScanReference } from '@mintmark/contract/scan'
import { asOf, json, pageOf, pageQuery } from './page.ts'
import { problemResponses } from './problem.ts'
import { declareRoute } from './route.ts'

/** A value that names a secret kept elsewhere: managed, not a finding. */
export const Reference = ScanReference.extend({}).openapi('Reference')
export type Reference = z.infer<typeof Reference>

/** `GET /api/v1/references` */
export const listReferences = declareRoute({
  method: 'get',
  path: '/api/v1/references',
  operationId: 'listReferences',
  summary: 'References to secrets that are kept elsewhere',
  'x-permission': 'inventory.read',
  request: { query: z.object({ ...pageQuery, asOf, namespace: z.string().max(253).optional() }) },
  responses: { 200: json('A page', pageOf(Reference)), ...problemResponses },
})
