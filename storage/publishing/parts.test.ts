import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ScanEvent } from '@mintmark/contract/scan'
import { loaderOf } from '../bulk/load.ts'
import { openSideConnections } from '../bulk/side-connections.ts'
import { STORAGE_LIMITS } from '../limits.ts'
import { runnerOf } from '../queries/run.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'
import { completeCoverage, EXAMPLE_NOW, exampleFingerprint, occurrenceLine, sendScan } from './example-scans.ts'
import { openParts } from './parts.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster()
})
afterAll(() => cluster.stop())

const NAMESPACES = 20
const lineOf = (index: number): ScanEvent => occurrenceLine(`n${index % NAMESPACES}`, `settings-${index}`, `secret ${index}`)

test('a scan that brings very many rows is one scan like any other: it can be changed, asked for by namespace, and is there in history', async () => {
  const store = await cluster.openFreshStore()
  const { id } = await store.integrations.create({ kind: 'kubernetes', name: 'example', publicKeyPem: 'key', now: EXAMPLE_NOW })
  const total = STORAGE_LIMITS.partOccurrencesMin + 10
  const small = [lineOf(0), ...completeCoverage()]
  // One secret lies in two namespaces, so it is summarised from all its places.
  const shared = occurrenceLine('n1', 'copy', 'secret 0')
  const large = [...Array.from({ length: total }, (_, index) => lineOf(index)), shared, ...completeCoverage()]
  await sendScan(store, id, small)
  await sendScan(store, id, large, { chunkLines: 5_000 })
  const first = await store.inventory.listSecrets({ size: 10, namespace: 'n1' })
  expect(first.items).toHaveLength(10)
  expect(await store.inventory.getSecret(exampleFingerprint('secret 0'))).toMatchObject({ occurrencesTotal: 2 })
  expect(await store.inventory.getSecret(exampleFingerprint(`secret ${total - 1}`))).toMatchObject({ occurrencesTotal: 1 })
  expect(await store.inventory.getSecret(exampleFingerprint('secret 1'), 1)).toBeUndefined()
  // Rows of both parts end, and only those that the scan no longer names.
  await sendScan(store, id, [...large.slice(2, -NAMESPACES), ...completeCoverage()], { chunkLines: 5_000 })
  expect(await store.inventory.getSecret(exampleFingerprint('secret 0'))).toBeUndefined()
  expect(await store.inventory.getSecret(exampleFingerprint('secret 1'))).toBeUndefined()
  expect(await store.inventory.getSecret(exampleFingerprint('secret 2'))).toMatchObject({ occurrencesTotal: 1 })
  expect(await store.inventory.getSecret(exampleFingerprint('secret 0'), 2)).toMatchObject({ occurrencesTotal: 2 })
  const changes = await store.scans.diff(2, 3, { size: 1_000 })
  expect(new Set(changes.items.map((change) => change.change))).toEqual(new Set(['removed']))
  await store.close()
})

test('a server that has no connection to spare takes large scans the ordinary way', async () => {
  const database = openSideConnections(await cluster.createDatabase())
  const nowhere = openSideConnections({ socketDirectory: cluster.folder, database: 'nowhere' })
  const parts = openParts(runnerOf(database), loaderOf(database), nowhere, 7)
  expect(await parts.open('beside')).toBe(false)
  expect(parts.nameOf('secret')).toBe('secret')
  expect(parts.isBeside('secret')).toBe(false)
  await parts.build()
  await parts.attach()
  await Promise.all([database.destroy(), nowhere.destroy()])
})
