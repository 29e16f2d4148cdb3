import { z } from '@hono/zod-openapi'
import { HTTP_LIMITS } from '../limits.ts'
import { json, pageOf, pageQuery } from '../page.ts'
import { problemResponses } from '../problem.ts'
import { declareRoute } from '../route.ts'
import { MINT_LIMITS, Time } from './names.ts'

/** What managed configuration hangs on; the narrower scope wins, section by section. */
export const ConfigurationScopeKind = z.enum(['org', 'trust-domain', 'trust-domain-deployment', 'cluster'])

/** One section of managed configuration. */
export const ConfigurationSection = z.object({ section: z.string().max(64), schema: z.string().max(16), spec: z.unknown() }).openapi('ConfigurationSection')
export type ConfigurationSection = z.infer<typeof ConfigurationSection>

/** One version of a scope's configuration. Version 0 is the one before anything was set. */
export const Configuration = z
  .object({
    version: z.int().min(0),
    actor: z.string().max(256).optional(),
    createdAt: Time.optional(),
    sections: z.array(ConfigurationSection).max(32),
  })
  .openapi('Configuration')
export type Configuration = z.infer<typeof Configuration>

/** One place that differs between two versions. */
export const ConfigurationChange = z
  .object({
    change: z.enum(['added', 'removed', 'changed']),
    section: z.string().max(64),
    pointer: z.string().max(1_024).describe('JSON pointer inside the spec'),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
  })
  .openapi('ConfigurationChange')
export type ConfigurationChange = z.infer<typeof ConfigurationChange>

const CHANGES_MAX = 1_000
const HISTORY_PAGE_SIZE_MAX = 50

const params = z.object({
  scope: ConfigurationScopeKind,
  scopeId: z.string().min(1).max(256).describe('Id or name; "default" for the organisation'),
})
/** A cluster may be named within a trust domain. */
const trustDomain = z.string().max(MINT_LIMITS.trustDomainCharsMax).optional().describe('Of a cluster that is named; may be left out where there is one')
const version = z.coerce.number<number>().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** `GET /api/v1/configuration/{scope}/{scopeId}` */
export const getConfiguration = declareRoute({
  method: 'get',
  path: '/api/v1/configuration/{scope}/{scopeId}',
  operationId: 'getConfiguration',
  summary: 'The newest configuration of a scope, or an older version',
  'x-permission': 'mint.read',
  request: { params, query: z.object({ version: version.optional(), trustDomain }) },
  responses: { 200: json('The configuration', Configuration), ...problemResponses },
})

/** `POST /api/v1/configuration/{scope}/{scopeId}` */
export const setConfiguration = declareRoute({
  method: 'post',
  path: '/api/v1/configuration/{scope}/{scopeId}',
  operationId: 'setConfiguration',
  summary: 'Set sections; with validateOnly nothing is stored and the changes are shown',
  'x-permission': 'mint.write',
  request: {
    params,
    query: z.object({ trustDomain }),
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object({
            documents: z.string().max(MINT_LIMITS.configurationCharsMax).describe('YAML documents: section, schema: v1, spec'),
            prune: z.boolean().default(false).describe('Deletes sections that are not mentioned'),
            expectedVersion: z.int().min(0).optional().describe('Refused when the newest version is another'),
            validateOnly: z.boolean().default(false),
          }),
        },
      },
    },
  },
  responses: {
    200: json('What changed', z.object({ configuration: Configuration, changes: z.array(ConfigurationChange).max(CHANGES_MAX), stored: z.boolean() })),
    ...problemResponses,
  },
})

/** `GET /api/v1/configuration/{scope}/{scopeId}/history` */
export const listConfigurationHistory = declareRoute({
  method: 'get',
  path: '/api/v1/configuration/{scope}/{scopeId}/history',
  operationId: 'listConfigurationHistory',
  summary: 'Versions, the newest first',
  'x-permission': 'mint.read',
  request: {
    params,
    query: z.object({
      ...pageQuery,
      trustDomain,
      pageSize: z.coerce.number<number>().int().min(1).max(HISTORY_PAGE_SIZE_MAX).default(HTTP_LIMITS.pageSizeDefault),
    }),
  },
  responses: { 200: json('A page', pageOf(Configuration)), ...problemResponses },
})

/** `GET /api/v1/configuration/{scope}/{scopeId}/diff` */
export const diffConfiguration = declareRoute({
  method: 'get',
  path: '/api/v1/configuration/{scope}/{scopeId}/diff',
  operationId: 'diffConfiguration',
  summary: 'What differs between two versions',
  'x-permission': 'mint.read',
  request: { params, query: z.object({ from: version, to: version, trustDomain }) },
  responses: { 200: json('The changes', z.object({ changes: z.array(ConfigurationChange).max(CHANGES_MAX) })), ...problemResponses },
})
