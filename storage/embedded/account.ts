import { chmod, chown, mkdir, readFile, readdir, stat } from 'node:fs/promises'
import path from 'node:path'

/** The user that PostgreSQL runs as; absent when it is simply ours. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** The conventional "nobody" of Linux, where no user named postgres exists. */
const NOBODY: Account = { uid: 65_534, gid: 65_534 }

/** PostgreSQL refuses uid 0, so root runs it as the owner of an existing data directory, as `postgres`, or as nobody. */
export async function chooseAccount(dataDirectory: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const owner = await stat(dataDirectory).catch(() => undefined)
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const fields = users
    .split('\n')
    .find((line) => line.startsWith('postgres:'))
    ?.split(':')
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])]
  return Number.isInteger(uid) && uid > 0 && Number.isInteger(gid) ? { uid, gid } : NOBODY
}

/** True when the account can walk to the folder: every directory above it lets it through. */
export async function canReach(account: Account | undefined, folder: string): Promise<boolean> {
  if (account === undefined) return true
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    const found = await stat(current).catch(() => undefined)
    if (found !== undefined && !letsThrough(account, found)) return false
    if (current === path.dirname(current)) return true
  }
}

function letsThrough(account: Account, directory: { readonly mode: number; readonly uid: number; readonly gid: number }): boolean {
  if (directory.uid === account.uid) return (directory.mode & 0o100) !== 0
  if (directory.gid === account.gid) return (directory.mode & 0o010) !== 0
  return (directory.mode & 0o001) !== 0
}

/** Makes a folder of the account with exactly this mode. */
export async function makeOwnedFolder(folder: string, account: Account | undefined, mode: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  if (account !== undefined) await chown(folder, account.uid, account.gid)
  await chmod(folder, mode)
}

/** True when a folder is missing or holds nothing. */
export async function isEmptyFolder(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length === 0
}
