import { z } from '@hono/zod-openapi'
import { Identity as ScanIdentity } from '@mintmark/contract/scan'
import { asOf, atQuery, Id, idParam, json, pageOf, pageQuery } from './page.ts'
import { problemResponses } from './problem.ts'
import { declareRoute } from './route.ts'

/** A non-human principal. */
export const Identity = ScanIdentity.extend({ id: Id }).openapi('Identity')
export type Identity = z.infer<typeof Identity>

const identityParams = z.object({ identityId: idParam })

/** `GET /api/v1/identities` */
export const listIdentities = declareRoute({
  method: 'get',
  path: '/api/v1/identities',
  operationId: 'listIdentities',
  summary: 'Identities by name; after those of scans come the SPIFFE IDs that Mint has issued (kind spiffe-id), in answers about the present',
  'x-permission': 'inventory.read',
  request: {
    query: z.object({
      ...pageQuery,
      asOf,
      kind: z.string().max(64).optional().describe('For example aws-iam-role'),
      name: z.string().max(512).optional().describe('Part of the name'),
    }),
  },
  responses: { 200: json('A page', pageOf(Identity)), ...problemResponses },
})

/** `GET /api/v1/identities/{identityId}` */
export const getIdentity = declareRoute({
  method: 'get',
  path: '/api/v1/identities/{identityId}',
  operationId: 'getIdentity',
  summary: 'One identity',
  'x-permission': 'inventory.read',
  request: { params: identityParams, query: atQuery },
  responses: { 200: json('The identity', Identity), ...problemResponses },
})
