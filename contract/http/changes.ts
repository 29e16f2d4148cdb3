import { z } from '@hono/zod-openapi'
import { Path, Sentence } from '@mintmark/contract/scan'
import { json, pageOf, pageQuery } from './page.ts'
import { problemResponses } from './problem.ts'
import { declareRoute } from './route.ts'

/** One thing that differs between two scans. */
export const Change = z
  .object({
    change: z.enum(['added', 'removed', 'changed']),
    entity: z.enum(['application', 'deployment', 'identity', 'secret', 'occurrence']),
    key: Path.describe('natural key'),
    name: z.string().max(2_048),
    details: z.array(Sentence).max(256).describe('For `changed`: one sentence per field, such as "level: Medium -> High"'),
  })
  .openapi('Change')
export type Change = z.infer<typeof Change>

const scanNumber = z.coerce.number<number>().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** `GET /api/v1/changes` */
export const listChanges = declareRoute({
  method: 'get',
  path: '/api/v1/changes',
  operationId: 'listChanges',
  summary: 'What changed between two visible scans',
  'x-permission': 'inventory.read',
  request: {
    query: z.object({
      ...pageQuery,
      from: scanNumber.describe('Number of the earlier scan; 0 is the empty inventory'),
      to: scanNumber.describe('Number of the later scan'),
    }),
  },
  responses: { 200: json('A page', pageOf(Change)), ...problemResponses },
})
