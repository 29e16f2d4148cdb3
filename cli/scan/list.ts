import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printRows } from '../program/rows.ts'
import { given } from '../inventory/query.ts'
import { timeWords } from '../report/words.ts'
import { connect } from '../server/connect.ts'
import type { FormatOptions, PageOptions, ServerOptions } from '../server/options.ts'
import { readPages } from '../server/pages.ts'

/** `spirlctl ledger scan list` */
export async function listScans(context: Context, options: FormatOptions & PageOptions & ServerOptions & { readonly integration?: string }): Promise<number> {
  const { client } = await connect(context, options)
  const query = given({ integration: options.integration })
  const rows = await readPages(options, (page) => client.listScans({ query: { ...query, ...page }, signal: context.signal }))
  await printRows(context, options.o, {
    ...rows,
    none: 'No scan yet. Send one with: spirlctl scan kubernetes --server URL --key FILE',
    columns: [
      { title: 'NUMBER', cell: (row) => String(row.number ?? '-'), widthMin: 6 },
      { title: 'SOURCE', cell: (row) => row.source.name },
      { title: 'STATE', cell: (row) => row.state, widthMin: 9 },
      { title: 'MODE', cell: (row) => row.mode, widthMin: 7 },
      { title: 'STARTED', cell: (row) => timeWords(row.startedAt), widthMin: 20 },
      { title: 'ID', cell: (row) => row.id, widthMin: 36 },
    ],
  })
  return EXIT.done
}
