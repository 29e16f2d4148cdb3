import { ApiError } from '@mintmark/contract/http'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { connect, explainServerError } from '../server/connect.ts'
import { forgetToken } from '../server/credentials.ts'
import type { ServerOptions } from '../server/options.ts'

/** `spirlctl logout`: forgets the token here first, so that a server that is gone cannot keep it alive on this machine. */
export async function logout(context: Context, options: ServerOptions): Promise<number> {
  const { server, client } = await connect(context, options)
  await forgetToken(context.env, server)
  try {
    await client.deleteSession({ signal: context.signal })
  } catch (error) {
    const isGone = error instanceof ApiError && error.is('credentials-invalid')
    if (!isGone) throw explainServerError(error)
  }
  await writeText(context.stdout, `Signed out of ${server}.\n`)
  return EXIT.done
}
