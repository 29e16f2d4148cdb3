import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printFacts } from '../program/facts.ts'
import { printJson, printRows } from '../program/rows.ts'
import { timeWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import type { FormatOptions, PageOptions, ServerOptions } from '../server/options.ts'
import { readPages } from '../server/pages.ts'
import type { TrustDomainOptions } from '../trust-domain/options.ts'
import { trustDomainQuery } from '../trust-domain/which.ts'
import type { Scope } from './commands.ts'
import { placeOf } from './place.ts'

/** Versions that one page of a history has at most. */
const PAGE_SIZE_MAX = 50

/** `spirlctl config history SCOPE [ID]` */
export async function listHistory(
  context: Context,
  options: TrustDomainOptions & PageOptions & FormatOptions & ServerOptions,
  scope: Scope,
  id?: string,
): Promise<number> {
  const params = placeOf(scope, id)
  const { client } = await connect(context, options)
  const named = trustDomainQuery(options)
  const rows = await readPages(options, ({ pageSize, ...page }) =>
    client.listConfigurationHistory({ params, query: { ...named, ...page, pageSize: Math.min(pageSize, PAGE_SIZE_MAX) }, signal: context.signal }),
  )
  await printRows(context, options.o, {
    ...rows,
    none: 'Nothing was ever set here.',
    columns: [
      { title: 'VERSION', cell: (row) => String(row.version) },
      { title: 'SET', cell: (row) => (row.createdAt === undefined ? '' : timeWords(row.createdAt)) },
      { title: 'BY', cell: (row) => row.actor ?? '' },
      { title: 'SECTIONS', cell: (row) => row.sections.map(({ section }) => section).join(' ') },
    ],
  })
  return EXIT.done
}

/** `spirlctl config get SCOPE [ID]` */
export async function showConfiguration(
  context: Context,
  options: TrustDomainOptions & FormatOptions & ServerOptions & { readonly configVersion?: number },
  scope: Scope,
  id?: string,
): Promise<number> {
  const params = placeOf(scope, id)
  const { client } = await connect(context, options)
  const query = { ...trustDomainQuery(options), ...(options.configVersion === undefined ? {} : { version: options.configVersion }) }
  const found = await ask(client.getConfiguration({ params, query, signal: context.signal }))
  if (options.o === 'json') await printJson(context, found)
  else {
    await printFacts(
      context,
      [
        ['Version', found.version === 0 ? '0: nothing was ever set here' : String(found.version)],
        ['Set', found.createdAt === undefined ? undefined : timeWords(found.createdAt)],
        ['By', found.actor],
      ],
      found.sections.map(({ section, spec }) => ({ title: section, lines: JSON.stringify(spec, undefined, 2).split('\n') })),
    )
  }
  return EXIT.done
}
