import { HTTP_LIMITS } from '@mintmark/contract/http'
import { ask } from './connect.ts'
import type { PageOptions } from './options.ts'

const ROWS_DEFAULT = 50
/** Pages of one `--all`: more is a loop of the server's. */
const PAGES_MAX = 1_000_000

interface Page<Row> {
  readonly items: readonly Row[]
  readonly nextPageToken?: string | undefined
}

/** What a list command got, and whether there is more. */
export interface Rows<Row> {
  readonly items: readonly Row[]
  readonly more: boolean
}

/** Reads as many pages as `--limit` or `--all` ask for. */
export async function readPages<Row>(
  options: PageOptions,
  readPage: (page: { readonly pageSize: number; readonly pageToken?: string }) => Promise<Page<Row>>,
): Promise<Rows<Row>> {
  const wanted = options.all === true ? Number.POSITIVE_INFINITY : (options.limit ?? ROWS_DEFAULT)
  const items: Row[] = []
  let token: string | undefined
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const pageSize = Math.min(HTTP_LIMITS.pageSizeMax, wanted - items.length)
    const answer: Page<Row> = await ask(readPage(token === undefined ? { pageSize } : { pageSize, pageToken: token }))
    items.push(...answer.items)
    token = answer.nextPageToken
    if (token === undefined || items.length >= wanted) break
  }
  return { items, more: token !== undefined }
}
