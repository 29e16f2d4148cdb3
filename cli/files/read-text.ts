import { open } from 'node:fs/promises'
import { UserError } from '@mintmark/ledger/model'
import { explainFileError } from './private-file.ts'

/** Bytes of a file or of standard input that a command reads whole: bundles, chains, configuration. */
const BYTES_MAX = 1024 * 1024

/** Reads a small text file; `-` is standard input. @throws UserError when it cannot be read or is too large */
export async function readText(path: string): Promise<string> {
  try {
    return path === '-' ? await readAll(process.stdin, 'standard input') : await readFile(path)
  } catch (error) {
    throw explainFileError('read', path, error)
  }
}

async function readFile(path: string): Promise<string> {
  const file = await open(path, 'r')
  try {
    return await readAll(file.createReadStream(), path)
  } finally {
    await file.close().catch(() => undefined)
  }
}

async function readAll(stream: AsyncIterable<Buffer | string>, path: string): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    const part = Buffer.from(chunk)
    bytes += part.length
    if (bytes > BYTES_MAX) throw new UserError('file-too-large', `${path} is longer than ${BYTES_MAX} bytes.`, 'Name another file.')
    chunks.push(part)
  }
  return Buffer.concat(chunks).toString('utf8')
}
