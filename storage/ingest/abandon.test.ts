import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { STORAGE_LIMITS } from '../limits.ts'
import { completeCoverage, EXAMPLE_NOW, exampleFingerprint, exampleHeader, occurrenceLine, sendScan } from '../publishing/example-scans.ts'
import type { Store } from '../store.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'

const MS_PER_HOUR = 3_600_000
const hoursFromNow = (hours: number): Date => new Date(Date.now() + hours * MS_PER_HOUR)

describe('scans that nobody continues', () => {
  let cluster: TestCluster
  let store: Store
  let integration: string

  beforeAll(async () => {
    cluster = await startTestCluster()
  })
  afterAll(() => cluster.stop())
  beforeEach(async () => {
    store = await cluster.openFreshStore()
    integration = (await store.integrations.create({ kind: 'kubernetes', name: 'example', publicKeyPem: 'key', now: EXAMPLE_NOW })).id
  })

  /** Begins a scan and sends one chunk of three facts, the first of which other scans name, too. */
  async function leaveUnfinished(): Promise<string> {
    const header = exampleHeader()
    await store.scans.begin(integration, header, new Date())
    const lines = ['shared', 'only here', 'only here, too'].map((secret) => occurrenceLine('shop', `settings of ${secret}`, secret))
    await store.scans.append(header.scanId, { sequence: 0, sha256: 'a', lines })
    return header.scanId
  }

  const publishShared = (): Promise<unknown> => sendScan(store, integration, [occurrenceLine('shop', 'settings of shared', 'shared'), ...completeCoverage()])

  test('are kept while they may still be continued', async () => {
    const scanId = await leaveUnfinished()
    expect(await store.scans.sweep(hoursFromNow(STORAGE_LIMITS.scanIdleHoursMax - 1))).toEqual({ abandonedScans: 0, sweptFacts: 0, finished: true })
    expect(await store.scans.append(scanId, { sequence: 1, sha256: 'b', lines: [occurrenceLine('shop', 'settings', 'more')] })).toBe(true)
  })

  test('are given up with the facts that nobody else names, and with no others', async () => {
    const scanId = await leaveUnfinished()
    await publishShared()
    expect(await store.scans.sweep(hoursFromNow(STORAGE_LIMITS.scanIdleHoursMax + 1))).toEqual({ abandonedScans: 1, sweptFacts: 2, finished: true })
    expect(await store.scans.sweep(hoursFromNow(STORAGE_LIMITS.scanIdleHoursMax + 1))).toEqual({ abandonedScans: 0, sweptFacts: 0, finished: true })
    await expect(store.scans.append(scanId, { sequence: 1, sha256: 'b', lines: [] })).rejects.toMatchObject({ label: 'scan-closed' })
    // The fact that is still named can be linked again, and those that were swept can come back.
    await sendScan(store, integration, [
      ...['shared', 'only here'].map((secret) => occurrenceLine('shop', `settings of ${secret}`, secret)),
      ...completeCoverage(),
    ])
    const found = await store.inventory.listSecrets({ size: 10 })
    expect(found.items.map((secret) => secret.key).sort()).toEqual(['shared', 'only here'].map(exampleFingerprint).sort())
  })

  test('keep the facts of another scan that is still under way', async () => {
    await leaveUnfinished()
    await store.integrations.delete(integration)
    integration = (await store.integrations.create({ kind: 'kubernetes', name: 'next', publicKeyPem: 'key', now: EXAMPLE_NOW })).id
    await leaveUnfinished()
    expect(await store.scans.sweep(new Date())).toEqual({ abandonedScans: 0, sweptFacts: 0, finished: true })
    await store.integrations.delete(integration)
    expect(await store.scans.sweep(new Date())).toEqual({ abandonedScans: 0, sweptFacts: 3, finished: true })
  })

  test('are swept by the next publication', async () => {
    await leaveUnfinished()
    await store.integrations.delete(integration)
    integration = (await store.integrations.create({ kind: 'kubernetes', name: 'next', publicKeyPem: 'key', now: EXAMPLE_NOW })).id
    await publishShared()
    expect(await store.scans.sweep(new Date())).toMatchObject({ sweptFacts: 0 })
  })
})
