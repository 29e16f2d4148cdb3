import type { MintOperations } from '@mintmark/control-plane'
import type { FederationLink } from '@mintmark/contract/http'
import type { FederationLinkRow, MintAdministration } from '@mintmark/mint/server'
import { servedElsewhere, type Directory } from './directory.ts'
import { pageAnswer, pageRequest } from './page.ts'
import { answering } from './refusals.ts'
import type { MintOperationsDependencies } from './served.ts'
import { unknown } from './unknown.ts'

type Operations = Pick<
  MintOperations,
  'createFederationLink' | 'listFederationLinks' | 'getFederationLink' | 'refreshFederationLink' | 'setFederationBundle' | 'deleteFederationLink'
>

const ERROR_CHARS_MAX = 2_048

/** Federation links: of every trust domain to look at, of the served one to change. */
export function federationOperations({ served, stores }: MintOperationsDependencies, directory: Directory): Operations {
  async function find(id: string): Promise<FederationLinkRow> {
    const row = await stores.federation.get(id)
    if (row === undefined) throw unknown('federation link')
    return row
  }

  async function ownerOf(id: string): Promise<MintAdministration['federation']> {
    const { trustDomainId } = await find(id)
    const administration = served?.server.administration
    if (administration === undefined || trustDomainId !== administration.trustDomain.id) throw servedElsewhere(trustDomainId)
    return administration.federation
  }
  return {
    createFederationLink: ({ body }) =>
      answering('request-refused', async () => {
        const { trustDomain, foreignTrustDomain, endpoint, bundle } = body
        const { federation } = await directory.servedTrustDomain(trustDomain)
        const row = await federation.create({
          foreignTrustDomain,
          ...(endpoint === undefined ? {} : { endpoint }),
          ...(bundle === undefined ? {} : { bundle }),
        })
        return describe(row)
      }),
    listFederationLinks: ({ query }) =>
      answering('request-refused', async () => {
        const trustDomainId = query.trustDomain === undefined ? undefined : (await directory.trustDomain(query.trustDomain)).row.id
        const rows = await stores.federation.list({ ...pageRequest(query), ...(trustDomainId === undefined ? {} : { trustDomainId }) })
        return pageAnswer(rows, describe)
      }),
    getFederationLink: async ({ params }) => describe(await find(params.linkId)),
    refreshFederationLink: ({ params }) => answering('request-refused', async () => describe(await (await ownerOf(params.linkId)).refresh(params.linkId))),
    setFederationBundle: ({ params, body }) =>
      answering('request-refused', async () => describe(await (await ownerOf(params.linkId)).setBundle(params.linkId, body.bundle))),
    deleteFederationLink: ({ params }) =>
      answering('request-refused', async () => {
        await (await ownerOf(params.linkId)).delete(params.linkId)
        return undefined
      }),
  }
}

function describe({ bundleDocument, lastError, ...link }: FederationLinkRow): FederationLink {
  return { ...link, hasBundle: bundleDocument !== undefined, ...(lastError === undefined ? {} : { lastError: lastError.slice(0, ERROR_CHARS_MAX) }) }
}
