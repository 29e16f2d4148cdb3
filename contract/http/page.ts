import { z } from '@hono/zod-openapi'
import { HTTP_LIMITS } from './limits.ts'

/** The number of a published scan: the clock of history. */
export const asOf = z.coerce
  .number<number>()
  .int()
  .min(1)
  .max(Number.MAX_SAFE_INTEGER)
  .optional()
  .describe('Number of a visible scan: answers as the inventory was then; absent means now')

/** Query parameters of every list. Any filter stays the same while paging. */
export const pageQuery = {
  pageSize: z.coerce.number<number>().int().min(1).max(HTTP_LIMITS.pageSizeMax).default(HTTP_LIMITS.pageSizeDefault),
  pageToken: z.string().min(1).max(HTTP_LIMITS.pageTokenCharsMax).optional().describe('`nextPageToken` of the page before'),
}

/** A page of something; the token is absent on the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item).max(HTTP_LIMITS.pageSizeMax), nextPageToken: z.string().max(HTTP_LIMITS.pageTokenCharsMax).optional() })
}

/** Query of one thing of the inventory. */
export const atQuery = z.object({ asOf })

/** Response entry for a JSON body. */
export function json<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } }
}

/** An id, or the natural key in percent-encoding. */
export const idParam = z.string().min(1).max(2_048).describe('Id, or natural key in percent-encoding')

/** Ids that lists hand out: safe in a URL, stable across scans. */
export const Id = z.string().max(64)
