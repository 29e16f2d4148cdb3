import { z } from '@hono/zod-openapi'
import { HTTP_LIMITS } from './limits.ts'
import { idParam, json, pageOf, pageQuery } from './page.ts'
import { problemResponses } from './problem.ts'
import { declareRoute } from './route.ts'

const IntegrationName = z
  .string()
  .min(1)
  .max(HTTP_LIMITS.integrationNameCharsMax)
  .regex(/^[\p{L}\p{N}](?:[\p{L}\p{N} ._-]*[\p{L}\p{N}])?$/u)
  .describe('Unique. Letters, digits, space, dot, underscore and hyphen')

/** A source of scans: one cluster, and the key that its scanner proves itself with. */
export const Integration = z
  .object({
    id: z.string().max(64),
    kind: z.enum(['kubernetes']),
    name: z.string().max(HTTP_LIMITS.integrationNameCharsMax),
    createdAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime().optional().describe('When its scanner last sent something'),
    lastScan: z.string().max(64).optional().describe('Id of its last visible scan'),
  })
  .openapi('Integration')
export type Integration = z.infer<typeof Integration>

/** The private key of a scanner. The server keeps the public half only, so this answer is the one place where it stands. */
export const ScannerKey = z
  .object({
    id: z.string().max(64),
    privateKeyPem: z.string().max(512).describe('Ed25519, PKCS #8 PEM'),
    file: z.string().max(1_024).describe('Text of the key file for `spirlctl scan --key FILE`: the PEM, headed by integration and key id'),
  })
  .openapi('ScannerKey')
export type ScannerKey = z.infer<typeof ScannerKey>

/** `POST /api/v1/integrations` */
export const createIntegration = declareRoute({
  method: 'post',
  path: '/api/v1/integrations',
  operationId: 'createIntegration',
  summary: 'Create an integration; its scanner key is shown this once',
  'x-permission': 'integration.write',
  request: {
    body: { required: true, content: { 'application/json': { schema: z.object({ kind: z.enum(['kubernetes']), name: IntegrationName }) } } },
  },
  responses: { 201: json('Created; keep the key', z.object({ integration: Integration, key: ScannerKey })), ...problemResponses },
})

/** `GET /api/v1/integrations` */
export const listIntegrations = declareRoute({
  method: 'get',
  path: '/api/v1/integrations',
  operationId: 'listIntegrations',
  summary: 'Integrations by name',
  'x-permission': 'integration.read',
  request: { query: z.object(pageQuery) },
  responses: { 200: json('A page', pageOf(Integration)), ...problemResponses },
})

/** `GET /api/v1/integrations/{integrationId}` */
export const getIntegration = declareRoute({
  method: 'get',
  path: '/api/v1/integrations/{integrationId}',
  operationId: 'getIntegration',
  summary: 'One integration, by id or name',
  'x-permission': 'integration.read',
  request: { params: z.object({ integrationId: idParam }) },
  responses: { 200: json('The integration', Integration), ...problemResponses },
})

/** `DELETE /api/v1/integrations/{integrationId}` */
export const deleteIntegration = declareRoute({
  method: 'delete',
  path: '/api/v1/integrations/{integrationId}',
  operationId: 'deleteIntegration',
  summary: 'Delete an integration, by id or name: its key and tokens stop working at once',
  'x-permission': 'integration.write',
  request: { params: z.object({ integrationId: idParam }) },
  responses: { 204: { description: 'Deleted' }, ...problemResponses },
})
