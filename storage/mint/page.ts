import type { Page, PageRequest } from '@mintmark/mint/server'
import { InvalidCursorError } from '../errors.ts'
import { pageSize, readCursor, toPage, writeCursor } from '../queries/cursor.ts'
import { mintId, mintUuid, type MintKind } from './ids.ts'

/** Reads a page of rows that are ordered by their uuid, newest first: uuids of version 7 rise with time. */
export async function pageByUuid<Row extends { readonly id: string }, Item>(
  list: string,
  kind: MintKind,
  page: PageRequest,
  read: (after: string | null, limit: number) => Promise<Row[]>,
  describe: (row: Row) => Item,
): Promise<Page<Item>> {
  const shape = { list, parts: ['string'] } as const
  const size = pageSize(page)
  const cursor = readCursor(shape, page.cursor)
  const after = cursor === undefined ? null : mintUuid(kind, mintId(kind, String(cursor[0])))
  if (cursor !== undefined && after === null) throw new InvalidCursorError()
  return toPage(await read(after, size + 1), size, describe, (last) => writeCursor(shape, [last.id]))
}
