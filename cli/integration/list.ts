import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printRows } from '../program/rows.ts'
import { timeWords } from '../report/words.ts'
import { connect } from '../server/connect.ts'
import type { FormatOptions, PageOptions, ServerOptions } from '../server/options.ts'
import { readPages } from '../server/pages.ts'

/** `spirlctl ledger integration list` */
export async function listIntegrations(context: Context, options: PageOptions & FormatOptions & ServerOptions): Promise<number> {
  const { client } = await connect(context, options)
  const rows = await readPages(options, (page) => client.listIntegrations({ query: page, signal: context.signal }))
  await printRows(context, options.o, {
    ...rows,
    none: 'No integration yet. Create one with: spirlctl ledger integration create kubernetes NAME',
    columns: [
      { title: 'NAME', cell: (row) => row.name },
      { title: 'KIND', cell: (row) => row.kind },
      { title: 'LAST SEEN', cell: (row) => (row.lastSeenAt === undefined ? 'never' : timeWords(row.lastSeenAt)) },
      { title: 'CREATED', cell: (row) => timeWords(row.createdAt) },
      { title: 'ID', cell: (row) => row.id },
    ],
  })
  return EXIT.done
}
