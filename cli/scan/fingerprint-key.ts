import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { fingerprintKeyOf, UserError, type FingerprintKey } from '@mintmark/ledger/model'
import { dataFolder } from '../files/places.ts'
import { codeOf, createPrivateFile, explainFileError } from '../files/private-file.ts'
import type { Context } from '../program/context.ts'

const KEY_BYTES = 32
/** Longest file that is looked at: 64 digits, and some room for line feeds. */
const FILE_BYTES_MAX = 1_024

/**
 * The key of a scan: the file that was named; else the one that the control plane manages for all its scanners, so that equal secrets of different
 * clusters are recognised; else the user's own.
 *
 * @throws UserError as {@link loadFingerprintKey} does, and when the control plane cannot be asked
 */
export async function chooseFingerprintKey(
  env: Context['env'],
  file: string | undefined,
  sender: { fingerprintKey(): Promise<FingerprintKey | undefined> } | undefined,
): Promise<FingerprintKey> {
  const managed = file === undefined ? await sender?.fingerprintKey() : undefined
  return managed ?? (await loadFingerprintKey(env, file))
}

/**
 * The key of all fingerprints: from the given file, or the user's own, which is made on first use.
 * Fingerprints compare only under one key, so it must stay the same; and it must not lie where fingerprints lie.
 *
 * @throws UserError when the file cannot be read or is not a key; its content is never part of the message
 */
export async function loadFingerprintKey(env: Context['env'], file?: string): Promise<FingerprintKey> {
  const path = file ?? join(dataFolder(env), 'fingerprint.key')
  if (file === undefined) await createUnlessThere(path)
  return fingerprintKeyOf(parseKey(await readStart(path), path))
}

async function createUnlessThere(path: string): Promise<void> {
  try {
    await (await open(path, 'r')).close()
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw explainFileError('read', path, error)
    await createPrivateFile(path, `${randomBytes(KEY_BYTES).toString('hex')}\n`)
  }
}

async function readStart(path: string): Promise<string> {
  try {
    const file = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(FILE_BYTES_MAX), 0, FILE_BYTES_MAX, 0)
      return buffer.toString('latin1', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw explainFileError('read', path, error)
  }
}

function parseKey(text: string, path: string): Uint8Array {
  const digits = text.trim()
  if (/^[0-9a-f]{64}$/i.test(digits)) return Buffer.from(digits, 'hex')
  throw new UserError(
    'fingerprint-key',
    `The file ${path} is not a fingerprint key: that is 64 hexadecimal digits.`,
    `Make one with: openssl rand -hex 32 > ${path}. Fingerprints of earlier scans made with another key no longer compare.`,
  )
}
