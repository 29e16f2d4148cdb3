import { readFileSync, statSync } from 'node:fs'

/** Names of users and groups by their numbers. */
export interface Accounts {
  userName(uid: number): string | undefined
  groupName(gid: number): string | undefined
}

/**
 * Reads `/etc/passwd` and `/etc/group` (passwd(5), group(5)) of the agent's own file system, and again whenever they change. The
 * name service switch is not asked: it would load code, and call servers, for a name.
 */
export function openAccounts(etcRoot = '/etc'): Accounts {
  const users = namesIn(`${etcRoot}/passwd`)
  const groups = namesIn(`${etcRoot}/group`)
  return { userName: (uid) => users().get(uid), groupName: (gid) => groups().get(gid) }
}

/** An account file larger than this is not read. */
const ACCOUNT_FILE_BYTES_MAX = 16 * 1024 * 1024
const NO_NAMES: ReadonlyMap<number, string> = new Map()

function namesIn(path: string): () => ReadonlyMap<number, string> {
  let version = ''
  let names = NO_NAMES
  return () => {
    try {
      const { mtimeMs, size, ino } = statSync(path)
      const current = `${ino}:${size}:${mtimeMs}`
      if (current !== version) {
        names = size > ACCOUNT_FILE_BYTES_MAX ? NO_NAMES : parseAccounts(readFileSync(path, 'utf8'))
        version = current
      }
    } catch {
      // No such file: numbers have no names, as in an image without accounts.
      names = NO_NAMES
      version = ''
    }
    return names
  }
}

/** Name and number are the first and the third of fields divided by colons. The first line of a number counts, as in getpwuid(3). */
export function parseAccounts(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':')
    if (name === undefined || id === undefined || !/^[^#+-]/.test(name) || !/^\d{1,10}$/.test(id)) continue
    const number = Number(id)
    if (!names.has(number)) names.set(number, name)
  }
  return names
}
