import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Context } from '../program/context.ts'

const APPLICATION = 'mintmark'

/** Folder of settings and credentials (XDG Base Directory Specification). */
export function configFolder(env: Context['env']): string {
  return join(absolute(env['XDG_CONFIG_HOME']) ?? join(home(env), '.config'), APPLICATION)
}

/** Folder of data that cannot be made again, such as the fingerprint key. */
export function dataFolder(env: Context['env']): string {
  return join(absolute(env['XDG_DATA_HOME']) ?? join(home(env), '.local', 'share'), APPLICATION)
}

function home(env: Context['env']): string {
  return absolute(env['HOME']) ?? homedir()
}

/** The specification says that relative paths are to be ignored. */
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') === true ? path : undefined
}
