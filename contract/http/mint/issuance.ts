import { z } from '@hono/zod-openapi'
import { Id, idParam, json, pageOf, pageQuery } from '../page.ts'
import { problemResponses } from '../problem.ts'
import { declareRoute } from '../route.ts'
import { MINT_LIMITS, Pem, SpiffeIdText, Time } from './names.ts'

/** A SPIFFE ID that was issued to somebody. */
export const Workload = z
  .object({
    spiffeId: SpiffeIdText,
    trustDomainId: Id,
    clusterId: Id.optional(),
    issued: z.int().min(0).describe('SVIDs since the first'),
    isActive: z.boolean().describe('True while one of its SVIDs is valid'),
    firstIssuedAt: Time,
    lastIssuedAt: Time,
    lastExpiresAt: Time,
    namespace: z.string().max(253).optional(),
    serviceAccount: z.string().max(253).optional(),
    podOwner: z.string().max(512).optional(),
  })
  .openapi('Workload')
export type Workload = z.infer<typeof Workload>

/** Kinds of events. */
export const MINT_EVENT_TYPES = [
  'workload_credential_issued',
  'workload_credential_error',
  'agent_attestation',
  'federation_link_polled',
  'keyset_changed',
  'configuration_changed',
  'audit_log',
] as const

/** What happened in Mint: issuance done or refused, an attestation, a poll, a change of keys or configuration, a call of this interface that changed something. */
export const MintEvent = z
  .object({
    id: Id,
    at: Time,
    type: z.string().max(64),
    trustDomainId: Id,
    clusterId: Id.optional(),
    agentId: z.string().max(2_048).optional(),
    outcome: z.enum(['success', 'failure']),
    spiffeId: SpiffeIdText.optional().describe('Absent when no subject could be resolved'),
    svidType: z.enum(['x509', 'jwt']).optional(),
    keysetId: Id.optional(),
    audience: z.array(z.string().max(2_048)).max(MINT_LIMITS.audiencesMax).optional(),
    issuedAt: Time.optional(),
    expiresAt: Time.optional(),
    error: z.string().max(2_048).optional(),
    details: z.record(z.string(), z.unknown()),
  })
  .openapi('MintEvent')
export type MintEvent = z.infer<typeof MintEvent>

const trustDomain = z.string().max(MINT_LIMITS.trustDomainCharsMax).optional().describe('Id or name')

/** `GET /api/v1/workloads` */
export const listWorkloads = declareRoute({
  method: 'get',
  path: '/api/v1/workloads',
  operationId: 'listWorkloads',
  summary: 'SPIFFE IDs that were issued, by name',
  'x-permission': 'mint.read',
  request: { query: z.object({ ...pageQuery, trustDomain, cluster: Id.optional(), since: Time.optional().describe('Default: 30 days ago') }) },
  responses: { 200: json('A page', pageOf(Workload)), ...problemResponses },
})

/** `GET /api/v1/mint-events` */
export const listMintEvents = declareRoute({
  method: 'get',
  path: '/api/v1/mint-events',
  operationId: 'listMintEvents',
  summary: 'Events, the newest first',
  'x-permission': 'mint.read',
  request: {
    query: z.object({
      ...pageQuery,
      trustDomain,
      cluster: Id.optional(),
      type: z.enum(MINT_EVENT_TYPES).optional(),
      spiffeId: SpiffeIdText.optional(),
      outcome: z.enum(['success', 'failure']).optional(),
      from: Time.optional(),
      to: Time.optional(),
    }),
  },
  responses: { 200: json('A page', pageOf(MintEvent)), ...problemResponses },
})

const params = z.object({ trustDomainId: idParam })
const path = z.string().min(1).max(MINT_LIMITS.spiffeIdCharsMax).describe('Path of the SPIFFE ID, such as /ns/shop/sa/web')
const ttlSeconds = z
  .int()
  .min(10)
  .max(7 * 86_400)
  .optional()

/** `POST /api/v1/trust-domains/{trustDomainId}/x509-svids` */
export const mintX509Svid = declareRoute({
  method: 'post',
  path: '/api/v1/trust-domains/{trustDomainId}/x509-svids',
  operationId: 'mintX509Svid',
  summary: 'Issue an X.509-SVID by hand, for a key that the caller holds; recorded with who asked',
  'x-permission': 'mint.issue',
  request: {
    params,
    body: { required: true, content: { 'application/json': { schema: z.object({ path, csrPem: z.string().max(8_192).describe('PKCS #10'), ttlSeconds }) } } },
  },
  responses: {
    201: json('Issued', z.object({ spiffeId: SpiffeIdText, certificatePem: Pem.describe('Leaf first, without the root'), notAfter: Time })),
    ...problemResponses,
  },
})

/** `POST /api/v1/trust-domains/{trustDomainId}/jwt-svids` */
export const mintJwtSvid = declareRoute({
  method: 'post',
  path: '/api/v1/trust-domains/{trustDomainId}/jwt-svids',
  operationId: 'mintJwtSvid',
  summary: 'Issue a JWT-SVID by hand; recorded with who asked',
  'x-permission': 'mint.issue',
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': { schema: z.object({ path, audience: z.array(z.string().min(1).max(2_048)).min(1).max(MINT_LIMITS.audiencesMax), ttlSeconds }) },
      },
    },
  },
  responses: { 201: json('Issued', z.object({ spiffeId: SpiffeIdText, token: z.string().max(16_384), expiresAt: Time })), ...problemResponses },
})
