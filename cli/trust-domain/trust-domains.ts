import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printFacts } from '../program/facts.ts'
import { printJson, printRows } from '../program/rows.ts'
import { timeWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import type { FormatOptions, PageOptions, ServerOptions } from '../server/options.ts'
import { readPages } from '../server/pages.ts'
import { trustDomainOf } from './which.ts'

/** `spirlctl trust-domain create NAME` */
export async function createTrustDomain(context: Context, options: FormatOptions & ServerOptions, name: string): Promise<number> {
  const { client } = await connect(context, options)
  const created = await ask(client.createTrustDomain({ body: { name }, signal: context.signal }))
  if (options.o === 'json') await printJson(context, created)
  else
    await printFacts(
      context,
      [
        ['Name', created.name],
        ['Id', created.id],
      ],
      [{ title: 'Next', lines: [`Start a server for it on the same database: MINTMARK_TRUST_DOMAIN=${created.name}`] }],
    )
  return EXIT.done
}

/** `spirlctl trust-domain list` */
export async function listTrustDomains(context: Context, options: PageOptions & FormatOptions & ServerOptions): Promise<number> {
  const { client } = await connect(context, options)
  const rows = await readPages(options, (page) => client.listTrustDomains({ query: page, signal: context.signal }))
  await printRows(context, options.o, {
    ...rows,
    none: 'No trust domain yet. The control plane makes one when it starts with MINTMARK_MINT=on.',
    columns: [
      { title: 'NAME', cell: (row) => row.name },
      { title: 'SERVED', cell: (row) => (row.isServedHere ? 'here' : 'elsewhere') },
      { title: 'CREATED', cell: (row) => timeWords(row.createdAt) },
      { title: 'ID', cell: (row) => row.id },
    ],
  })
  return EXIT.done
}

/** `spirlctl trust-domain info [TRUST-DOMAIN]` */
export async function showTrustDomain(context: Context, options: FormatOptions & ServerOptions, named?: string): Promise<number> {
  const { client } = await connect(context, options)
  const { signal } = context
  const trustDomainId = await trustDomainOf(client, named === undefined ? {} : { trustDomain: named }, signal)
  const domain = await ask(client.getTrustDomain({ params: { trustDomainId }, signal }))
  const keysets = domain.isServedHere ? (await ask(client.listKeysets({ params: { trustDomainId }, signal }))).items : []
  if (options.o === 'json') await printJson(context, { ...domain, keysets })
  else {
    await printFacts(
      context,
      [
        ['Name', domain.name],
        ['Id', domain.id],
        ['Served', domain.isServedHere ? 'by this control plane' : 'by another server'],
        ['Agents dial', domain.agentEndpoint],
        ['Bundle', domain.bundleEndpoint],
        ['Issuer', domain.issuer],
        ['Created', timeWords(domain.createdAt)],
      ],
      [{ title: 'Keysets', lines: keysets.map(({ id, state, notAfter }) => `${state.padEnd(8)}  ${id}  until ${timeWords(notAfter)}`) }],
    )
  }
  return EXIT.done
}
