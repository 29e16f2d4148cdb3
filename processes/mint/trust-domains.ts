import type { MintOperations } from '@mintmark/control-plane'
import type { TrustDomain } from '@mintmark/contract/http'
import type { TrustDomainRow } from '@mintmark/mint/server'
import type { Directory } from './directory.ts'
import { pageAnswer, pageRequest } from './page.ts'
import { answering } from './refusals.ts'
import type { MintOperationsDependencies, ServedTrustDomain } from './served.ts'

type Operations = Pick<MintOperations, 'createTrustDomain' | 'listTrustDomains' | 'getTrustDomain' | 'getTrustBundle' | 'createRealm' | 'listRealms'>

/** Trust domains, their bundles and realms. */
export function trustDomainOperations({ served, stores, now }: MintOperationsDependencies, directory: Directory): Operations {
  const describe = (row: TrustDomainRow): TrustDomain => {
    if (served === undefined || row.id !== served.server.administration.trustDomain.id) return { ...row, isServedHere: false }
    const { publicUrl, issuer } = served
    return {
      ...row,
      isServedHere: true,
      agentEndpoint: agentEndpoint(served),
      bundleEndpoint: `${publicUrl}/bundle`,
      ...(issuer === undefined ? {} : { issuer }),
    }
  }
  return {
    createTrustDomain: ({ body }) =>
      answering('request-refused', async () => describe(await stores.registry.createTrustDomain({ name: body.name, now: now() }))),
    listTrustDomains: async ({ query }) => pageAnswer(await stores.registry.listTrustDomains(pageRequest(query)), describe),
    getTrustDomain: async ({ params }) => describe((await directory.trustDomain(params.trustDomainId)).row),
    getTrustBundle: async ({ params }) => {
      const { sequence, ...bundle } = (await directory.servedTrustDomain(params.trustDomainId)).bundle()
      return { ...bundle, sequence: sequence.toString() }
    },
    createRealm: ({ params, body }) =>
      answering('request-refused', async () => (await directory.trustDomain(params.trustDomainId)).clusters.createRealm(body.name)),
    listRealms: ({ params, query }) =>
      answering('request-refused', async () => {
        const { clusters } = await directory.trustDomain(params.trustDomainId)
        return pageAnswer(await clusters.listRealms(pageRequest(query)), (row) => row)
      }),
  }
}

/** host:port as agents dial it. */
export function agentEndpoint({ agents: { advertisedHost, port } }: ServedTrustDomain): string {
  return advertisedHost.includes(':') ? `[${advertisedHost}]:${port}` : `${advertisedHost}:${port}`
}
