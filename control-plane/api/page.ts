import type { Page, PageRequest } from '@mintmark/storage'

/** Turns the query of a list into what the store takes: absent fields stay absent. */
export function pageRequest(query: { readonly pageSize: number; readonly pageToken?: string | undefined; readonly asOf?: number | undefined }): PageRequest {
  return {
    size: query.pageSize,
    ...(query.pageToken === undefined ? {} : { cursor: query.pageToken }),
    ...(query.asOf === undefined ? {} : { asOf: query.asOf }),
  }
}

/** A page as the API shows it. */
export function viewPage<Row>(page: Page<Row>): { items: Row[]; nextPageToken?: string } {
  return { items: [...page.items], ...(page.next === undefined ? {} : { nextPageToken: page.next }) }
}

type Present<Values> = { [Name in keyof Values]: Exclude<Values[Name], undefined> }

/** The filters that were given: without the absent ones, which the store would otherwise see as fields without a value. */
export function present<Values extends Readonly<Record<string, string | undefined>>>(values: Values): Partial<Present<Values>> {
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only absent fields were taken out, so the rest has its types still
  return given as Partial<Present<Values>>
}
