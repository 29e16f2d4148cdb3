import { z } from '@hono/zod-openapi'
import { Id, idParam, json, pageOf, pageQuery } from '../page.ts'
import { problemResponses } from '../problem.ts'
import { declareRoute } from '../route.ts'
import { MINT_LIMITS, Name, Pem, Time, TrustDomainName } from './names.ts'

/** A trust domain: one set of keys that vouches for all names below it. */
export const TrustDomain = z
  .object({
    id: Id,
    name: TrustDomainName,
    createdAt: Time,
    isServedHere: z.boolean().describe('True when the server inside this control plane issues for it'),
    agentEndpoint: z.string().max(512).optional().describe('Where agents dial, when this control plane knows it'),
    bundleEndpoint: z.string().max(2_048).optional(),
    issuer: z.string().max(2_048).optional().describe('Issuer of JWT-SVIDs, for OIDC discovery'),
  })
  .openapi('TrustDomain')
export type TrustDomain = z.infer<typeof TrustDomain>

/** A realm: clusters of its own, and its name in front of their paths. */
export const Realm = z.object({ id: Id, trustDomainId: Id, name: Name, createdAt: Time }).openapi('Realm')
export type Realm = z.infer<typeof Realm>

/** What verifies SVIDs of a trust domain, in the forms that clients want. */
export const TrustBundle = z
  .object({
    trustDomain: TrustDomainName,
    sequence: z.string().max(32).describe('A 64-bit number as text'),
    document: z.string().max(MINT_LIMITS.bundleCharsMax).describe('SPIFFE bundle format, JSON text'),
    jwks: z.string().max(MINT_LIMITS.bundleCharsMax).describe('JWT keys only, RFC 7517'),
    pem: Pem.describe('X.509 roots'),
  })
  .openapi('TrustBundle')
export type TrustBundle = z.infer<typeof TrustBundle>

const params = z.object({ trustDomainId: idParam })

/** `POST /api/v1/trust-domains` */
export const createTrustDomain = declareRoute({
  method: 'post',
  path: '/api/v1/trust-domains',
  operationId: 'createTrustDomain',
  summary: 'Register a trust domain that a server of its own will serve',
  'x-permission': 'mint.write',
  request: { body: { required: true, content: { 'application/json': { schema: z.object({ name: TrustDomainName }) } } } },
  responses: { 201: json('Registered', TrustDomain), ...problemResponses },
})

/** `GET /api/v1/trust-domains` */
export const listTrustDomains = declareRoute({
  method: 'get',
  path: '/api/v1/trust-domains',
  operationId: 'listTrustDomains',
  summary: 'Trust domains, the newest first',
  'x-permission': 'mint.read',
  request: { query: z.object(pageQuery) },
  responses: { 200: json('A page', pageOf(TrustDomain)), ...problemResponses },
})

/** `GET /api/v1/trust-domains/{trustDomainId}` */
export const getTrustDomain = declareRoute({
  method: 'get',
  path: '/api/v1/trust-domains/{trustDomainId}',
  operationId: 'getTrustDomain',
  summary: 'One trust domain, by id or name',
  'x-permission': 'mint.read',
  request: { params },
  responses: { 200: json('The trust domain', TrustDomain), ...problemResponses },
})

/** `GET /api/v1/trust-domains/{trustDomainId}/bundle` */
export const getTrustBundle = declareRoute({
  method: 'get',
  path: '/api/v1/trust-domains/{trustDomainId}/bundle',
  operationId: 'getTrustBundle',
  summary: 'The trust bundle as SPIFFE document, JWKS and PEM',
  'x-permission': 'mint.read',
  request: { params },
  responses: { 200: json('The bundle', TrustBundle), ...problemResponses },
})

/** `POST /api/v1/trust-domains/{trustDomainId}/realms` */
export const createRealm = declareRoute({
  method: 'post',
  path: '/api/v1/trust-domains/{trustDomainId}/realms',
  operationId: 'createRealm',
  summary: 'Create a realm',
  'x-permission': 'mint.write',
  request: { params, body: { required: true, content: { 'application/json': { schema: z.object({ name: Name }) } } } },
  responses: { 201: json('Created', Realm), ...problemResponses },
})

/** `GET /api/v1/trust-domains/{trustDomainId}/realms` */
export const listRealms = declareRoute({
  method: 'get',
  path: '/api/v1/trust-domains/{trustDomainId}/realms',
  operationId: 'listRealms',
  summary: 'Realms, the newest first',
  'x-permission': 'mint.read',
  request: { params, query: z.object(pageQuery) },
  responses: { 200: json('A page', pageOf(Realm)), ...problemResponses },
})
