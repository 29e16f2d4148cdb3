import { ApiError, ServerUnreachableError, createClient, type Client } from '@mintmark/contract/http'
import { UserError } from '@mintmark/ledger/model'
import type { Context } from '../program/context.ts'
import { parseServer } from './address.ts'
import { readCredentials } from './credentials.ts'
import type { ServerOptions } from './options.ts'

/** A control plane that somebody is signed in to. */
export interface Connection {
  readonly server: string
  readonly client: Client
}

/**
 * The control plane that a command asks: the named one, else where `spirlctl login` went last. `MINTMARK_TOKEN` replaces the stored token.
 *
 * @throws UserError when nobody is signed in
 */
export async function connect(context: Context, options: ServerOptions): Promise<Connection> {
  const credentials = await readCredentials(context.env)
  const named = options.server ?? credentials.current
  if (named === undefined) throw notSignedIn('No control plane is known.')
  const server = parseServer(named, context.env)
  const token = context.env['MINTMARK_TOKEN'] ?? credentials.servers[server]?.token
  if (token === undefined) throw notSignedIn(`Nobody is signed in to ${server}.`)
  return { server, client: createClient({ server, token }) }
}

function notSignedIn(happened: string): UserError {
  return new UserError('not-signed-in', happened, "Sign in with the link that the control plane prints: spirlctl login 'LINK'")
}

/** Waits for an answer and turns what the control plane refuses into an error with the next step. */
export async function ask<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    throw explainServerError(error)
  }
}

/** A refusal or a silence of the control plane as a person's error; other errors stay as they are. */
export function explainServerError(error: unknown): unknown {
  if (error instanceof ServerUnreachableError) {
    return new UserError('server-unreachable', `${error.message}.`.replace(/([.?])\.$/, '$1'), 'Check the address, and that the control plane runs.', {
      cause: error,
    })
  }
  if (!(error instanceof ApiError)) return error
  const { problem } = error
  const fields = (problem.errors ?? []).map(({ field, problem: wrong }) => `${field}: ${wrong}`).join('; ')
  const happened = [problem.title, problem.detail, fields].filter((part) => part !== undefined && part !== '' && part !== null)
  const distinct = [...new Set(happened)].join('. ')
  return new UserError(problem.type, distinct.endsWith('.') ? distinct : `${distinct}.`, problem.remedy ?? remedyFor(error), { cause: error })
}

function remedyFor(error: ApiError): string {
  if (error.is('credentials-missing') || error.is('credentials-invalid')) return "Sign in again: spirlctl login 'LINK'"
  if (error.is('code-invalid')) return 'A link works once. Restart the control plane to get a new one.'
  if (error.is('not-found')) return 'List what there is, for example with: spirlctl ledger secret list'
  if (error.is('name-taken')) return 'Choose another name, or delete the old one first.'
  if (error.problem.status >= 500)
    return `Try again; the server's log says more${error.problem.requestId === undefined ? '' : ` under request ${error.problem.requestId}`}.`
  return 'Check the command line against --help.'
}
