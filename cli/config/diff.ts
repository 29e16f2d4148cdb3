import { readText } from '../files/read-text.ts'
import type { Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printJson } from '../program/rows.ts'
import { UsageError } from '../program/usage-error.ts'
import { ask, connect } from '../server/connect.ts'
import { trustDomainQuery } from '../trust-domain/which.ts'
import { printChanges } from './changes.ts'
import type { DiffOptions, Scope } from './commands.ts'
import { placeOf } from './place.ts'

/** `spirlctl config diff SCOPE [ID]`: what a file would change, or what changed between versions. */
export async function diffConfiguration(context: Context, options: DiffOptions, scope: Scope, id?: string): Promise<number> {
  const params = placeOf(scope, id)
  const { file, from, to, prune = false } = options
  if (file === undefined && (from === undefined || to === undefined))
    throw new UsageError('It takes a file, or two versions.', 'For example: spirlctl config diff cluster laptop --from 1 --to 2')
  const documents = file === undefined ? undefined : await readText(file)
  const { client } = await connect(context, options)
  const { signal } = context
  const named = trustDomainQuery(options)
  const { changes } =
    documents === undefined
      ? await ask(client.diffConfiguration({ params, query: { ...named, from: from ?? 0, to: to ?? 0 }, signal }))
      : await ask(client.setConfiguration({ params, query: named, body: { documents, prune, validateOnly: true }, signal }))
  if (options.o === 'json') await printJson(context, { changes })
  else await printChanges(context, changes, 'Nothing differs.')
  return EXIT.done
}
