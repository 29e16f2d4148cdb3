import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { ask, connect } from '../server/connect.ts'
import type { FormatOptions, ServerOptions } from '../server/options.ts'

/** `spirlctl whoami` */
export async function whoami(context: Context, options: ServerOptions & FormatOptions): Promise<number> {
  const { server, client } = await connect(context, options)
  const session = await ask(client.getSession({ signal: context.signal }))
  const who = session.kind === 'scanner' ? `the scanner of integration ${session.integrationId ?? ''}` : 'an administrator'
  const text =
    options.o === 'json'
      ? `${JSON.stringify({ server, ...session }, undefined, 2)}\n`
      : `You are ${who} at ${server}, until ${session.expiresAt.slice(0, 16).replace('T', ' ')} UTC.\n`
  await writeText(context.stdout, text)
  return EXIT.done
}
