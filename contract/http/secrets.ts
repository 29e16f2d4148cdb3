import { z } from '@hono/zod-openapi'
import { Consumer, LEVELS, Link, Name, Occurrence as ScanOccurrence, Path, Secret as ScanSecret } from '@mintmark/contract/scan'
import { Identity } from './identities.ts'
import { HTTP_LIMITS } from './limits.ts'
import { asOf, atQuery, Id, idParam, json, pageOf, pageQuery } from './page.ts'
import { problemResponses } from './problem.ts'
import { declareRoute } from './route.ts'

/** A static credential as lists show it: its occurrences are counted, not carried. Never its value: no field could hold one. */
export const Secret = ScanSecret.omit({ occurrences: true }).extend({ id: Id }).openapi('Secret')
export type Secret = z.infer<typeof Secret>

/** A secret at a place, with who takes it there. */
export const Occurrence = ScanOccurrence.extend({}).openapi('Occurrence')
export type Occurrence = z.infer<typeof Occurrence>

const secretParams = z.object({ secretId: idParam })

/** Query of every list of secrets. */
export const secretFilters = {
  levelAtLeast: z.enum(LEVELS).optional().describe('This level or worse'),
  kind: z.string().max(64).optional().describe('For example aws-access-key'),
  provider: z.string().max(64).optional(),
  application: idParam.optional().describe('Used by this application: id or natural key'),
  namespace: z.string().max(253).optional().describe('Lies in this namespace'),
  publicId: z.string().max(512).optional(),
}

/** `GET /api/v1/secrets` */
export const listSecrets = declareRoute({
  method: 'get',
  path: '/api/v1/secrets',
  operationId: 'listSecrets',
  summary: 'Secrets, worst first',
  'x-permission': 'inventory.read',
  request: { query: z.object({ ...pageQuery, asOf, ...secretFilters }) },
  responses: { 200: json('A page', pageOf(Secret)), ...problemResponses },
})

/** `GET /api/v1/secrets/{secretId}` */
export const getSecret = declareRoute({
  method: 'get',
  path: '/api/v1/secrets/{secretId}',
  operationId: 'getSecret',
  summary: 'One secret with its factors and links',
  'x-permission': 'inventory.read',
  request: { params: secretParams, query: atQuery },
  responses: { 200: json('The secret', Secret), ...problemResponses },
})

/** `GET /api/v1/secrets/{secretId}/occurrences` */
export const listOccurrences = declareRoute({
  method: 'get',
  path: '/api/v1/secrets/{secretId}/occurrences',
  operationId: 'listOccurrences',
  summary: 'Places where a secret lies, and who takes it there',
  'x-permission': 'inventory.read',
  request: { params: secretParams, query: z.object({ ...pageQuery, asOf }) },
  responses: { 200: json('A page', pageOf(Occurrence)), ...problemResponses },
})

/** From a secret to its owner and to everything that uses it now. */
export const SecretTrace = z
  .object({
    secret: Secret,
    identities: z
      .array(z.object({ link: Link, identity: Identity.optional().describe('Absent when only its key is known') }))
      .max(HTTP_LIMITS.pageSizeMax)
      .describe('To whom the secret belongs, with confidence and evidence'),
    applications: z
      .array(
        z.object({
          key: Path,
          id: Id.optional(),
          name: z.string().max(2_048),
          deployments: z
            .array(
              z.object({
                key: Path,
                id: Id.optional(),
                namespace: Name,
                kind: Name,
                name: Name,
                uses: z.array(Consumer.extend({ occurrence: Path })).max(HTTP_LIMITS.pageSizeMax),
              }),
            )
            .max(HTTP_LIMITS.pageSizeMax),
        }),
      )
      .max(HTTP_LIMITS.pageSizeMax),
    unused: z.int().min(0).describe('Occurrences without a consumer'),
    truncated: z.boolean().describe('There is more than the trace shows; the lists have it all'),
  })
  .openapi('SecretTrace')
export type SecretTrace = z.infer<typeof SecretTrace>

/** `GET /api/v1/secrets/{secretId}/trace` */
export const traceSecret = declareRoute({
  method: 'get',
  path: '/api/v1/secrets/{secretId}/trace',
  operationId: 'traceSecret',
  summary: 'Whose a secret is, and which applications use it in which deployments',
  'x-permission': 'inventory.read',
  request: { params: secretParams, query: atQuery },
  responses: { 200: json('The trace', SecretTrace), ...problemResponses },
})
