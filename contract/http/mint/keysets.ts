import { z } from '@hono/zod-openapi'
import { Id, idParam, json } from '../page.ts'
import { problemResponses } from '../problem.ts'
import { declareRoute } from '../route.ts'
import { Pem, Time } from './names.ts'

/** Most keysets that a trust domain has at a time. */
const KEYSETS_MAX = 16

/** One X.509 key and the JWT keys of a trust domain: the unit of rotation. Private keys are never shown. */
export const Keyset = z
  .object({
    id: Id,
    state: z
      .enum(['PREPARED', 'ACTIVE', 'TAINTED'])
      .describe('PREPARED: trusted, not signing. ACTIVE: signs; exactly one. TAINTED: still in the bundle, everything it signed is renewed early'),
    createdAt: Time,
    activatedAt: Time.optional(),
    taintedAt: Time.optional(),
    notAfter: Time.describe('End of the issuing certificate'),
    subjectKeyId: z.string().max(64).describe('Of the issuing certificate, hex'),
    certificatePem: Pem,
    jwtKeys: z.array(z.object({ keyId: z.string().max(256), algorithm: z.string().max(16) })).max(8),
  })
  .openapi('Keyset')
export type Keyset = z.infer<typeof Keyset>

const params = z.object({ trustDomainId: idParam })
const oneParams = z.object({ trustDomainId: idParam, keysetId: Id })

/** `GET /api/v1/trust-domains/{trustDomainId}/keysets` */
export const listKeysets = declareRoute({
  method: 'get',
  path: '/api/v1/trust-domains/{trustDomainId}/keysets',
  operationId: 'listKeysets',
  summary: 'All keysets, the newest first',
  'x-permission': 'mint.read',
  request: { params },
  responses: { 200: json('All of them', z.object({ items: z.array(Keyset).max(KEYSETS_MAX) })), ...problemResponses },
})

/** `POST /api/v1/trust-domains/{trustDomainId}/keysets` */
export const prepareKeyset = declareRoute({
  method: 'post',
  path: '/api/v1/trust-domains/{trustDomainId}/keysets',
  operationId: 'prepareKeyset',
  summary: 'Prepare a keyset: trusted from now on, not signing yet',
  'x-permission': 'mint.keys',
  request: { params },
  responses: { 201: json('Prepared', Keyset), ...problemResponses },
})

/** `POST /api/v1/trust-domains/{trustDomainId}/keysets/{keysetId}/activate` */
export const activateKeyset = declareRoute({
  method: 'post',
  path: '/api/v1/trust-domains/{trustDomainId}/keysets/{keysetId}/activate',
  operationId: 'activateKeyset',
  summary: 'Let a prepared keyset sign; the one that signed before stays trusted',
  'x-permission': 'mint.keys',
  request: { params: oneParams },
  responses: { 200: json('Active', Keyset), ...problemResponses },
})

/** `POST /api/v1/trust-domains/{trustDomainId}/keysets/{keysetId}/taint` */
export const taintKeyset = declareRoute({
  method: 'post',
  path: '/api/v1/trust-domains/{trustDomainId}/keysets/{keysetId}/taint',
  operationId: 'taintKeyset',
  summary: 'Taint a keyset: agents renew at once what it signed',
  'x-permission': 'mint.keys',
  request: { params: oneParams },
  responses: { 200: json('Tainted', Keyset), ...problemResponses },
})

/** `DELETE /api/v1/trust-domains/{trustDomainId}/keysets/{keysetId}` */
export const removeKeyset = declareRoute({
  method: 'delete',
  path: '/api/v1/trust-domains/{trustDomainId}/keysets/{keysetId}',
  operationId: 'removeKeyset',
  summary: 'Remove a tainted keyset: nothing that it signed is trusted any more',
  'x-permission': 'mint.keys',
  request: { params: oneParams },
  responses: { 204: { description: 'Removed' }, ...problemResponses },
})
