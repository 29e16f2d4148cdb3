import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { UsageError } from '../program/usage-error.ts'
import { cleanText } from '../report/text.ts'
import { ask, connect } from '../server/connect.ts'
import type { ServerOptions } from '../server/options.ts'

/** `spirlctl ledger integration delete`: never without a yes. */
export async function deleteIntegration(context: Context, options: ServerOptions & { readonly yes?: boolean }, integrationId: string): Promise<number> {
  if (options.yes !== true && !(await confirmDeletion(context, integrationId))) return EXIT.failed
  const { client } = await connect(context, options)
  await ask(client.deleteIntegration({ params: { integrationId }, signal: context.signal }))
  await writeText(context.stdout, `Deleted integration ${cleanText(integrationId)}. Its key and tokens no longer work.\n`)
  return EXIT.done
}

async function confirmDeletion(context: Context, integrationId: string): Promise<boolean> {
  if (context.stdin.isTTY !== true) throw new UsageError('Nobody is there to ask.', 'Add --yes.')
  const { confirm, isCancel } = await import('@clack/prompts')
  const answer = await confirm({ message: `Delete integration ${cleanText(integrationId)}? Its scanner key stops working at once.`, initialValue: false })
  return !isCancel(answer) && answer
}
