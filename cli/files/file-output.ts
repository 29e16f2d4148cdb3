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
  /** One after the other; `done` hears of the failure, and finish() does not claim success after one. */
  async function append(before: Promise<void>, text: string, done?: (error?: Error | null) => void): Promise<void> {
    await before
    try {
      await file.appendFile(text)
      done?.()
    } catch (error) {
      const explained = explainFileError('write', path, error)
      isBroken = true
      done?.(explained instanceof Error ? explained : new Error('The file was not written'))
    }
  }
  let isBroken = false
  return {
    write(text, done) {
      written = append(written, text, done)
      return true
    },
    async finish() {
      await written
      if (isBroken) throw explainFileError('write', path, Object.assign(new Error('an earlier write failed'), { code: 'EIO' }))
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
