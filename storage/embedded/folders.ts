import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { StorageUnavailableError } from '../errors.ts'
import { canReach, chooseAccount, isEmptyFolder, makeOwnedFolder, type Account } from './account.ts'
import { copyBinaries, linkLibraries, POSTGRES_MAJOR, type PostgresBinaries } from './binaries.ts'
import { runProgram } from './process.ts'
import { EMBEDDED_LIMITS, ROLE } from './settings.ts'

/** Where root keeps a database whose own folder its unprivileged user cannot reach. */
const SHARED_STATE_FOLDER = '/var/lib/mintmark'
const SOCKET_NAME_BYTES = '/.s.PGSQL.5432'.length + 1

/** Everything that a server needs to be started. */
export interface Installation {
  readonly binaries: PostgresBinaries
  readonly account: Account | undefined
  readonly dataDirectory: string
  readonly runDirectory: string
  readonly logFile: string
  readonly environment: Readonly<Record<string, string>>
}

/** Chooses user and folders, makes the programs reachable, and checks what lies in the data directory. `note` says whatever a person should know. */
export async function prepareInstallation(folder: string, found: PostgresBinaries, note: (sentence: string) => void): Promise<Installation> {
  await mkdir(folder, { recursive: true })
  const account = await chooseAccount(path.join(folder, 'postgres'))
  const base = await chooseBase(path.resolve(folder), account, note)
  const binaries = await reachableBinaries(found, base, account, note)
  const libraries = await linkLibraries(binaries, path.join(base, 'lib'))
  const dataDirectory = path.join(base, 'postgres')
  await checkVersion(dataDirectory)
  return {
    binaries,
    account,
    dataDirectory,
    runDirectory: await chooseRunDirectory(base, account),
    logFile: path.join(base, 'postgres.log'),
    environment: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...(libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries }) },
  }
}

async function chooseBase(folder: string, account: Account | undefined, note: (sentence: string) => void): Promise<string> {
  if (await canReach(account, folder)) return folder
  if (await canReach(account, path.dirname(folder))) {
    // Others may pass through the folder, as PostgreSQL must, but still not list it; files in it keep their own modes.
    await chmod(folder, ((await stat(folder)).mode & 0o777) | 0o011)
    return folder
  }
  const base = path.join(SHARED_STATE_FOLDER, createHash('sha256').update(folder).digest('hex').slice(0, 16))
  note(`PostgreSQL does not run as root, and its user cannot reach ${folder}: the database lies in ${base} instead`)
  await mkdir(base, { recursive: true, mode: 0o711 })
  await chmod(SHARED_STATE_FOLDER, 0o711)
  await chmod(base, 0o711)
  return base
}

async function reachableBinaries(
  found: PostgresBinaries,
  base: string,
  account: Account | undefined,
  note: (sentence: string) => void,
): Promise<PostgresBinaries> {
  if (await canReach(account, found.bin)) return found
  const copy = path.join(base, `programs-${POSTGRES_MAJOR}`)
  note(`PostgreSQL's user cannot reach ${found.bin}: its programs are linked or copied to ${copy}`)
  return copyBinaries(found, copy)
}

async function chooseRunDirectory(base: string, account: Account | undefined): Promise<string> {
  const beside = path.join(base, 'run')
  const short = Buffer.byteLength(beside) + SOCKET_NAME_BYTES <= EMBEDDED_LIMITS.socketPathBytesMax
  const folder = short ? beside : await mkdtemp(path.join(os.tmpdir(), 'mintmark-run-'))
  await makeOwnedFolder(folder, account, 0o700)
  return folder
}

async function checkVersion(dataDirectory: string): Promise<void> {
  const version = await readFile(path.join(dataDirectory, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version === undefined) {
    if (await isEmptyFolder(dataDirectory)) return
    throw new StorageUnavailableError(
      'data-directory-foreign',
      `${dataDirectory} holds files that are not a PostgreSQL data directory`,
      'Move them away, or choose another data folder.',
    )
  }
  if (version.trim() === String(POSTGRES_MAJOR)) return
  throw new StorageUnavailableError(
    'data-directory-version',
    `${dataDirectory} was written by PostgreSQL ${version.trim()}, and this is PostgreSQL ${POSTGRES_MAJOR}`,
    `Dump it with the old version and restore it into a new data folder, or set PG_BIN to programs of version ${version.trim()}.`,
  )
}

/**
 * Makes the data directory where there is none. It appears under its name only when it is whole: a crash in between leaves a folder that the next start discards.
 *
 * @param durable false only for tests, whose clusters do not outlive them
 */
export async function initialiseDataDirectory(installation: Installation, durable: boolean): Promise<void> {
  const { dataDirectory, account, binaries, environment } = installation
  if (await stat(path.join(dataDirectory, 'PG_VERSION')).catch(() => undefined)) return
  const fresh = `${dataDirectory}.new`
  await rm(fresh, { recursive: true, force: true })
  await makeOwnedFolder(fresh, account, 0o700)
  const options = [
    '-D',
    fresh,
    '-U',
    ROLE,
    '--auth-local=trust',
    '--auth-host=reject',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ]
  await runProgram(path.join(binaries.bin, 'initdb'), durable ? options : [...options, '--no-sync'], { account, environment, folder: fresh })
  await rm(dataDirectory, { recursive: true, force: true })
  await rename(fresh, dataDirectory)
}
