import { MINT_EVENT_TYPES, type MintEvent } from '@mintmark/contract/http'
import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printRows } from '../program/rows.ts'
import { timeOf } from '../program/time.ts'
import { UsageError } from '../program/usage-error.ts'
import { timeWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import { readPages } from '../server/pages.ts'
import { trustDomainQuery } from '../trust-domain/which.ts'
import type { ListEventsOptions } from './commands.ts'

/** `spirlctl event list` */
export async function listEvents(context: Context, options: ListEventsOptions): Promise<number> {
  const from = timeOf('--from', options.from)
  const to = timeOf('--to', options.to)
  const type = typeOf(options.type)
  const { client } = await connect(context, options)
  const { signal } = context
  const named = trustDomainQuery(options)
  const cluster =
    options.cluster === undefined ? undefined : (await ask(client.getCluster({ params: { clusterId: options.cluster }, query: named, signal }))).id
  const query = { ...named, cluster, from, to, type, outcome: options.outcome, spiffeId: options.spiffeId }
  const rows = await readPages(options, (page) => client.listMintEvents({ query: { ...query, ...page }, signal }))
  await printRows(context, options.o, {
    ...rows,
    none: 'Nothing of that kind happened in that time.',
    columns: [
      { title: 'WHEN', cell: (row) => timeWords(row.at) },
      { title: 'WHAT', cell: (row) => row.type },
      { title: 'OUTCOME', cell: (row) => row.outcome },
      { title: 'OF WHOM', cell: subjectOf },
      { title: 'WHY', cell: (row) => row.error ?? '' },
    ],
  })
  return EXIT.done
}

function typeOf(text: string | undefined): (typeof MINT_EVENT_TYPES)[number] | undefined {
  const type = MINT_EVENT_TYPES.find((each) => each === text)
  if (text !== undefined && type === undefined) throw new UsageError(`"${text}" is no kind of event.`, `These are: ${MINT_EVENT_TYPES.join(', ')}`)
  return type
}

/** Whom an event is about: the identity; without one the agent, else nobody in particular. */
function subjectOf({ spiffeId, agentId, clusterId }: MintEvent): string {
  return spiffeId ?? agentId ?? clusterId ?? ''
}
