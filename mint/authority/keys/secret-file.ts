import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'

const OWNER_ONLY = 0o600

/** Writes a file that only its owner may read; whoever reads meanwhile sees the old content or the new, never a part. */
export async function replaceFile(file: string, content: Uint8Array): Promise<void> {
  const draft = await writeDraft(file, content)
  try {
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await flushFolder(file)
}

/** Writes a file unless there is one. @returns the content that the file has, whoever wrote it */
export async function createFile(file: string, content: Uint8Array): Promise<Uint8Array> {
  const draft = await writeDraft(file, content)
  try {
    await link(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    return await readFile(file)
  } finally {
    await rm(draft, { force: true })
  }
  await flushFolder(file)
  return content
}

async function writeDraft(file: string, content: Uint8Array): Promise<string> {
  const draft = `${file}.${randomBytes(8).toString('hex')}.draft`
  const handle = await open(draft, 'wx', OWNER_ONLY)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return draft
}

/** A new name is durable once its folder is. */
async function flushFolder(file: string): Promise<void> {
  const folder = await open(path.dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
