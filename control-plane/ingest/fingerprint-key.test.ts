import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApiError } from '@mintmark/contract/http'
import { fingerprintKeyOf } from '@mintmark/ledger/model'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { createTestPlane } from '../testing.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster()
})
afterAll(() => cluster.stop())

test('every scanner is given the same key; a person is not, and no log holds it', async () => {
  const fingerprintKey = fingerprintKeyOf(Buffer.alloc(32, 7))
  const plane = createTestPlane(await cluster.openFreshStore(), { fingerprintKey })
  const key = Buffer.from(fingerprintKey.bytes).toString('hex')
  for (const name of ['north', 'south']) {
    expect(await plane.client((await plane.scanner(name)).token).getFingerprintKey({})).toEqual({ id: fingerprintKey.id, key })
  }
  const refusal: unknown = await plane
    .client(await plane.administrator())
    .getFingerprintKey({})
    .catch((error: unknown) => error)
  expect(refusal instanceof ApiError && refusal.is('permission-denied')).toBe(true)
  expect(plane.logged()).toContain('/api/v1/scanner/fingerprint-key')
  expect(plane.logged()).not.toContain(key)
})

test('a control plane that manages no key says that scanners bring theirs', async () => {
  const plane = createTestPlane(await cluster.openFreshStore())
  const answer: unknown = await plane
    .client((await plane.scanner('alone')).token)
    .getFingerprintKey({})
    .catch((error: unknown) => error)
  expect(answer instanceof ApiError && answer.is('not-found')).toBe(true)
  expect(answer).toMatchObject({ problem: { remedy: expect.stringContaining('--fingerprint-key') } })
})
