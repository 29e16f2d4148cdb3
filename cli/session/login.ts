import { createClient } from '@mintmark/contract/http'
import { parseServer } from '../server/address.ts'
import { ask } from '../server/connect.ts'
import { credentialsPath, saveToken } from '../server/credentials.ts'
import { UsageError } from '../program/usage-error.ts'
import { writeText, type Context } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'

/** Options of `spirlctl login`. */
export interface LoginOptions {
  readonly token?: string
  readonly server?: string
}

/** Characters of a token that is read from standard input. */
const TOKEN_CHARS_MAX = 512

/** `spirlctl login LINK` or `spirlctl login --server URL --token TOKEN` */
export async function login(context: Context, options: LoginOptions, link?: string): Promise<number> {
  const signedIn = link === undefined ? await loginWithToken(context, options) : await loginWithLink(context, link)
  await saveToken(context.env, signedIn.server, signedIn)
  const until = signedIn.expiresAt === undefined ? '' : ` until ${signedIn.expiresAt.slice(0, 16).replace('T', ' ')} UTC`
  await writeText(context.stdout, `Signed in to ${signedIn.server}${until}.\nThe credentials are in ${credentialsPath(context.env)}.\n`)
  return EXIT.done
}

interface SignedIn {
  readonly server: string
  readonly token: string
  readonly expiresAt?: string
}

/** The code stands behind "#", so that browsers never send it in an address. */
async function loginWithLink(context: Context, link: string): Promise<SignedIn> {
  const url = URL.canParse(link) ? new URL(link) : undefined
  const code = url?.hash.slice(1) ?? ''
  if (url === undefined || code === '') {
    throw new UsageError(
      'This is not a one-time link: the code behind "#" is missing.',
      "Put the whole printed link in quotes: spirlctl login 'http://127.0.0.1:7420/login#CODE'",
    )
  }
  const server = parseServer(url.origin, context.env)
  const session = await ask(createClient({ server }).createSession({ body: { code: decodeURIComponent(code), as: 'token' }, signal: context.signal }))
  if (session.token === undefined) throw new UsageError('The control plane answered without a token.', 'Use the same version on both sides.')
  return { server, token: session.token, expiresAt: session.expiresAt }
}

async function loginWithToken(context: Context, options: LoginOptions): Promise<SignedIn> {
  if (options.server === undefined) {
    throw new UsageError('Neither a link nor a control plane is given.', "Sign in with the printed link: spirlctl login 'LINK', or give --server and --token.")
  }
  const server = parseServer(options.server, context.env)
  const token = options.token === undefined || options.token === '-' ? await readToken(context, options.token === '-') : options.token
  const session = await ask(createClient({ server, token }).getSession({ signal: context.signal }))
  return { server, token, expiresAt: session.expiresAt }
}

async function readToken(context: Context, fromInput: boolean): Promise<string> {
  if (!fromInput && context.stdin.isTTY !== true) throw new UsageError('No token is given.', 'Give it with --token, or "--token -" and standard input.')
  const text = context.stdin.isTTY === true ? await promptForToken() : await readInput()
  const token = text.trim()
  if (token === '' || token.length > TOKEN_CHARS_MAX || /\s/.test(token)) throw new UsageError('That is not a token.', 'A token is one word.')
  return token
}

async function promptForToken(): Promise<string> {
  const { isCancel, password } = await import('@clack/prompts')
  const answer = await password({ message: 'Token' })
  return isCancel(answer) ? '' : answer
}

async function readInput(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > TOKEN_CHARS_MAX * 2) break
  }
  return text
}
