import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ConflictError } from '../errors.ts'
import type { Store } from '../store.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'
import {
  completeCoverage,
  coverageLine,
  deploymentLines,
  EXAMPLE_NOW,
  exampleDerivation,
  exampleFingerprint,
  exampleHeader,
  occurrenceLine,
  sendScan,
} from './example-scans.ts'

const PAGE = { size: 100 }
const END = { type: 'end', finishedAt: EXAMPLE_NOW.toISOString() } as const

describe('publishing', () => {
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

  const secretKeys = async (asOf?: number): Promise<string[]> =>
    (await store.inventory.listSecrets({ ...PAGE, ...(asOf === undefined ? {} : { asOf }) })).items.map((secret) => secret.key).sort()

  test('nothing of a scan is seen before it is published, and all of it afterwards', async () => {
    const header = exampleHeader()
    await store.scans.begin(integration, header, EXAMPLE_NOW)
    const lines = [...deploymentLines('shop', 'web', 'settings'), occurrenceLine('shop', 'settings', 'one'), ...completeCoverage()]
    await store.scans.append(header.scanId, { sequence: 0, sha256: 'a', lines })
    expect(await store.inventory.isEmpty()).toBe(true)
    expect(await secretKeys()).toEqual([])
    await store.scans.publish(header.scanId, { ...END, lines: lines.length }, exampleDerivation, EXAMPLE_NOW)
    expect(await secretKeys()).toEqual([exampleFingerprint('one')])
    expect((await store.inventory.listApplications(PAGE)).items).toMatchObject([{ name: 'web', deploymentsTotal: 1, secretsTotal: 1, level: 'Low' }])
    expect((await store.inventory.listDeployments(PAGE)).items).toMatchObject([{ name: 'web', secretsTotal: 1 }])
    expect((await store.inventory.listIdentities(PAGE)).items).toMatchObject([{ kind: 'database-user', secretsTotal: 1 }])
  })

  test('a reader in the middle of a publication sees the old state', async () => {
    await sendScan(store, integration, [occurrenceLine('shop', 'settings', 'one'), ...completeCoverage()])
    const header = exampleHeader()
    await store.scans.begin(integration, header, EXAMPLE_NOW)
    const lines = [occurrenceLine('shop', 'settings', 'two'), ...completeCoverage()]
    await store.scans.append(header.scanId, { sequence: 0, sha256: 'a', lines })
    const seen: Promise<string[]>[] = []
    const watching = {
      ...exampleDerivation,
      scoreSecret: (...input: Parameters<typeof exampleDerivation.scoreSecret>) => (seen.push(secretKeys()), exampleDerivation.scoreSecret(...input)),
    }
    await store.scans.publish(header.scanId, { ...END, lines: lines.length }, watching, EXAMPLE_NOW)
    expect(seen.length).toBeGreaterThan(0)
    for (const keys of await Promise.all(seen)) expect([[exampleFingerprint('one')], [exampleFingerprint('two')]]).toContainEqual(keys)
    expect(await seen[0]).toEqual([exampleFingerprint('one')])
    expect(await secretKeys()).toEqual([exampleFingerprint('two')])
  })

  test('a chunk that is sent again changes nothing, and another one under its number is refused', async () => {
    const header = exampleHeader()
    await store.scans.begin(integration, header, EXAMPLE_NOW)
    const chunk = { sequence: 0, sha256: 'a', lines: [occurrenceLine('shop', 'settings', 'one')] }
    expect(await store.scans.append(header.scanId, chunk)).toBe(true)
    expect(await store.scans.append(header.scanId, chunk)).toBe(false)
    await expect(store.scans.append(header.scanId, { ...chunk, sha256: 'b' })).rejects.toThrow(ConflictError)
    await expect(store.scans.append(header.scanId, { ...chunk, sequence: 2 })).rejects.toThrow('Chunk 1 is expected next')
    expect((await store.scans.begin(integration, header, EXAMPLE_NOW)).receivedChunks).toBe(1)
    await expect(store.scans.publish(header.scanId, { ...END, lines: 5 }, exampleDerivation, EXAMPLE_NOW)).rejects.toThrow('send the chunks from 1 on')
    const row = await store.scans.publish(header.scanId, { ...END, lines: 1 }, exampleDerivation, EXAMPLE_NOW)
    expect(await store.scans.append(header.scanId, chunk)).toBe(false)
    expect(await store.scans.publish(header.scanId, { ...END, lines: 1 }, exampleDerivation, EXAMPLE_NOW)).toEqual(row)
  })

  test('two publications of one scan at once publish it once', async () => {
    const header = exampleHeader()
    await store.scans.begin(integration, header, EXAMPLE_NOW)
    await store.scans.append(header.scanId, { sequence: 0, sha256: 'a', lines: [occurrenceLine('shop', 'settings', 'one')] })
    const rows = await Promise.all([1, 2].map(() => store.scans.publish(header.scanId, { ...END, lines: 1 }, exampleDerivation, EXAMPLE_NOW)))
    expect(rows.map((row) => row.number)).toEqual([1, 1])
    expect((await store.scans.list(PAGE)).items).toHaveLength(1)
  })

  test('a scan of another integration cannot be continued', async () => {
    const header = exampleHeader()
    await store.scans.begin(integration, header, EXAMPLE_NOW)
    const other = await store.integrations.create({ kind: 'kubernetes', name: 'other', publicKeyPem: 'key', now: EXAMPLE_NOW })
    await expect(store.scans.begin(other.id, header, EXAMPLE_NOW)).rejects.toThrow(ConflictError)
    await expect(store.scans.begin(integration, { ...header, mode: 'changes' }, EXAMPLE_NOW)).rejects.toThrow(ConflictError)
  })

  test('two integrations that read the same cluster double nothing', async () => {
    const other = await store.integrations.create({ kind: 'kubernetes', name: 'other', publicKeyPem: 'key', now: EXAMPLE_NOW })
    const lines = [...deploymentLines('shop', 'web', 'settings'), occurrenceLine('shop', 'settings', 'one'), ...completeCoverage()]
    await Promise.all([sendScan(store, integration, lines), sendScan(store, other.id, lines)])
    const secrets = await store.inventory.listSecrets(PAGE)
    expect(secrets.items).toMatchObject([{ occurrencesTotal: 1 }])
    expect((await store.inventory.listOccurrences(secrets.items[0]?.id ?? '', PAGE)).items).toHaveLength(1)
    expect((await store.scans.diff(1, 2, PAGE)).items).toEqual([])
  })

  describe.each(['denied', 'partial', 'failed'] as const)('a %s collection', (state) => {
    test('removes nothing, closes nothing, lowers nothing', async () => {
      const web = deploymentLines('shop', 'web', 'settings')
      const shop = deploymentLines('shop', 'api', 'settings')
      const secret = occurrenceLine('shop', 'settings', 'one')
      await sendScan(store, integration, [...web, ...shop, secret, ...completeCoverage()])
      expect((await store.inventory.listSecrets(PAGE)).items).toMatchObject([{ level: 'Medium' }])
      const closed = completeCoverage().map((line) =>
        line.type === 'coverage' && ['deployments', 'configmaps'].includes(line.collection) ? coverageLine(line.collection, state) : line,
      )
      await sendScan(store, integration, [...web, ...closed])
      expect((await store.inventory.listSecrets(PAGE)).items).toMatchObject([{ level: 'Medium', applicationsTotal: 2, occurrencesTotal: 1 }])
      expect((await store.inventory.listDeployments(PAGE)).items.map((deployment) => deployment.name)).toEqual(['api', 'web'])
    })
  })

  test('a collection that nobody closed counts as failed, and the scan says so', async () => {
    await sendScan(store, integration, [occurrenceLine('shop', 'settings', 'one'), ...completeCoverage()])
    const row = await sendScan(store, integration, [occurrenceLine('shop', 'other', 'two')])
    expect(await secretKeys()).toEqual([exampleFingerprint('one'), exampleFingerprint('two')].sort())
    expect((await store.scans.get(row.id))?.coverage).toMatchObject([{ collection: 'configmaps', coverage: { state: 'failed' } }])
  })

  test('the most specific statement about an object decides', async () => {
    const all = [occurrenceLine('a', 'x', '1'), occurrenceLine('a', 'y', '2'), occurrenceLine('b', 'z', '3')]
    await sendScan(store, integration, [...all, ...completeCoverage()])
    await sendScan(store, integration, [
      coverageLine('configmaps'),
      coverageLine('configmaps', 'denied', { namespace: 'a' }),
      coverageLine('configmaps', 'complete', { namespace: 'a', object: 'y' }),
    ])
    expect(await secretKeys()).toEqual([exampleFingerprint('1')])
    expect(await secretKeys(1)).toHaveLength(3)
  })

  test('a change scan of one object ends only what that object lost', async () => {
    await sendScan(store, integration, [occurrenceLine('a', 'x', '1'), occurrenceLine('a', 'y', '2'), ...completeCoverage()])
    await sendScan(store, integration, [occurrenceLine('a', 'x', '3'), coverageLine('configmaps', 'complete', { namespace: 'a', object: 'x' })], {
      mode: 'changes',
    })
    expect(await secretKeys()).toEqual([exampleFingerprint('2'), exampleFingerprint('3')].sort())
  })

  test('a secret that returns keeps its id', async () => {
    const lines = [occurrenceLine('shop', 'settings', 'one'), ...completeCoverage()]
    await sendScan(store, integration, lines)
    const first = (await store.inventory.listSecrets(PAGE)).items[0]
    await sendScan(store, integration, completeCoverage())
    expect(await secretKeys()).toEqual([])
    await sendScan(store, integration, lines)
    expect((await store.inventory.listSecrets(PAGE)).items[0]?.id).toBe(first?.id)
    expect((await store.inventory.getSecret(first?.id ?? '', 2)) === undefined).toBe(true)
  })

  test('time alone raises a level in a full scan, and the past keeps the old one', async () => {
    const lines = [occurrenceLine('shop', 'settings', 'one', '2026-05-01T00:00:00Z'), ...completeCoverage()]
    await sendScan(store, integration, lines)
    await sendScan(store, integration, lines, { at: new Date('2026-06-10T00:00:00Z') })
    await sendScan(store, integration, lines, { at: new Date('2027-01-01T00:00:00Z') })
    const levelAt = async (asOf: number): Promise<string | undefined> => (await store.inventory.getSecret(exampleFingerprint('one'), asOf))?.level
    expect(await Promise.all([1, 2, 3].map(levelAt))).toEqual(['Low', 'Low', 'High'])
    expect((await store.scans.diff(1, 2, PAGE)).items).toEqual([])
    const changes = (await store.scans.diff(2, 3, PAGE)).items
    expect(changes).toMatchObject([{ entity: 'secret', change: 'changed', details: ['level: Low -> High', 'factor age: Low -> High'] }])
  })

  test('one secret in several namespaces is one row, with all its applications', async () => {
    await sendScan(store, integration, [
      ...deploymentLines('a', 'web', 'x'),
      ...deploymentLines('b', 'api', 'y'),
      occurrenceLine('a', 'x', 'same'),
      occurrenceLine('b', 'y', 'same'),
      ...completeCoverage(),
    ])
    expect((await store.inventory.listSecrets(PAGE)).items).toMatchObject([
      { applications: ['application:api', 'application:web'], occurrencesTotal: 2, level: 'Medium' },
    ])
    for (const filter of [
      { namespace: 'a' },
      { namespace: 'b' },
      { application: 'application:web' },
      { kind: 'password' },
      { provider: 'Example', levelAtLeast: 'Medium' as const },
    ]) {
      expect((await store.inventory.listSecrets({ ...PAGE, ...filter })).items).toHaveLength(1)
    }
    for (const filter of [{ namespace: 'c' }, { kind: 'other' }, { levelAtLeast: 'High' as const }, { publicId: 'x' }]) {
      expect((await store.inventory.listSecrets({ ...PAGE, ...filter })).items).toEqual([])
    }
  })

  test('a first scan that says something twice, in two chunks, believes what it said last and doubles nothing', async () => {
    const said = occurrenceLine('shop', 'settings', 'one')
    const lines = [said, occurrenceLine('shop', 'other', 'two'), said, occurrenceLine('shop', 'other', 'three'), said, ...completeCoverage()]
    await sendScan(store, integration, lines, { chunkLines: 1 })
    expect(await store.inventory.getSecret(exampleFingerprint('one'))).toMatchObject({ occurrencesTotal: 1 })
    expect(await store.inventory.getSecret(exampleFingerprint('two'))).toBeUndefined()
    expect(await store.inventory.getSecret(exampleFingerprint('three'))).toMatchObject({ occurrencesTotal: 1 })
  })
})
