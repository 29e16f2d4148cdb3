import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printFacts } from '../program/facts.ts'
import { printJson } from '../program/rows.ts'
import { timeWords } from '../report/words.ts'
import { ask, connect } from '../server/connect.ts'
import type { FormatOptions, ServerOptions } from '../server/options.ts'

/** `spirlctl ledger integration get` */
export async function getIntegration(context: Context, options: FormatOptions & ServerOptions, integrationId: string): Promise<number> {
  const { client } = await connect(context, options)
  const integration = await ask(client.getIntegration({ params: { integrationId }, signal: context.signal }))
  if (options.o === 'json') await printJson(context, integration)
  else {
    await printFacts(context, [
      ['Name', integration.name],
      ['Kind', integration.kind],
      ['Id', integration.id],
      ['Created', timeWords(integration.createdAt)],
      ['Last seen', integration.lastSeenAt === undefined ? 'never' : timeWords(integration.lastSeenAt)],
      ['Last scan', integration.lastScan ?? 'none yet'],
    ])
  }
  return EXIT.done
}
