import { randomBytes } from 'node:crypto'
import { fingerprintKeyOf, type FingerprintKey } from '@mintmark/ledger/model'
import type { MasterKey } from '@mintmark/mint/authority'
import type { FingerprintKeyStore, SealedFingerprintKey } from '@mintmark/storage'
import { explainKeyErrors } from './master-key.ts'

const KEY_BYTES = 32
/** What a sealed fingerprint key is bound to, so that no other sealed key can stand in its place. */
const CONTEXT = ['fingerprint key'] as const

/** What else helps, when the master key is nowhere. */
const WHEN_LOST = 'If it is lost for good, MINTMARK_FINGERPRINT_KEY=own starts without the fingerprint key; later scans then do not compare with earlier ones.'

/**
 * The key that all scanners of this installation share, so that equal secrets of different clusters are recognised: made at the first start, sealed by
 * the master key, the same for every process on one database.
 *
 * @throws UserError when it was sealed by a master key that this process does not have
 */
export async function openFingerprintKey(store: FingerprintKeyStore, master: MasterKey): Promise<FingerprintKey> {
  const kept = (await store.find()) ?? (await store.keepFirst(seal(fingerprintKeyOf(randomBytes(KEY_BYTES)), master)))
  const key = await explainKeyErrors(async () => fingerprintKeyOf(master.open(kept.sealed, CONTEXT)), WHEN_LOST)
  if (!master.isCurrent(kept.sealed)) await store.reseal(seal(key, master))
  return key
}

function seal({ id, bytes }: FingerprintKey, master: MasterKey): SealedFingerprintKey {
  return { id, sealed: master.seal(bytes, CONTEXT) }
}
