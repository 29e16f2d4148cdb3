import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { fingerprintKeyOf } from '@mintmark/ledger/model'
import { masterKey } from '@mintmark/mint/authority'
import type { FingerprintKeyStore, SealedFingerprintKey } from '@mintmark/storage'
import { openFingerprintKey } from './fingerprint-key.ts'

function memoryStore(): FingerprintKeyStore & { readonly kept: () => SealedFingerprintKey | undefined } {
  let kept: SealedFingerprintKey | undefined
  return {
    find: async () => kept,
    keepFirst: async (key) => (kept ??= key),
    async reseal(key) {
      kept = key
    },
    kept: () => kept,
  }
}

test('processes that start at once share one key, which the store cannot read', async () => {
  const store = memoryStore()
  const master = masterKey(randomBytes(32))
  const keys = await Promise.all([1, 2, 3].map(() => openFingerprintKey(store, master)))
  expect(new Set(keys.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).size).toBe(1)
  const [key] = keys
  expect(key).toEqual(fingerprintKeyOf(key?.bytes ?? new Uint8Array()))
  expect(store.kept()?.id).toBe(key?.id)
  expect(Buffer.from(store.kept()?.sealed ?? []).includes(Buffer.from(key?.bytes ?? []))).toBe(false)
})

test('under a newer master key it stays the same key, and needs the older one no longer', async () => {
  const store = memoryStore()
  const older = randomBytes(32)
  const newer = randomBytes(32)
  const before = await openFingerprintKey(store, masterKey(older))
  const between = await openFingerprintKey(store, masterKey(newer, [older]))
  expect(await openFingerprintKey(store, masterKey(newer))).toEqual(between)
  expect(between.id).toBe(before.id)
})

test('another master key is refused with a remedy, and what is kept stays', async () => {
  const store = memoryStore()
  await openFingerprintKey(store, masterKey(randomBytes(32)))
  const kept = store.kept()
  await expect(openFingerprintKey(store, masterKey(randomBytes(32)))).rejects.toMatchObject({
    name: 'UserError',
    label: 'authority-master-key',
    remedy: expect.stringContaining('MINTMARK_FINGERPRINT_KEY=own'),
  })
  expect(store.kept()).toBe(kept)
})
