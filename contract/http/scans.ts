import { z } from '@hono/zod-openapi'
import { CoverageEntry, LIMITS, ProblemLine, ScanEnd, ScanHeader } from '@mintmark/contract/scan'
import { HTTP_LIMITS } from './limits.ts'
import { idParam, json, pageOf, pageQuery } from './page.ts'
import { problemResponses } from './problem.ts'
import { declareRoute } from './route.ts'

const scanParams = z.object({ scanId: z.uuid() })
const waitSeconds = z.coerce
  .number<number>()
  .int()
  .min(0)
  .max(HTTP_LIMITS.waitSecondsMax)
  .default(0)
  .describe('Answer when the scan is visible or has failed, at the latest after this time')

/**
 * A scan as the server knows it. `receiving` until its end was sent; `publishing` while the server applies it;
 * `visible` once the inventory shows it; `abandoned` when a later scan of the source overtook it.
 */
export const Scan = z
  .object({
    id: z.uuid(),
    number: z.int().min(1).optional().describe('Counts visible scans of this installation; the clock of `asOf`'),
    integrationId: z.string().max(64),
    state: z.enum(['receiving', 'publishing', 'visible', 'abandoned']),
    failure: z.string().max(HTTP_LIMITS.problemCharsMax).optional().describe('Why the last attempt to publish failed; sending the end again tries again'),
    connector: z.string().max(64),
    source: z.object({ key: z.string().max(512), name: z.string().max(LIMITS.nameCharsMax) }),
    mode: z.enum(['full', 'changes']),
    scanner: z.object({ version: z.string().max(64), rules: z.string().max(64) }),
    nextSequence: z.int().min(0).describe('Sequence of the chunk that the server expects next'),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().optional(),
    visibleAt: z.iso.datetime().optional(),
  })
  .openapi('Scan')
export type Scan = z.infer<typeof Scan>

/** A scan with what it could and could not read. */
export const ScanDetail = Scan.extend({
  coverage: z.array(CoverageEntry).max(HTTP_LIMITS.scanDetailItemsMax),
  problems: z.array(ProblemLine).max(HTTP_LIMITS.scanDetailItemsMax),
  truncated: z.boolean().describe('There is more coverage or there are more problems than an answer carries'),
}).openapi('ScanDetail')
export type ScanDetail = z.infer<typeof ScanDetail>

/** `POST /api/v1/scans` */
export const beginScan = declareRoute({
  method: 'post',
  path: '/api/v1/scans',
  operationId: 'beginScan',
  summary: 'Begin a scan, or ask where to go on with one',
  'x-permission': 'scan.append',
  request: { body: { required: true, content: { 'application/json': { schema: ScanHeader.extend({}).openapi('ScanHeader') } } } },
  responses: { 200: json('Send chunks from `nextSequence` on', Scan), ...problemResponses },
})

/** `PUT /api/v1/scans/{scanId}/chunks/{sequence}` */
export const appendChunk = declareRoute({
  method: 'put',
  path: '/api/v1/scans/{scanId}/chunks/{sequence}',
  operationId: 'appendChunk',
  summary: 'Store one chunk of scan lines; sending it again changes nothing',
  description:
    'The body holds lines of the scan document (observation, coverage, problem), one JSON object a line. `Content-Digest` (RFC 9530) covers the body as sent; `Content-Encoding: gzip` is understood. A chunk and what it unpacks to are at most 4 MiB.',
  'x-permission': 'scan.append',
  request: {
    params: scanParams.extend({
      sequence: z.coerce
        .number<number>()
        .int()
        .min(0)
        .max(LIMITS.chunksMax - 1),
    }),
    headers: z.object({
      'content-digest': z
        .string()
        .regex(/^sha-256=:[A-Za-z0-9+/]{43}=:$/)
        .describe('sha-256=:base64 of the SHA-256 of the body as sent:'),
      'content-encoding': z.enum(['identity', 'gzip']).optional(),
    }),
    body: { required: true, content: { 'application/x-ndjson': { schema: z.string().max(LIMITS.chunkBytesMax) } } },
  },
  responses: {
    200: json('`stored` is false when the same chunk was here before', z.object({ stored: z.boolean(), nextSequence: z.int().min(0) })),
    ...problemResponses,
  },
})

/** `POST /api/v1/scans/{scanId}/end` */
export const endScan = declareRoute({
  method: 'post',
  path: '/api/v1/scans/{scanId}/end',
  operationId: 'endScan',
  summary: 'End a scan: it is applied, linked and scored, and becomes visible at once and as a whole',
  description:
    'Answers 200 with the visible scan when that happens within `waitSeconds`, otherwise 202: then ask for the scan until its state is `visible`. When the state is `receiving` again, the server was restarted or failed: send the end again. Repeating it is harmless.',
  'x-permission': 'scan.append',
  request: {
    params: scanParams,
    query: z.object({ waitSeconds }),
    body: { required: true, content: { 'application/json': { schema: ScanEnd.extend({}).openapi('ScanEnd') } } },
  },
  responses: { 200: json('Visible', Scan), 202: json('Being published', Scan), ...problemResponses },
})

/** `GET /api/v1/scans/{scanId}` */
export const getScan = declareRoute({
  method: 'get',
  path: '/api/v1/scans/{scanId}',
  operationId: 'getScan',
  summary: 'One scan with its coverage; a scanner sees its own only',
  'x-permission': 'scan.read',
  request: { params: scanParams, query: z.object({ waitSeconds }) },
  responses: { 200: json('The scan', ScanDetail), ...problemResponses },
})

/** `GET /api/v1/scans` */
export const listScans = declareRoute({
  method: 'get',
  path: '/api/v1/scans',
  operationId: 'listScans',
  summary: 'Scans, newest first',
  'x-permission': 'inventory.read',
  request: { query: z.object({ ...pageQuery, integration: idParam.optional().describe('Id or name of an integration') }) },
  responses: { 200: json('A page', pageOf(Scan)), ...problemResponses },
})
