import type { Kysely } from 'kysely'
import type { Tables } from '../schema/tables.ts'
import type { FingerprintKeyStore, SealedFingerprintKey } from '../store.ts'
import { runnerOf } from './run.ts'

/** The managed fingerprint key, as it lies sealed in its one row. */
export function openFingerprintKeyStore(database: Kysely<Tables>): FingerprintKeyStore {
  const run = runnerOf(database)
  const find = async (): Promise<SealedFingerprintKey | undefined> => (await run<SealedFingerprintKey>('select id, sealed from fingerprint_key'))[0]
  return {
    find,
    async keepFirst(key) {
      await run('insert into fingerprint_key (id, sealed) values ($1, $2) on conflict do nothing', [key.id, Buffer.from(key.sealed)])
      const kept = await find()
      if (kept === undefined) throw new Error('A fingerprint key was stored and is not there')
      return kept
    },
    async reseal({ id, sealed }) {
      await run('update fingerprint_key set sealed = $2 where id = $1', [id, Buffer.from(sealed)])
    },
  }
}
