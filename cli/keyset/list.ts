import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printRows } from '../program/rows.ts'
import { timeWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import { trustDomainOf } from '../trust-domain/which.ts'
import type { KeysetOptions } from './commands.ts'

/** `spirlctl trust-domain deployment keyset list` */
export async function listKeysets(context: Context, options: KeysetOptions): Promise<number> {
  const { client } = await connect(context, options)
  const trustDomainId = await trustDomainOf(client, options, context.signal)
  const { items } = await ask(client.listKeysets({ params: { trustDomainId }, signal: context.signal }))
  await printRows(context, options.o, {
    items,
    more: false,
    none: 'There is no keyset.',
    columns: [
      { title: 'STATE', cell: (row) => row.state },
      { title: 'CREATED', cell: (row) => timeWords(row.createdAt) },
      { title: 'UNTIL', cell: (row) => timeWords(row.notAfter) },
      { title: 'TOKEN KEYS', cell: (row) => row.jwtKeys.map(({ algorithm }) => algorithm).join(' ') },
      { title: 'ID', cell: (row) => row.id },
    ],
  })
  return EXIT.done
}
