import { routes, type Identity } from '@mintmark/contract/http'
import type { InventoryStore } from '@mintmark/storage'
import { SPIFFE_KIND, type IssuedIdentities } from '../mint/issued.ts'
import type { App } from '../server/environment.ts'
import { notFound } from '../server/problem-error.ts'
import { pageRequest, present, viewPage } from './page.ts'

/** Begins the token of a page of issued identities. Tokens of the inventory hold no dot. */
const ISSUED_TOKEN = 'issued.'

/** Identities out of scans, and after them those that Mint has issued. */
export function mountIdentities(app: App, { inventory, issued }: { readonly inventory: InventoryStore; readonly issued: IssuedIdentities }): void {
  app.openapi(routes.listIdentities, async (context) => {
    const { kind, name, ...query } = context.req.valid('query')
    const { pageSize: size, pageToken, asOf } = query
    const part = present({ name })
    if (pageToken?.startsWith(ISSUED_TOKEN) === true) {
      const cursor = pageToken.slice(ISSUED_TOKEN.length)
      return context.json(issuedPage([], await issued.list({ size, ...part, ...(cursor === '' ? {} : { cursor }) })), 200)
    }
    const page = viewPage(await inventory.listIdentities({ ...pageRequest(query), ...present({ kind, name }) }))
    // What was issued is known of the present only.
    const isLast = page.nextPageToken === undefined && asOf === undefined && (kind === undefined || kind === SPIFFE_KIND)
    if (!isLast) return context.json(page, 200)
    if (page.items.length < size) return context.json(issuedPage(page.items, await issued.list({ size: size - page.items.length, ...part })), 200)
    const { items } = await issued.list({ size: 1, ...part })
    return context.json(items.length === 0 ? page : { ...page, nextPageToken: ISSUED_TOKEN }, 200)
  })

  app.openapi(routes.getIdentity, async (context) => {
    const { identityId } = context.req.valid('param')
    const { asOf } = context.req.valid('query')
    const scanned = await inventory.getIdentity(identityId, asOf)
    const identity = scanned ?? (asOf === undefined ? (await issued.get(identityId))?.identity : undefined)
    if (identity === undefined) throw notFound('identity')
    return context.json(identity, 200)
  })
}

function issuedPage(before: readonly Identity[], { items, next }: { readonly items: readonly Identity[]; readonly next?: string }) {
  const known = new Set(before.map(({ key }) => key))
  return { items: [...before, ...items.filter(({ key }) => !known.has(key))], ...(next === undefined ? {} : { nextPageToken: `${ISSUED_TOKEN}${next}` }) }
}
