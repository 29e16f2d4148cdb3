import { z } from '@hono/zod-openapi'
import { Id, json, pageOf, pageQuery } from '../page.ts'
import { problemResponses } from '../problem.ts'
import { declareRoute } from '../route.ts'
import { MINT_LIMITS, SpiffeIdText, Time, TrustDomainName } from './names.ts'

/** Where a foreign trust domain publishes its bundle (SPIFFE Federation sections 5.2.1 and 5.2.2). Nothing of it is inferred from the other fields. */
export const BundleEndpoint = z.discriminatedUnion('profile', [
  z.object({ profile: z.literal('https_web'), url: z.url({ protocol: /^https$/ }).max(2_048) }),
  z.object({ profile: z.literal('https_spiffe'), url: z.url({ protocol: /^https$/ }).max(2_048), endpointSpiffeId: SpiffeIdText }),
])
export type BundleEndpoint = z.infer<typeof BundleEndpoint>

/** A one-way link: workloads of ours learn to trust a foreign trust domain. */
export const FederationLink = z
  .object({
    id: Id,
    trustDomainId: Id,
    foreignTrustDomain: TrustDomainName,
    endpoint: BundleEndpoint.optional().describe('Absent: the bundle was supplied by hand'),
    hasBundle: z.boolean(),
    bundleUpdatedAt: Time.optional(),
    lastPolledAt: Time.optional(),
    lastSucceededAt: Time.optional(),
    lastError: z.string().max(2_048).optional(),
    nextPollAt: Time.optional(),
    createdAt: Time,
  })
  .openapi('FederationLink')
export type FederationLink = z.infer<typeof FederationLink>

const params = z.object({ linkId: Id })
const bundle = z.string().max(MINT_LIMITS.bundleCharsMax).describe('SPIFFE bundle format, JSON text')

/** `POST /api/v1/federation-links` */
export const createFederationLink = declareRoute({
  method: 'post',
  path: '/api/v1/federation-links',
  operationId: 'createFederationLink',
  summary: 'Federate with a trust domain by its bundle endpoint, or by a bundle supplied by hand',
  'x-permission': 'mint.write',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object({
            trustDomain: z.string().max(MINT_LIMITS.trustDomainCharsMax).optional().describe('Ours, id or name; may be left out where there is one'),
            foreignTrustDomain: TrustDomainName,
            endpoint: BundleEndpoint.optional(),
            bundle: bundle.optional().describe('By hand; for https_spiffe the one to begin with'),
          }),
        },
      },
    },
  },
  responses: { 201: json('Created', FederationLink), ...problemResponses },
})

/** `GET /api/v1/federation-links` */
export const listFederationLinks = declareRoute({
  method: 'get',
  path: '/api/v1/federation-links',
  operationId: 'listFederationLinks',
  summary: 'Links, the newest first',
  'x-permission': 'mint.read',
  request: { query: z.object({ ...pageQuery, trustDomain: z.string().max(MINT_LIMITS.trustDomainCharsMax).optional() }) },
  responses: { 200: json('A page', pageOf(FederationLink)), ...problemResponses },
})

/** `GET /api/v1/federation-links/{linkId}` */
export const getFederationLink = declareRoute({
  method: 'get',
  path: '/api/v1/federation-links/{linkId}',
  operationId: 'getFederationLink',
  summary: 'One link, with what polling it has shown',
  'x-permission': 'mint.read',
  request: { params },
  responses: { 200: json('The link', FederationLink), ...problemResponses },
})

/** `POST /api/v1/federation-links/{linkId}/refresh` */
export const refreshFederationLink = declareRoute({
  method: 'post',
  path: '/api/v1/federation-links/{linkId}/refresh',
  operationId: 'refreshFederationLink',
  summary: 'Poll the bundle endpoint now',
  'x-permission': 'mint.write',
  request: { params },
  responses: { 200: json('The link after the poll; lastError says what went wrong', FederationLink), ...problemResponses },
})

/** `PUT /api/v1/federation-links/{linkId}/bundle` */
export const setFederationBundle = declareRoute({
  method: 'put',
  path: '/api/v1/federation-links/{linkId}/bundle',
  operationId: 'setFederationBundle',
  summary: 'Replace a bundle that is supplied by hand',
  'x-permission': 'mint.write',
  request: { params, body: { required: true, content: { 'application/json': { schema: z.object({ bundle }) } } } },
  responses: { 200: json('The link', FederationLink), ...problemResponses },
})

/** `DELETE /api/v1/federation-links/{linkId}` */
export const deleteFederationLink = declareRoute({
  method: 'delete',
  path: '/api/v1/federation-links/{linkId}',
  operationId: 'deleteFederationLink',
  summary: 'End the federation: the foreign bundle leaves all workloads',
  'x-permission': 'mint.write',
  request: { params },
  responses: { 204: { description: 'Deleted' }, ...problemResponses },
})
