import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printRows } from '../program/rows.ts'
import { parseScanNumber } from '../inventory/query.ts'
import { connect } from '../server/connect.ts'
import type { FormatOptions, PageOptions, ServerOptions } from '../server/options.ts'
import { readPages } from '../server/pages.ts'

/** Options of `spirlctl ledger scan diff`. */
export interface ScanDiffOptions extends FormatOptions, PageOptions, ServerOptions {}

/** `spirlctl ledger scan diff FROM TO` */
export async function diffScans(context: Context, options: ScanDiffOptions, from: string, to: string): Promise<number> {
  const query = { from: parseScanNumber(from, 0), to: parseScanNumber(to) }
  const { client } = await connect(context, options)
  const rows = await readPages(options, (page) => client.listChanges({ query: { ...query, ...page }, signal: context.signal }))
  await printRows(context, options.o, {
    ...rows,
    none: 'Nothing changed between these scans.',
    columns: [
      { title: 'CHANGE', cell: (row) => row.change, widthMin: 7 },
      { title: 'WHAT', cell: (row) => row.entity, widthMin: 8 },
      { title: 'NAME', cell: (row) => row.name },
      { title: 'DETAILS', cell: (row) => row.details.join('; ') },
    ],
  })
  return EXIT.done
}
