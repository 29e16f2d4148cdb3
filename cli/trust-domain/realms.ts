import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printJson, printRows } from '../program/rows.ts'
import { cleanText } from '../report/text.ts'
import { timeWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import type { FormatOptions, PageOptions, ServerOptions } from '../server/options.ts'
import { readPages } from '../server/pages.ts'
import type { TrustDomainOptions } from './options.ts'
import { trustDomainOf } from './which.ts'

/** `spirlctl trust-domain realm create NAME` */
export async function createRealm(context: Context, options: TrustDomainOptions & FormatOptions & ServerOptions, name: string): Promise<number> {
  const { client } = await connect(context, options)
  const trustDomainId = await trustDomainOf(client, options, context.signal)
  const realm = await ask(client.createRealm({ params: { trustDomainId }, body: { name }, signal: context.signal }))
  if (options.o === 'json') await printJson(context, realm)
  else
    await writeText(
      context.stdout,
      `Created realm ${cleanText(realm.name)} (${realm.id}).\nRegister a cluster in it: spirlctl cluster register NAME --realm ${realm.name}\n`,
    )
  return EXIT.done
}

/** `spirlctl trust-domain realm list` */
export async function listRealms(context: Context, options: TrustDomainOptions & PageOptions & FormatOptions & ServerOptions): Promise<number> {
  const { client } = await connect(context, options)
  const trustDomainId = await trustDomainOf(client, options, context.signal)
  const rows = await readPages(options, (page) => client.listRealms({ params: { trustDomainId }, query: page, signal: context.signal }))
  await printRows(context, options.o, {
    ...rows,
    none: 'No realm yet. Clusters outside of realms need none: spirlctl trust-domain realm create NAME',
    columns: [
      { title: 'NAME', cell: (row) => row.name },
      { title: 'CREATED', cell: (row) => timeWords(row.createdAt) },
      { title: 'ID', cell: (row) => row.id },
    ],
  })
  return EXIT.done
}
