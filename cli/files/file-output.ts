import { randomUUID } from 'node:crypto'
import { open, rename, unlink } from 'node:fs/promises'
import type { Output } from '../program/context.ts'
import { explainFileError } from './private-file.ts'

/** A file that appears whole or not at all. Reports name every weak spot, so only their owner can read them. */
export interface FileOutput extends Output {
  /** Puts the finished file in its place. */
  finish(): Promise<void>
  /** Leaves nothing behind. */
  abandon(): Promise<void>
}

/** @throws UserError when nothing can be written there; before any work is done */
export async function createFileOutput(path: string): Promise<FileOutput> {
  const temporary = `${path}.${randomUUID()}.new`
  const file = await open(temporary, 'wx', 0o600).catch((error: unknown) => {
    throw explainFileError('write', path, error)
  })
  let written: Promise<void> = Promise.resolve()
  return {
    write(text, done) {
      written = written.then(() => file.appendFile(text)).catch((error: unknown) => Promise.reject(explainFileError('write', path, error)))
      written.then(
        () => done?.(),
        (error: unknown) => done?.(error instanceof Error ? error : new Error('not written')),
      )
      return true
    },
    async finish() {
      await written
      try {
        await file.sync()
        await file.close()
        await rename(temporary, path)
      } catch (error) {
        throw explainFileError('write', path, error)
      }
    },
    async abandon() {
      await file.close().catch(() => undefined)
      await unlink(temporary).catch(() => undefined)
    },
  }
}
