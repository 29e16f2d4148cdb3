import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '@mintmark/ledger/model'

/** Writes a file that only its owner can read: whole or not at all, whatever happens in between. */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  await withTemporary(path, text, (temporary) => rename(temporary, path))
}

/**
 * Makes a file that only its owner can read, unless there is one: of several processes at once exactly one wins.
 *
 * @returns false when the file was there before
 */
export async function createPrivateFile(path: string, text: string): Promise<boolean> {
  return await withTemporary(path, text, async (temporary) => {
    try {
      // Unlike a rename, a link never replaces what is there already.
      await link(temporary, path)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    } finally {
      await unlink(temporary)
    }
  })
}

async function withTemporary<Result>(path: string, text: string, place: (temporary: string) => Promise<Result>): Promise<Result> {
  const temporary = `${path}.${randomUUID()}.new`
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    return await place(temporary)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw explainFileError('write', path, error)
  }
}

/** A file error as a sentence; other errors stay as they are. */
export function explainFileError(action: 'read' | 'write', path: string, error: unknown): unknown {
  const code = codeOf(error)
  if (code === undefined) return error
  const reasons: Readonly<Record<string, readonly [string, string]>> = {
    ENOENT: ['it does not exist', 'Check the path.'],
    EACCES: ['permission denied', 'Check the owner and the mode of the file and of its folder.'],
    EPERM: ['permission denied', 'Check the owner and the mode of the file and of its folder.'],
    EROFS: ['the file system is read-only', 'Choose another path.'],
    ENOSPC: ['the disk is full', 'Make room, or choose another path.'],
    EDQUOT: ['the disk quota is used up', 'Make room, or choose another path.'],
    EISDIR: ['it is a folder', 'Name a file.'],
    ENOTDIR: ['a part of its path is not a folder', 'Check the path.'],
  }
  const [why, remedy] = reasons[code] ?? [`the system answered ${code}`, 'Check the path.']
  return new UserError('file', `The file ${path} cannot be ${action === 'read' ? 'read' : 'written'}: ${why}.`, remedy, { cause: error })
}

/** The system's code of an error, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
