import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { chmod, readFile, stat, truncate } from 'node:fs/promises'
import path from 'node:path'
import { StorageUnavailableError } from '../errors.ts'
import type { Account } from './account.ts'
import type { Installation } from './folders.ts'
import { EMBEDDED_LIMITS, SERVER_SETTINGS } from './settings.ts'

/** Characters of a program's last words that an error quotes. */
const LAST_WORDS_CHARS_MAX = 2_000

/** Runs a program of PostgreSQL to its end. @throws StorageUnavailableError with its last words */
export async function runProgram(
  program: string,
  options: readonly string[],
  run: { readonly account: Account | undefined; readonly environment: Readonly<Record<string, string>>; readonly folder: string },
): Promise<void> {
  const child = spawn(program, options, { ...run.account, env: { ...run.environment }, cwd: run.folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-LAST_WORDS_CHARS_MAX)
  })
  const code = await new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (exit, signal) => resolve(exit ?? signal ?? 'unknown'))
  })
  if (code !== 0) throw explainExit(path.basename(program), code, words)
}

/** Starts a server in a process group of its own, so that Ctrl-C in a terminal reaches only us, who stop it in order. */
export async function spawnServer(installation: Installation, settings: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const { logFile, dataDirectory, runDirectory, binaries } = installation
  const size = await stat(logFile).catch(() => undefined)
  if (size !== undefined && size.size > EMBEDDED_LIMITS.logBytesMax) await truncate(logFile)
  const all = { ...SERVER_SETTINGS, ...settings, unix_socket_directories: runDirectory }
  const log = openSync(logFile, 'a', 0o600)
  try {
    await chmod(logFile, 0o600)
    const options = ['-D', dataDirectory, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
    const child = spawn(path.join(binaries.bin, 'postgres'), options, {
      ...installation.account,
      env: { ...installation.environment },
      cwd: dataDirectory,
      stdio: ['ignore', log, log],
      detached: true,
    })
    // Errors of the spawn itself are seen as an exit; without a listener they would end our process.
    child.on('error', () => undefined)
    return child
  } finally {
    closeSync(log)
  }
}

/** What the server wrote last, for an error message. */
export async function lastWords(logFile: string): Promise<string> {
  return (await readFile(logFile, 'utf8').catch(() => '')).slice(-LAST_WORDS_CHARS_MAX)
}

/** Turns the end of a program into an error with a next step. */
export function explainExit(program: string, code: number | string, words: string): StorageUnavailableError {
  const tail = words.trim().split('\n').slice(-3).join(' | ')
  if (/No space left on device/i.test(words)) {
    return new StorageUnavailableError(
      'database-disk-full',
      `${program} ended: no space is left on the disk of the database`,
      'Free some space, then start again. Nothing that was acknowledged is lost.',
    )
  }
  if (/database files are incompatible|was initialized by PostgreSQL version/i.test(words)) {
    return new StorageUnavailableError(
      'data-directory-version',
      `${program} ended: the data directory belongs to another PostgreSQL version (${tail})`,
      'Set PG_BIN to programs of that version, or choose another data folder.',
    )
  }
  if (/error while loading shared libraries/i.test(words)) {
    return new StorageUnavailableError(
      'postgres-libraries',
      `${program} ended: ${tail}`,
      'Install the named library, set PG_BIN to another PostgreSQL 18, or set DATABASE_URL.',
    )
  }
  return new StorageUnavailableError(
    'postgres-start',
    `${program} ended with ${code}: ${tail || 'it wrote nothing'}`,
    'The log postgres.log in the data folder says more. DATABASE_URL can name another server.',
  )
}
