import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@mintmark/ledger/model'
import { z } from 'zod'
import { configFolder } from '../files/places.ts'
import { codeOf, explainFileError, replacePrivateFile } from '../files/private-file.ts'
import type { Context } from '../program/context.ts'

const SERVERS_MAX = 64

/** The file of `spirlctl login`: tokens by control plane, and which one is meant when none is named. */
const Credentials = z.object({
  version: z.literal(1),
  current: z.string().max(2_048).optional(),
  servers: z.record(z.string().max(2_048), z.object({ token: z.string().min(1).max(512), expiresAt: z.iso.datetime().optional() })),
})
type Credentials = z.infer<typeof Credentials>

/** Where the credentials lie: mode 0600 in the user's configuration folder. */
export function credentialsPath(env: Context['env']): string {
  return join(configFolder(env), 'credentials.json')
}

/** @throws UserError when the file cannot be understood; its content is never part of the message */
export async function readCredentials(env: Context['env']): Promise<Credentials> {
  const path = credentialsPath(env)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { version: 1, servers: {} }
    throw explainFileError('read', path, error)
  }
  const parsed = Credentials.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw new UserError('credentials', `The credentials file ${path} cannot be understood.`, 'Delete it and sign in again: spirlctl login')
}

/** Remembers a token and makes its control plane the current one. */
export async function saveToken(env: Context['env'], server: string, token: { readonly token: string; readonly expiresAt?: string }): Promise<void> {
  const before = await readCredentials(env)
  const others = Object.entries(before.servers).filter(([name]) => name !== server)
  const servers = Object.fromEntries([...others.slice(-(SERVERS_MAX - 1)), [server, token]])
  await writeCredentials(env, { version: 1, current: server, servers })
}

/** Forgets the token of a control plane. */
export async function forgetToken(env: Context['env'], server: string): Promise<void> {
  const { current, servers } = await readCredentials(env)
  const left = Object.fromEntries(Object.entries(servers).filter(([name]) => name !== server))
  const next = current === server ? Object.keys(left).at(-1) : current
  await writeCredentials(env, { version: 1, servers: left, ...(next === undefined ? {} : { current: next }) })
}

async function writeCredentials(env: Context['env'], credentials: Credentials): Promise<void> {
  await replacePrivateFile(credentialsPath(env), `${JSON.stringify(credentials, undefined, 2)}\n`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
