import { readText } from '../files/read-text.ts'
import { isConfirmed, type YesOptions } from '../program/confirm.ts'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { printJson } from '../program/rows.ts'
import { ask, connect } from '../server/connect.ts'
import type { FederationOptions } from './commands.ts'
import { findLink, printLink } from './show.ts'

/** `spirlctl federation refresh LINK` */
export async function refreshLink(context: Context, options: FederationOptions, named: string): Promise<number> {
  const { client } = await connect(context, options)
  const { id: linkId } = await findLink(client, options, named, context.signal)
  const link = await ask(client.refreshFederationLink({ params: { linkId }, signal: context.signal }))
  await printLink(context, options.o, link)
  return link.lastError === undefined ? EXIT.done : EXIT.failed
}

/** `spirlctl federation set-bundle LINK -f FILE` */
export async function setBundle(context: Context, options: FederationOptions & { readonly file: string }, named: string): Promise<number> {
  const bundle = await readText(options.file)
  const { client } = await connect(context, options)
  const { id: linkId } = await findLink(client, options, named, context.signal)
  await printLink(context, options.o, await ask(client.setFederationBundle({ params: { linkId }, body: { bundle }, signal: context.signal })))
  return EXIT.done
}

/** `spirlctl federation delete LINK`: never without a yes. */
export async function deleteLink(context: Context, options: FederationOptions & YesOptions, named: string): Promise<number> {
  const { client } = await connect(context, options)
  const { id: linkId, foreignTrustDomain } = await findLink(client, options, named, context.signal)
  if (!(await isConfirmed(context, options, `End the federation with ${foreignTrustDomain}? Workloads stop trusting it at once.`))) return EXIT.failed
  await ask(client.deleteFederationLink({ params: { linkId }, signal: context.signal }))
  if (options.o === 'json') await printJson(context, { id: linkId, deleted: true })
  else await writeText(context.stdout, `Ended the federation with ${foreignTrustDomain}.\n`)
  return EXIT.done
}
