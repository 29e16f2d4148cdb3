import { z } from '@hono/zod-openapi'
import { json } from './page.ts'
import { problemResponses } from './problem.ts'
import { declareRoute } from './route.ts'

/** The one word of a healthy server. */
export const Health = z.object({ status: z.literal('ok') }).openapi('Health')

/** The process answers; says nothing of the database. */
export const getHealth = declareRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'getHealth',
  summary: 'Whether the process answers',
  'x-permission': 'public',
  responses: { 200: json('It does', Health), ...problemResponses },
})

/** The database answers and its schema is the one of this version. */
export const getReadiness = declareRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'getReadiness',
  summary: 'Whether the server can do its work: the database answers and is migrated',
  'x-permission': 'public',
  responses: { 200: json('It can', Health), ...problemResponses },
})

/** `GET /metrics` */
export const getMetrics = declareRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'getMetrics',
  summary: 'Figures in the Prometheus text format; they hold no names of yours',
  'x-permission': 'public',
  responses: { 200: { description: 'Prometheus text format', content: { 'text/plain': { schema: z.string() } } }, ...problemResponses },
})

/** An OpenAPI document: its own specification says what else it holds. */
export const OpenApiDocument = z.looseObject({ openapi: z.string() }).openapi('OpenApiDocument')
export type OpenApiDocument = z.infer<typeof OpenApiDocument>

/** `GET /api/v1/openapi.json` */
export const getOpenApi = declareRoute({
  method: 'get',
  path: '/api/v1/openapi.json',
  operationId: 'getOpenApi',
  summary: 'This document',
  'x-permission': 'public',
  responses: { 200: json('OpenAPI 3.1', OpenApiDocument), ...problemResponses },
})
