import type { Client, FederationLink } from '@mintmark/contract/http'
import { UserError } from '@mintmark/ledger/model'
import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printFacts } from '../program/facts.ts'
import { printJson, printRows } from '../program/rows.ts'
import { timeWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import type { PageOptions } from '../server/options.ts'
import { readPages } from '../server/pages.ts'
import { trustDomainQuery } from '../trust-domain/which.ts'
import type { FederationOptions } from './commands.ts'

/** `spirlctl federation list` */
export async function listLinks(context: Context, options: FederationOptions & PageOptions): Promise<number> {
  const { client } = await connect(context, options)
  const query = trustDomainQuery(options)
  const rows = await readPages(options, (page) => client.listFederationLinks({ query: { ...query, ...page }, signal: context.signal }))
  await printRows(context, options.o, {
    ...rows,
    none: 'No foreign trust domain is trusted. Federate with: spirlctl federation create TRUST-DOMAIN --url URL',
    columns: [
      { title: 'TRUST DOMAIN', cell: (row) => row.foreignTrustDomain },
      { title: 'BUNDLE', cell: bundleWords },
      { title: 'FROM', cell: (row) => (row.endpoint === undefined ? 'by hand' : `${row.endpoint.profile} ${row.endpoint.url}`) },
      { title: 'ID', cell: (row) => row.id },
    ],
  })
  return EXIT.done
}

/** `spirlctl federation info LINK` */
export async function showLink(context: Context, options: FederationOptions, named: string): Promise<number> {
  const { client } = await connect(context, options)
  await printLink(context, options.o, await findLink(client, options, named, context.signal))
  return EXIT.done
}

/** A link by its id, or by its foreign trust domain. @throws UserError when there is none */
export async function findLink(client: Client, options: FederationOptions, named: string, signal: AbortSignal): Promise<FederationLink> {
  if (named.startsWith('fl-')) return await ask(client.getFederationLink({ params: { linkId: named }, signal }))
  const query = trustDomainQuery(options)
  const { items } = await readPages({ all: true }, (page) => client.listFederationLinks({ query: { ...query, ...page }, signal }))
  const found = items.find(({ foreignTrustDomain }) => foreignTrustDomain === named)
  if (found !== undefined) return found
  throw new UserError('no-link', `There is no federation with ${named}.`, 'See them: spirlctl federation list')
}

/** Prints one link. */
export async function printLink(context: Context, format: 'table' | 'json', link: FederationLink): Promise<void> {
  if (format === 'json') return await printJson(context, link)
  const when = (at: string | undefined): string => (at === undefined ? 'never' : timeWords(at))
  const { endpoint } = link
  await printFacts(context, [
    ['Trust domain', link.foreignTrustDomain],
    ['Id', link.id],
    ['Bundle', bundleWords(link)],
    ['Endpoint', endpoint === undefined ? 'none: the bundle is supplied by hand' : `${endpoint.url} (${endpoint.profile})`],
    ['Endpoint id', endpoint?.profile === 'https_spiffe' ? endpoint.endpointSpiffeId : undefined],
    ['Last polled', endpoint === undefined ? undefined : when(link.lastPolledAt)],
    ['Last success', endpoint === undefined ? undefined : when(link.lastSucceededAt)],
    ['Last error', link.lastError],
    ['Next poll', link.nextPollAt === undefined ? undefined : timeWords(link.nextPollAt)],
  ])
}

function bundleWords({ hasBundle, bundleUpdatedAt, lastError }: FederationLink): string {
  if (!hasBundle) return lastError === undefined ? 'none yet' : 'none: polling fails'
  return bundleUpdatedAt === undefined ? 'there' : `of ${timeWords(bundleUpdatedAt)}`
}
