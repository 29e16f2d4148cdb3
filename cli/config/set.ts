import { readText } from '../files/read-text.ts'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printJson } from '../program/rows.ts'
import { ask, connect } from '../server/connect.ts'
import { trustDomainQuery } from '../trust-domain/which.ts'
import { printChanges } from './changes.ts'
import type { Scope, SetOptions } from './commands.ts'
import { placeOf } from './place.ts'

/** `spirlctl config set|validate SCOPE [ID] -f FILE` */
export async function setConfiguration(context: Context, options: SetOptions & { readonly validateOnly: boolean }, scope: Scope, id?: string): Promise<number> {
  const params = placeOf(scope, id)
  const documents = await readText(options.file)
  const { client } = await connect(context, options)
  const { validateOnly, prune = false, expectedVersion } = options
  const body = { documents, prune, validateOnly, ...(expectedVersion === undefined ? {} : { expectedVersion }) }
  const outcome = await ask(client.setConfiguration({ params, query: trustDomainQuery(options), body, signal: context.signal }))
  if (options.o === 'json') {
    await printJson(context, outcome)
    return EXIT.done
  }
  await printChanges(context, outcome.changes, 'Nothing differs.')
  if (validateOnly) await writeText(context.stdout, 'The configuration is valid. Nothing was stored.\n')
  else if (outcome.stored) await writeText(context.stdout, `Stored as version ${outcome.configuration.version}. Servers and agents take it over at once.\n`)
  return EXIT.done
}
