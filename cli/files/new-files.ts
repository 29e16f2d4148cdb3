import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '@mintmark/ledger/model'
import { createPrivateFile } from './private-file.ts'

/** Refuses when one of the files is there: a key is shown once and never written over. @throws UserError */
export async function requireNewFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) if (await exists(path)) throw fileIsThere(path)
}

/** Makes a file that only its owner can read. @throws UserError when there is one */
export async function createNewFile(path: string, text: string): Promise<void> {
  if (!(await createPrivateFile(path, text))) throw fileIsThere(path)
}

/** Paths of files in a folder, by name. */
export function pathsIn<Name extends string>(folder: string, names: readonly Name[]): Readonly<Record<Name, string>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the entries are exactly the names
  return Object.fromEntries(names.map((name) => [name, join(folder, name)])) as Record<Name, string>
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}

function fileIsThere(path: string): UserError {
  return new UserError('file-exists', `The file ${path} is there already, and a key is never written over.`, 'Name a new file or folder.')
}
