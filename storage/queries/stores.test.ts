import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ConflictError, explainDatabaseError, InvalidCursorError, StorageUnavailableError } from '../errors.ts'
import { openStore } from '../open.ts'
import { completeCoverage, EXAMPLE_NOW, occurrenceLine, sendScan } from '../publishing/example-scans.ts'
import type { Store } from '../store.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'

const LATER = new Date(EXAMPLE_NOW.getTime() + 60_000)
const soon = new Date(EXAMPLE_NOW.getTime() + 30_000).toISOString()
const hash = (letter: string): string => letter.repeat(64)

describe('stores', () => {
  let cluster: TestCluster
  let store: Store
  beforeAll(async () => {
    cluster = await startTestCluster()
  })
  afterAll(() => cluster.stop())
  beforeEach(async () => {
    store = await cluster.openFreshStore()
  })
  const create = (name: string) => store.integrations.create({ kind: 'kubernetes', name, publicKeyPem: `key of ${name}`, now: EXAMPLE_NOW })

  test('a name is taken once, and is free again after its integration was deleted', async () => {
    const first = await create('prod')
    await expect(create('prod')).rejects.toThrow(ConflictError)
    expect(await store.integrations.get('prod')).toEqual(await store.integrations.get(first.id))
    expect(await store.integrations.publicKey(first.id)).toBe('key of prod')
    expect(await store.integrations.delete(first.id)).toBe(true)
    expect(await store.integrations.delete(first.id)).toBe(false)
    expect(await store.integrations.publicKey(first.id)).toBeUndefined()
    expect((await create('prod')).id).not.toBe(first.id)
  })

  test('integrations page newest first', async () => {
    for (const name of ['a', 'b', 'c']) await create(name)
    const first = await store.integrations.list({ size: 2 })
    expect(first.items.map((each) => each.name)).toEqual(['c', 'b'])
    const second = await store.integrations.list({ size: 2, cursor: first.next ?? '' })
    expect(second.items.map((each) => each.name)).toEqual(['a'])
    expect(second.next).toBeUndefined()
  })

  test('what an integration found stays when it is deleted', async () => {
    const { id } = await create('prod')
    const row = await sendScan(store, id, [occurrenceLine('shop', 'settings', 'one'), ...completeCoverage()])
    expect(await store.integrations.get(id)).toMatchObject({ lastScan: row.id })
    await store.integrations.delete(id)
    expect((await store.inventory.listSecrets({ size: 10 })).items).toHaveLength(1)
    await expect(sendScan(store, id, [])).rejects.toThrow(ConflictError)
  })

  test('a one-time token is taken exactly once, also by many at once', async () => {
    await store.access.saveToken({ sha256: hash('a'), kind: 'one-time', expiresAt: soon })
    const taken = await Promise.all(Array.from({ length: 8 }, () => store.access.takeOneTimeToken(hash('a'), EXAMPLE_NOW)))
    expect(taken.filter(Boolean)).toHaveLength(1)
    await store.access.saveToken({ sha256: hash('b'), kind: 'one-time', expiresAt: soon })
    expect(await store.access.takeOneTimeToken(hash('b'), LATER)).toBe(false)
  })

  test('an assertion is remembered until it expires: a replay is known', async () => {
    const seen = await Promise.all(Array.from({ length: 8 }, () => store.access.rememberAssertion('jti', LATER, EXAMPLE_NOW)))
    expect(seen.filter(Boolean)).toHaveLength(1)
    expect(await store.access.rememberAssertion('other', LATER, EXAMPLE_NOW)).toBe(true)
  })

  test('a token is found until it expires or is deleted, and ends with its integration', async () => {
    const { id } = await create('prod')
    await store.access.saveToken({ sha256: hash('c'), kind: 'scanner', integrationId: id, expiresAt: soon })
    expect(await store.access.findToken(hash('c'), EXAMPLE_NOW)).toEqual({ kind: 'scanner', integrationId: id, expiresAt: soon })
    expect(await store.access.findToken(hash('c'), LATER)).toBeUndefined()
    await store.integrations.delete(id)
    expect(await store.access.findToken(hash('c'), EXAMPLE_NOW)).toBeUndefined()
    expect(await store.access.hasAdministrator(EXAMPLE_NOW)).toBe(false)
    await store.access.saveToken({ sha256: hash('d'), kind: 'administrator', expiresAt: soon })
    expect(await store.access.hasAdministrator(EXAMPLE_NOW)).toBe(true)
    await store.access.deleteToken(hash('d'))
    expect(await store.access.hasAdministrator(EXAMPLE_NOW)).toBe(false)
  })

  test('any text as a page token is refused or is a page, never another error', async () => {
    const lists = [
      (cursor: string) => store.inventory.listSecrets({ size: 5, cursor }),
      (cursor: string) => store.inventory.listApplications({ size: 5, cursor }),
      (cursor: string) => store.inventory.listOccurrences('x', { size: 5, cursor }),
      (cursor: string) => store.inventory.listReferences({ size: 5, cursor }),
      (cursor: string) => store.scans.list({ size: 5, cursor }),
      (cursor: string) => store.scans.diff(0, 0, { size: 5, cursor }),
      (cursor: string) => store.integrations.list({ size: 5, cursor }),
    ]
    const part = fc.oneof(fc.string({ maxLength: 20 }), fc.integer(), fc.constant('00000000-0000-0000-0000-000000000000'), fc.constant(null))
    const before = ['secrets', -1, '1', '00000000-0000-0000-0000-000000000000']
    await expect(lists[0]?.(Buffer.from(JSON.stringify(before)).toString('base64url'))).rejects.toBeInstanceOf(InvalidCursorError)
    const token = fc.oneof(
      fc.string(),
      fc
        .array(part, { maxLength: 4 })
        .chain((parts) =>
          fc
            .constantFrom('secrets', 'applications', 'occurrences', 'references', 'scans', 'changes', 'integrations')
            .map((list) => Buffer.from(JSON.stringify([list, ...parts])).toString('base64url')),
        ),
    )
    await fc.assert(
      fc.asyncProperty(token, async (cursor) => {
        for (const list of lists) {
          const failure: unknown = await list(cursor).then(
            () => undefined,
            (error: unknown) => error,
          )
          if (failure !== undefined) expect(failure).toBeInstanceOf(InvalidCursorError)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('foreign ids and hostile names find nothing', async () => {
    for (const id of ['', 'sec-', 'sec-zz', "'; drop table secret", 'x'.repeat(5_000)]) {
      expect(await store.inventory.getSecret(id)).toBeUndefined()
      expect(await store.inventory.getApplication(id)).toBeUndefined()
      expect(await store.integrations.get(id)).toBeUndefined()
      expect(await store.scans.get(id)).toBeUndefined()
    }
    expect((await store.inventory.listApplications({ size: 5, name: '%_\\' })).items).toEqual([])
  })

  test('a database that is away is said so, without SQL or values', async () => {
    const failure: unknown = await openStore({ socketDirectory: '/nonexistent' }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StorageUnavailableError)
    const refused = Object.assign(new Error('duplicate key value (secret-value)'), {
      code: '23505',
      severity: 'ERROR',
      detail: 'Key (x)=(secret-value)',
      routine: '_bt_check_unique',
    })
    expect(explainDatabaseError(refused).message).not.toContain('secret-value')
  })
})
