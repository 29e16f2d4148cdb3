import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printRows } from '../program/rows.ts'
import { timeOf } from '../program/time.ts'
import { timeWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import { readPages } from '../server/pages.ts'
import { trustDomainQuery } from '../trust-domain/which.ts'
import type { ListWorkloadsOptions } from './commands.ts'

/** `spirlctl workload list` */
export async function listWorkloads(context: Context, options: ListWorkloadsOptions): Promise<number> {
  const since = timeOf('--since', options.since)
  const { client } = await connect(context, options)
  const { signal } = context
  const named = trustDomainQuery(options)
  const cluster =
    options.cluster === undefined ? undefined : (await ask(client.getCluster({ params: { clusterId: options.cluster }, query: named, signal }))).id
  const query = { ...named, ...(cluster === undefined ? {} : { cluster }), ...(since === undefined ? {} : { since }) }
  const rows = await readPages(options, (page) => client.listWorkloads({ query: { ...query, ...page }, signal }))
  await printRows(context, options.o, {
    ...rows,
    none: 'Nothing was issued in that time.',
    columns: [
      { title: 'SPIFFE ID', cell: (row) => row.spiffeId },
      { title: 'STATE', cell: (row) => (row.isActive ? 'active' : 'expired') },
      { title: 'ISSUED', cell: (row) => String(row.issued) },
      { title: 'LAST', cell: (row) => timeWords(row.lastIssuedAt) },
      { title: 'UNTIL', cell: (row) => timeWords(row.lastExpiresAt) },
    ],
  })
  return EXIT.done
}
