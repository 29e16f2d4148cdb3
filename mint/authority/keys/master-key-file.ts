import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { AuthorityError } from '../errors.ts'
import { MASTER_KEY_BYTES, masterKey, type MasterKey } from './master-key.ts'
import { createFile } from './secret-file.ts'

/** Where master keys are. */
export interface MasterKeyFiles {
  /** 32 bytes, nothing else. */
  readonly file: string
  /** Files of older master keys, until everything has been sealed anew. */
  readonly previousFiles?: readonly string[]
  /** Makes the file (0600) when it does not exist. For a single machine; replicas get theirs from one place. */
  readonly create?: boolean
}

/** Reads the master key. @throws AuthorityError `master-key` when a file is missing, unreadable or of another length */
export async function loadMasterKey({ file, previousFiles = [], create = false }: MasterKeyFiles): Promise<MasterKey> {
  const current = (await read(file, create)) ?? (await make(file))
  const previous: Uint8Array[] = []
  for (const each of previousFiles) previous.push(await readExisting(each))
  return masterKey(current, previous)
}

async function make(file: string): Promise<Uint8Array> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  return check(file, await createFile(file, randomBytes(MASTER_KEY_BYTES)))
}

async function read(file: string, mayBeMissing: boolean): Promise<Uint8Array | undefined> {
  try {
    return check(file, await readFile(file))
  } catch (cause) {
    if (cause instanceof AuthorityError) throw cause
    const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown reason'
    if (mayBeMissing && code === 'ENOENT') return undefined
    throw new AuthorityError(
      'master-key',
      `The master key file ${file} cannot be read: ${code}`,
      `Put ${MASTER_KEY_BYTES} random bytes there, for example with: head -c ${MASTER_KEY_BYTES} /dev/urandom > ${file}`,
      { cause },
    )
  }
}

async function readExisting(file: string): Promise<Uint8Array> {
  const bytes = await read(file, false)
  if (bytes === undefined) throw new RangeError('A file that must exist was read as missing')
  return bytes
}

function check(file: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length === MASTER_KEY_BYTES) return bytes
  throw new AuthorityError(
    'master-key',
    `The master key file ${file} has ${bytes.length} bytes instead of ${MASTER_KEY_BYTES}`,
    'It holds the bytes themselves, not hex, base64 or a line end. Restore it from your backup; never overwrite it while sealed keys exist.',
  )
}
