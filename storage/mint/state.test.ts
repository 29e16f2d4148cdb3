import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ConflictError } from '../errors.ts'
import type { Store } from '../store.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'

const NOW = new Date('2026-06-01T00:00:00Z')
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1_000)
const ORG = { kind: 'org' } as const

describe('state of trust domains', () => {
  let cluster: TestCluster
  let mint: Store['mint']
  beforeAll(async () => {
    cluster = await startTestCluster()
  })
  afterAll(() => cluster.stop())
  beforeEach(async () => {
    ;({ mint } = await cluster.openFreshStore())
  })

  describe('configuration', () => {
    const sections = (note: string) => ({ AttributeRedaction: { schema: 'v1', spec: { note } } })
    const save = (expected: number, note: string) => mint.configuration.save(ORG, expected, { sections: sections(note), actor: 'ada', now: NOW })

    test('of those who save over the same version one wins, and nobody overwrites what he has not seen', async () => {
      const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map((note) => save(0, note)))
      const [won] = outcomes.filter((each) => each !== undefined)
      expect(outcomes.filter((each) => each !== undefined)).toHaveLength(1)
      expect(await mint.configuration.current(ORG)).toEqual(won)
      expect(await save(0, 'late')).toBeUndefined()
      expect(await save(7, 'from nowhere')).toBeUndefined()
      expect(await save(1, 'next')).toMatchObject({ version: 2, sections: sections('next'), actor: 'ada' })
      expect(await save(1, 'late')).toBeUndefined()
    })

    test('every version can be read again, newest first, and each scope has its own', async () => {
      for (const [index, note] of ['one', 'two', 'three'].entries()) await save(index, note)
      const scope = { kind: 'cluster', id: 'c-1' } as const
      expect(await mint.configuration.current(scope)).toBeUndefined()
      await mint.configuration.save(scope, 0, { sections: {}, actor: 'bob', now: NOW })
      const first = await mint.configuration.history(ORG, { size: 2 })
      expect(first.items.map(({ version }) => version)).toEqual([3, 2])
      expect((await mint.configuration.history(ORG, { size: 2, cursor: first.next ?? '' })).items).toEqual([await mint.configuration.version(ORG, 1)])
      expect(await mint.configuration.version(ORG, 9)).toBeUndefined()
      expect(await mint.configuration.current({ kind: 'cluster', id: 'nul\u0000' })).toBeUndefined()
    })

    test('the revision grows with every save of any scope and with nothing else', async () => {
      const before = await mint.configuration.revision()
      await Promise.all([save(0, 'a'), mint.configuration.save({ kind: 'trust-domain', id: 'td-1' }, 0, { sections: {}, actor: 'bob', now: NOW })])
      await save(0, 'refused')
      expect(await mint.configuration.revision()).toBe(before + 2n)
    })
  })

  describe('federation', () => {
    const web = { url: 'https://example.net/bundle', profile: 'https_web' } as const
    const trustDomain = () => mint.registry.createTrustDomain({ name: 'example.org', now: NOW })

    test('a link keeps what polling has shown; what is named without a value is cleared', async () => {
      const { id: trustDomainId } = await trustDomain()
      const endpoint = { url: 'https://example.net/bundle', profile: 'https_spiffe', endpointSpiffeId: 'spiffe://example.net/bundle' } as const
      const link = await mint.federation.create({ trustDomainId, foreignTrustDomain: 'example.net', endpoint, bundleDocument: '{"keys":[]}', now: NOW })
      expect(link).toEqual({
        id: link.id,
        trustDomainId,
        foreignTrustDomain: 'example.net',
        endpoint,
        bundleDocument: '{"keys":[]}',
        createdAt: NOW.toISOString(),
      })
      await expect(mint.federation.create({ trustDomainId, foreignTrustDomain: 'example.net', now: NOW })).rejects.toThrow(ConflictError)
      const at = NOW.toISOString()
      const failed = await mint.federation.update(link.id, { lastPolledAt: at, lastError: 'certificate expired\u0000', nextPollAt: at })
      expect(failed).toEqual({ ...link, lastPolledAt: at, lastError: 'certificate expired\uFFFD', nextPollAt: at })
      const mended = await mint.federation.update(link.id, { lastSucceededAt: at, lastError: undefined, endpoint: web })
      expect(mended).toEqual({ ...link, endpoint: web, lastPolledAt: at, lastSucceededAt: at, nextPollAt: at })
      expect(await mint.federation.get(link.id)).toEqual(mended)
      expect(await mint.federation.update(link.id, {})).toEqual(mended)
      expect((await mint.federation.list({ size: 5, trustDomainId })).items).toEqual([mended])
      expect((await mint.federation.list({ size: 5, trustDomainId: 'td-none' })).items).toEqual([])
      expect(await mint.federation.delete(link.id)).toBe(true)
      expect(await mint.federation.get(link.id)).toBeUndefined()
      expect(await mint.federation.update(link.id, { lastError: 'x' })).toBeUndefined()
    })

    test('a due link is claimed by one replica at a time, until its claim ends or its next poll is set', async () => {
      const { id: trustDomainId } = await trustDomain()
      for (const name of ['a.test', 'b.test', 'c.test', 'd.test']) {
        await mint.federation.create({ trustDomainId, foreignTrustDomain: name, endpoint: web, nextPollAt: NOW.toISOString(), now: NOW })
      }
      await mint.federation.create({ trustDomainId, foreignTrustDomain: 'by-hand.test', bundleDocument: '{}', now: NOW })
      await mint.federation.create({ trustDomainId, foreignTrustDomain: 'later.test', endpoint: web, nextPollAt: later(600).toISOString(), now: NOW })
      const claims = await Promise.all([1, 2, 3].map(() => mint.federation.claimDue(NOW, later(30), 2)))
      const claimed = claims.flat().map(({ foreignTrustDomain }) => foreignTrustDomain)
      expect(new Set(claimed).size).toBe(claimed.length)
      const rest = await mint.federation.claimDue(NOW, later(30), 9)
      expect([...claimed, ...rest.map((each) => each.foreignTrustDomain)].sort()).toEqual(['a.test', 'b.test', 'c.test', 'd.test'])
      expect(await mint.federation.claimDue(later(29), later(60), 9)).toEqual([])
      const [polled] = claims.flat()
      await mint.federation.update(polled?.id ?? '', { nextPollAt: later(10).toISOString() })
      expect((await mint.federation.claimDue(later(10), later(60), 9)).map((each) => each.id)).toEqual([polled?.id])
      expect(await mint.federation.claimDue(later(30), later(60), 9)).toHaveLength(3)
    })

    test('a server claims links of its own trust domain only', async () => {
      const [own, other] = [await trustDomain(), await mint.registry.createTrustDomain({ name: 'other.test', now: NOW })]
      const links = [own, other].map(({ id }) => ({ trustDomainId: id, foreignTrustDomain: 'a.test', endpoint: web, nextPollAt: NOW.toISOString(), now: NOW }))
      for (const link of links) await mint.federation.create(link)
      const claimed = await mint.federation.claimDue(NOW, later(30), 9, own.id)
      expect(claimed.map(({ trustDomainId }) => trustDomainId)).toEqual([own.id])
      expect((await mint.federation.claimDue(NOW, later(30), 9, other.id)).map(({ trustDomainId }) => trustDomainId)).toEqual([other.id])
    })
  })

  describe('keysets', () => {
    const keyset = (id: string) =>
      ({
        id,
        state: 'ACTIVE',
        createdAt: NOW.toISOString(),
        notAfter: later(60).toISOString(),
        x509: { chain: ['AA=='], key: { manager: 'sealed', handle: 'x509', sealed: 'AAEC' } },
        jwt: [],
      }) as const

    test('are replaced only by those who have seen the newest, and the revision grows by one', async () => {
      expect(await mint.keysets.load('example.org')).toEqual({ revision: 0n, keysets: [] })
      const first = await Promise.all(['a', 'b', 'c', 'd'].map((id) => mint.keysets.replace('example.org', 0n, [keyset(id)])))
      expect(first.filter((each) => each !== undefined)).toHaveLength(1)
      const present = await mint.keysets.load('example.org')
      expect(present.revision).toBe(1n)
      expect(first).toContainEqual(present)
      const second = await Promise.all(['e', 'f', 'g'].map((id) => mint.keysets.replace('example.org', 1n, [...present.keysets, keyset(id)])))
      expect(second.filter((each) => each !== undefined)).toHaveLength(1)
      expect(await mint.keysets.replace('example.org', 1n, [])).toBeUndefined()
      expect(await mint.keysets.replace('example.net', 1n, [])).toBeUndefined()
      expect(await mint.keysets.load('example.org')).toMatchObject({ revision: 2n, keysets: [{}, {}] })
      expect((await mint.keysets.load('example.net')).revision).toBe(0n)
      expect(await mint.keysets.replace('example.org', 2n, [], 7n)).toMatchObject({ revision: 7n })
      expect(await mint.keysets.replace('example.org', 7n, [], 3n)).toMatchObject({ revision: 8n })
      expect(await mint.keysets.replace('example.net', 0n, [], 5n)).toMatchObject({ revision: 5n })
    })
  })
})
