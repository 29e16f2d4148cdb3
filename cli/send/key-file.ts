import { readFile, stat } from 'node:fs/promises'
import { parseScannerKey, type ScannerKeyFile } from '@mintmark/contract/http'
import { UserError } from '@mintmark/ledger/model'
import { explainFileError } from '../files/private-file.ts'

const FILE_BYTES_MAX = 16 * 1_024

/**
 * Reads the key of a scanner.
 *
 * @throws UserError when it cannot be read or is not one; its content is never part of the message
 */
export async function readScannerKey(path: string): Promise<ScannerKeyFile> {
  const text = await readSmallFile(path)
  const key = parseScannerKey(text)
  if (key !== undefined) return key
  throw new UserError(
    'scanner-key',
    `The file ${path} is not a scanner key.`,
    'A scanner key is what this prints, all of its lines: spirlctl ledger integration create kubernetes NAME --key-out FILE',
  )
}

async function readSmallFile(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    return size > FILE_BYTES_MAX ? '' : await readFile(path, 'utf8')
  } catch (error) {
    throw explainFileError('read', path, error)
  }
}
