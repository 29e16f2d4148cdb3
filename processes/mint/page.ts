import type { Page, PageRequest } from '@mintmark/mint/server'

/** The page that a query asks for. */
export function pageRequest({ pageSize, pageToken }: { readonly pageSize: number; readonly pageToken?: string | undefined }): PageRequest {
  return pageToken === undefined ? { size: pageSize } : { size: pageSize, cursor: pageToken }
}

/** A page of the stores as the HTTP interface answers it. */
export function pageAnswer<Row, Item>({ items, next }: Page<Row>, describe: (row: Row) => Item): { items: Item[]; nextPageToken?: string } {
  return { items: items.map(describe), ...(next === undefined ? {} : { nextPageToken: next }) }
}
