import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ConflictError, InvalidCursorError } from '../errors.ts'
import type { Store } from '../store.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'

const NOW = new Date('2026-06-01T00:00:00Z')
const HOSTILE = ['', 'td-', 'c-zz', "'; drop table cluster", 'nul\u0000', 'x'.repeat(5_000), 'c-00000000-0000-0000-0000-000000000000']

describe('registry', () => {
  let cluster: TestCluster
  let registry: Store['mint']['registry']
  let configuration: Store['mint']['configuration']
  beforeAll(async () => {
    cluster = await startTestCluster()
  })
  afterAll(() => cluster.stop())
  beforeEach(async () => {
    ;({ registry, configuration } = (await cluster.openFreshStore()).mint)
  })
  const trustDomain = (name = 'example.org') => registry.createTrustDomain({ name, now: NOW })
  const add = async (trustDomainId: string, name = 'prod') => registry.createCluster({ trustDomainId, name, platform: 'k8s', now: NOW })

  test('ids carry the prefixes of the product', async () => {
    const td = await trustDomain()
    const realm = await registry.createRealm({ trustDomainId: td.id, name: 'blue', now: NOW })
    const made = await registry.createCluster({ trustDomainId: td.id, realmId: realm.id, name: 'prod', platform: 'eks', now: NOW })
    const { version } = await registry.addClusterVersion({ clusterId: made.id, publicKeyPem: 'pem', limit: 10, now: NOW })
    expect(td.id).toMatch(/^td-[0-9a-f-]{36}$/)
    expect(realm.id).toMatch(/^rlm-[0-9a-f-]{36}$/)
    expect(version.id).toMatch(/^cv-[0-9a-f-]{36}$/)
    expect(made).toEqual({ id: made.id, trustDomainId: td.id, realmId: realm.id, name: 'prod', platform: 'eks', enabled: true, createdAt: NOW.toISOString() })
    expect(made.id).toMatch(/^c-[0-9a-f-]{36}$/)
    expect(await registry.realm(td.id, 'blue')).toEqual(realm)
    expect(await registry.realm(td.id, realm.id)).toEqual(realm)
    expect((await registry.listRealms(td.id, { size: 5 })).items).toEqual([realm])
    expect(await registry.clusterVersion(version.id)).toEqual(version)
  })

  test('a name is taken once where it counts, also when many ask at once', async () => {
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => trustDomain()))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const [one, two] = [await registry.trustDomain('example.org'), await trustDomain('example.net')]
    const first = await add(one?.id ?? '')
    await expect(add(one?.id ?? '')).rejects.toThrow(ConflictError)
    const second = await add(two.id)
    expect(await registry.cluster(two.id, 'prod')).toEqual(second)
    expect(await registry.cluster(two.id, first.id)).toBeUndefined()
    expect(await registry.clusterById(first.id)).toEqual(first)
    await registry.createRealm({ trustDomainId: two.id, name: 'blue', now: NOW })
    await expect(registry.createRealm({ trustDomainId: two.id, name: 'blue', now: NOW })).rejects.toMatchObject({ label: 'realm-name' })
  })

  test('what belongs to nothing is refused', async () => {
    const td = await trustDomain()
    const other = await trustDomain('example.net')
    const realm = await registry.createRealm({ trustDomainId: other.id, name: 'blue', now: NOW })
    const missing = 'td-00000000-0000-7000-8000-000000000000'
    await expect(add(missing)).rejects.toMatchObject({ label: 'trust-domain-unknown' })
    await expect(registry.createRealm({ trustDomainId: missing, name: 'x', now: NOW })).rejects.toMatchObject({ label: 'trust-domain-unknown' })
    const foreign = { trustDomainId: td.id, realmId: realm.id, name: 'x', platform: 'k8s', now: NOW } as const
    await expect(registry.createCluster(foreign)).rejects.toMatchObject({ label: 'realm-unknown' })
    await expect(registry.addClusterVersion({ clusterId: 'c-none', publicKeyPem: '', limit: 10, now: NOW })).rejects.toMatchObject({ label: 'cluster-unknown' })
  })

  test('lists page without gaps, within what was asked for', async () => {
    const [one, two] = [await trustDomain(), await trustDomain('example.net')]
    for (const name of ['a', 'b', 'c']) await add(one.id, name)
    await add(two.id, 'd')
    const names: string[] = []
    let cursor: string | undefined
    do {
      const page = await registry.listClusters({ size: 2, trustDomainId: one.id, ...(cursor === undefined ? {} : { cursor }) })
      names.push(...page.items.map(({ name }) => name))
      cursor = page.next
    } while (cursor !== undefined)
    expect(names).toEqual(['c', 'b', 'a'])
    expect((await registry.listClusters({ size: 9 })).items).toHaveLength(4)
    expect((await registry.listTrustDomains({ size: 9 })).items.map(({ name }) => name)).toEqual(['example.net', 'example.org'])
    const { next = '' } = await registry.listTrustDomains({ size: 1 })
    await expect(registry.listClusters({ size: 1, cursor: next })).rejects.toThrow(InvalidCursorError)
  })

  test('the eleventh version removes the oldest, however many are added at once', async () => {
    const { id } = await add((await trustDomain()).id)
    const outcomes = await Promise.all(
      Array.from({ length: 14 }, (_, index) => registry.addClusterVersion({ clusterId: id, publicKeyPem: `pem ${index}`, limit: 10, now: NOW })),
    )
    const kept = await registry.listClusterVersions(id)
    expect(kept).toHaveLength(10)
    const removed = outcomes.flatMap((outcome) => outcome.removed.map((each) => each.id))
    expect(removed).toHaveLength(4)
    expect(new Set([...removed, ...kept.map((each) => each.id)]).size).toBe(14)
    const { version, removed: oldest } = await registry.addClusterVersion({ clusterId: id, publicKeyPem: 'new', limit: 10, now: NOW })
    expect(oldest).toEqual([kept[0]])
    expect((await registry.listClusterVersions(id)).at(-1)).toEqual(version)
  })

  test('versions are switched off and on, and deleted', async () => {
    const { id } = await add((await trustDomain()).id)
    const { version } = await registry.addClusterVersion({ clusterId: id, publicKeyPem: 'pem', limit: 10, now: NOW })
    expect(version.active).toBe(true)
    expect(await registry.setClusterVersionActive(version.id, false)).toBe(true)
    expect((await registry.clusterVersion(version.id))?.active).toBe(false)
    expect(await registry.deleteClusterVersion(version.id)).toBe(true)
    expect(await registry.deleteClusterVersion(version.id)).toBe(false)
    expect(await registry.setClusterVersionActive(version.id, true)).toBe(false)
    expect(await registry.setClusterEnabled(id, false)).toBe(true)
    expect((await registry.clusterById(id))?.enabled).toBe(false)
  })

  test('agents stay as they were seen last, in whatever order replicas report them', async () => {
    const td = await trustDomain()
    const { id } = await add(td.id)
    const agent = {
      id: `${id}/node-1`,
      clusterId: id,
      nodeName: 'node-1',
      version: '1',
      platform: 'k8s',
      attestedBy: ['k8s_token'],
      attestedAt: NOW.toISOString(),
    }
    const [early, late] = ['2026-06-01T00:01:00.000Z', '2026-06-01T00:02:00.000Z']
    await registry.saveAgent({ ...agent, lastSeenAt: late })
    await registry.saveAgent({ ...agent, nodeName: 'node\u00001', lastSeenAt: early })
    await registry.saveAgent({ ...agent, id: `${id}/node-2`, lastSeenAt: early })
    const all = await registry.listAgents({ size: 9, trustDomainId: td.id })
    expect(all.items.map((each) => [each.id, each.lastSeenAt])).toEqual([
      [`${id}/node-1`, late],
      [`${id}/node-2`, early],
    ])
    const first = await registry.listAgents({ size: 1, clusterId: id })
    expect((await registry.listAgents({ size: 1, cursor: first.next ?? '' })).items).toEqual([all.items[1]])
    await expect(registry.saveAgent({ ...agent, clusterId: 'c-none', lastSeenAt: late })).rejects.toMatchObject({ label: 'cluster-unknown' })
  })

  test('a deleted cluster takes its versions, agents and configuration with it, and servers hear of it', async () => {
    const { id } = await add((await trustDomain()).id)
    const { version } = await registry.addClusterVersion({ clusterId: id, publicKeyPem: 'pem', limit: 10, now: NOW })
    const at = NOW.toISOString()
    await registry.saveAgent({ id: 'a', clusterId: id, nodeName: 'n', version: '1', platform: 'k8s', attestedBy: [], attestedAt: at, lastSeenAt: at })
    await configuration.save({ kind: 'cluster', id }, 0, { sections: {}, actor: 'ada', now: NOW })
    const before = await configuration.revision()
    expect(await registry.deleteCluster(id)).toBe(true)
    expect(await registry.deleteCluster(id)).toBe(false)
    expect(await registry.clusterVersion(version.id)).toBeUndefined()
    expect((await registry.listAgents({ size: 9 })).items).toEqual([])
    expect(await configuration.current({ kind: 'cluster', id })).toBeUndefined()
    expect(await configuration.revision()).toBeGreaterThan(before)
  })

  test('foreign ids and hostile names find nothing', async () => {
    const { id } = await trustDomain()
    for (const text of HOSTILE) {
      expect(await registry.trustDomain(text)).toBeUndefined()
      expect(await registry.realm(id, text)).toBeUndefined()
      expect(await registry.cluster(id, text)).toBeUndefined()
      expect(await registry.clusterById(text)).toBeUndefined()
      expect(await registry.clusterVersion(text)).toBeUndefined()
      expect(await registry.listClusterVersions(text)).toEqual([])
      expect((await registry.listRealms(text, { size: 5 })).items).toEqual([])
      expect((await registry.listAgents({ size: 5, clusterId: text })).items).toEqual([])
      expect((await registry.listClusters({ size: 5, realmId: text })).items).toEqual([])
    }
  })
})
