import { z } from '@hono/zod-openapi'
import { Id, idParam, json, pageOf, pageQuery } from '../page.ts'
import { problemResponses } from '../problem.ts'
import { declareRoute } from '../route.ts'
import { MINT_LIMITS, Name, Pem, Time } from './names.ts'

/** Where a cluster's agents run; decides its default templates and attestors. */
export const Platform = z.enum(['k8s', 'istio', 'eks', 'eks-istio', 'linux'])

/** A cluster: nodes whose agents attest alike. A group of plain Linux machines is one, too. */
export const MintCluster = z
  .object({
    id: Id,
    trustDomainId: Id,
    realmId: Id.optional(),
    name: Name,
    platform: Platform,
    isEnabled: z.boolean().describe('Agents of a disabled cluster get no sessions and no SVIDs'),
    createdAt: Time,
  })
  .openapi('MintCluster')
export type MintCluster = z.infer<typeof MintCluster>

/** A cluster version: an Ed25519 key that agents of the cluster may prove themselves with. */
export const ClusterVersion = z.object({ id: Id, clusterId: Id, isActive: z.boolean(), createdAt: Time }).openapi('ClusterVersion')
export type ClusterVersion = z.infer<typeof ClusterVersion>

/** The private half of a cluster version. The server keeps the public half only, so this answer is the one place where it stands. */
export const ClusterVersionKey = z.object({ id: Id, privateKeyPem: Pem.describe('Ed25519, PKCS #8 PEM') }).openapi('ClusterVersionKey')
export type ClusterVersionKey = z.infer<typeof ClusterVersionKey>

/** A version as it was made, and what had to go for it. */
export const NewClusterVersion = z
  .object({
    version: ClusterVersion,
    key: ClusterVersionKey,
    removed: z.array(ClusterVersion).max(MINT_LIMITS.clusterVersionsMax).describe('Versions that had to go; their agents can attest no more'),
  })
  .openapi('NewClusterVersion')
export type NewClusterVersion = z.infer<typeof NewClusterVersion>

/** What an agent of the cluster needs to be started. */
export const AgentConnection = z
  .object({
    endpoint: z.string().max(512).optional().describe('host:port of the trust domain server'),
    usesTls: z.boolean(),
    rootsPem: Pem.optional().describe('What vouches for the server, when it is not a public authority'),
  })
  .openapi('AgentConnection')
export type AgentConnection = z.infer<typeof AgentConnection>

/** An agent as it was last seen. */
export const Agent = z
  .object({
    id: z.string().max(2_048),
    clusterId: Id,
    nodeName: z.string().max(253),
    version: z.string().max(64),
    platform: z.string().max(64),
    state: z.enum(['ACTIVE', 'INACTIVE']).describe('INACTIVE: not seen for a while'),
    attestedBy: z.array(z.string().max(64)).max(16),
    attestedAt: Time,
    lastSeenAt: Time,
  })
  .openapi('Agent')
export type Agent = z.infer<typeof Agent>

const params = z.object({ clusterId: idParam })
const versionParams = z.object({ clusterId: idParam, versionId: Id })
/** Names are unique within a trust domain only. */
const trustDomainQuery = { trustDomain: z.string().max(MINT_LIMITS.trustDomainCharsMax).optional().describe('Id or name; may be left out where there is one') }

/** `POST /api/v1/clusters` */
export const registerCluster = declareRoute({
  method: 'post',
  path: '/api/v1/clusters',
  operationId: 'registerCluster',
  summary: 'Register a cluster; the key of its first version is shown this once',
  'x-permission': 'mint.write',
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: z.object({ ...trustDomainQuery, name: Name, platform: Platform.default('k8s'), realm: Name.optional() }) } },
    },
  },
  responses: { 201: json('Registered; keep the key', NewClusterVersion.extend({ cluster: MintCluster, connection: AgentConnection })), ...problemResponses },
})

/** `GET /api/v1/clusters` */
export const listClusters = declareRoute({
  method: 'get',
  path: '/api/v1/clusters',
  operationId: 'listClusters',
  summary: 'Clusters, the newest first',
  'x-permission': 'mint.read',
  request: { query: z.object({ ...pageQuery, ...trustDomainQuery, realm: Id.optional() }) },
  responses: { 200: json('A page', pageOf(MintCluster)), ...problemResponses },
})

/** `GET /api/v1/clusters/{clusterId}` */
export const getCluster = declareRoute({
  method: 'get',
  path: '/api/v1/clusters/{clusterId}',
  operationId: 'getCluster',
  summary: 'One cluster, by id or name, with how its agents connect',
  'x-permission': 'mint.read',
  request: { params, query: z.object(trustDomainQuery) },
  responses: {
    200: json('The cluster', MintCluster.extend({ connection: AgentConnection, versions: z.array(ClusterVersion).max(MINT_LIMITS.clusterVersionsMax) })),
    ...problemResponses,
  },
})

/** `PATCH /api/v1/clusters/{clusterId}` */
export const updateCluster = declareRoute({
  method: 'patch',
  path: '/api/v1/clusters/{clusterId}',
  operationId: 'updateCluster',
  summary: 'Enable or disable a cluster; sessions of a disabled one end at once',
  'x-permission': 'mint.write',
  request: {
    params,
    query: z.object(trustDomainQuery),
    body: { required: true, content: { 'application/json': { schema: z.object({ isEnabled: z.boolean() }) } } },
  },
  responses: { 200: json('The cluster', MintCluster), ...problemResponses },
})

/** `DELETE /api/v1/clusters/{clusterId}` */
export const deleteCluster = declareRoute({
  method: 'delete',
  path: '/api/v1/clusters/{clusterId}',
  operationId: 'deleteCluster',
  summary: 'Delete a disabled cluster with its versions, agents and configuration; what it was issued stays on record',
  'x-permission': 'mint.write',
  request: { params, query: z.object(trustDomainQuery) },
  responses: { 204: { description: 'Deleted' }, ...problemResponses },
})

/** `POST /api/v1/clusters/{clusterId}/versions` */
export const createClusterVersion = declareRoute({
  method: 'post',
  path: '/api/v1/clusters/{clusterId}/versions',
  operationId: 'createClusterVersion',
  summary: 'Add a key; the eleventh removes the oldest',
  'x-permission': 'mint.write',
  request: { params, query: z.object(trustDomainQuery) },
  responses: { 201: json('Created; keep the key', NewClusterVersion), ...problemResponses },
})

/** `GET /api/v1/clusters/{clusterId}/versions` */
export const listClusterVersions = declareRoute({
  method: 'get',
  path: '/api/v1/clusters/{clusterId}/versions',
  operationId: 'listClusterVersions',
  summary: 'Versions, the newest first',
  'x-permission': 'mint.read',
  request: { params, query: z.object(trustDomainQuery) },
  responses: { 200: json('All of them', z.object({ items: z.array(ClusterVersion).max(MINT_LIMITS.clusterVersionsMax) })), ...problemResponses },
})

/** `PATCH /api/v1/clusters/{clusterId}/versions/{versionId}` */
export const updateClusterVersion = declareRoute({
  method: 'patch',
  path: '/api/v1/clusters/{clusterId}/versions/{versionId}',
  operationId: 'updateClusterVersion',
  summary: 'Activate or deactivate a version',
  'x-permission': 'mint.write',
  request: {
    params: versionParams,
    query: z.object(trustDomainQuery),
    body: { required: true, content: { 'application/json': { schema: z.object({ isActive: z.boolean() }) } } },
  },
  responses: { 200: json('The version', ClusterVersion), ...problemResponses },
})

/** `DELETE /api/v1/clusters/{clusterId}/versions/{versionId}` */
export const deleteClusterVersion = declareRoute({
  method: 'delete',
  path: '/api/v1/clusters/{clusterId}/versions/{versionId}',
  operationId: 'deleteClusterVersion',
  summary: 'Delete a version that is not active',
  'x-permission': 'mint.write',
  request: { params: versionParams, query: z.object(trustDomainQuery) },
  responses: { 204: { description: 'Deleted' }, ...problemResponses },
})

/** `GET /api/v1/clusters/{clusterId}/agents` */
export const listAgents = declareRoute({
  method: 'get',
  path: '/api/v1/clusters/{clusterId}/agents',
  operationId: 'listAgents',
  summary: 'Agents of a cluster, the last seen first',
  'x-permission': 'mint.read',
  request: { params, query: z.object({ ...pageQuery, ...trustDomainQuery }) },
  responses: { 200: json('A page', pageOf(Agent)), ...problemResponses },
})
