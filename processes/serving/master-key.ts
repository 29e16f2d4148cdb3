import { join } from 'node:path'
import { UserError } from '@mintmark/ledger/model'
import { AuthorityError, loadMasterKey, type MasterKey } from '@mintmark/mint/authority'
import type { Settings } from '../settings/read.ts'

/**
 * The key that seals what the database must not be able to read: signing keys and the fingerprint key. It lies in a file of its own, never in the database.
 *
 * @throws UserError when a file is missing or is no key
 */
export async function readMasterKey({
  data,
  masterKeyFile,
  previousMasterKeyFiles,
}: Pick<Settings, 'data' | 'masterKeyFile' | 'previousMasterKeyFiles'>): Promise<MasterKey> {
  const file = masterKeyFile ?? join(data, 'keys', 'master.key')
  return await explainKeyErrors(() => loadMasterKey({ file, previousFiles: previousMasterKeyFiles, create: masterKeyFile === undefined }))
}

/** Says in a user's words why a key could not be read, opened or made, and what to do; `also` is a further remedy. */
export async function explainKeyErrors<Result>(act: () => Promise<Result>, also = ''): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof AuthorityError)
      throw new UserError(`authority-${error.label}`, `${error.message}.`, `${error.remedy} ${also}`.trim(), { cause: error })
    throw error
  }
}
