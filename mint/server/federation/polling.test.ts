import { OutboundError, type OutboundFetch } from '@mintmark/mint/attestation'
import { openAuthority, memoryKeys } from '@mintmark/mint/authority'
import { formatBundle, parseTrustDomain, type Bundle } from '@mintmark/spiffe'
import { exampleTrustDomain } from '@mintmark/spiffe/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTrustFeed } from '../bundles/trust.ts'
import { memoryStores, type MemoryStores } from '../memory-stores.ts'
import type { FederationLinkRow, MintEvent } from '../ports.ts'
import { memoryKeysets } from '../server-testing.ts'
import { createFederation, type Federation } from './federation.ts'

const NOON = new Date('2026-06-01T12:00:00Z')
const foreign = exampleTrustDomain('foreign.example', { now: NOON }).bundle
const OWN = 'td-own'

let nowMs: number
let stores: MemoryStores
let asked: string[]
let answer: (url: URL) => string
let events: MintEvent[]
const ends: (() => void | Promise<void>)[] = []

const bundle = (change: Partial<Bundle> = {}): string => formatBundle({ ...foreign, ...change })
const now = (): Date => new Date(nowMs)
const later = (link: FederationLinkRow | undefined): number => (Date.parse(link?.nextPollAt ?? '') - nowMs) / 1000

const fetch: OutboundFetch = async (url) => {
  asked.push(url.href)
  return { status: 200, body: Buffer.from(answer(url)), location: undefined }
}

beforeEach(() => {
  nowMs = NOON.getTime()
  stores = memoryStores()
  asked = []
  events = []
  answer = () => bundle()
})

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A server's federation over the stores that all of them share. */
async function replica(random = 0.5, trustDomainId = OWN): Promise<{ readonly federation: Federation; readonly trusted: () => readonly string[] }> {
  const parsed = parseTrustDomain('example.org')
  if (!parsed.ok) throw new Error(parsed.reason)
  const authority = await openAuthority({ trustDomain: parsed.trustDomain, store: memoryKeysets(), keys: memoryKeys(), now, settings: {} })
  const trust = createTrustFeed(authority)
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const record = (event: MintEvent): void => void events.push(event)
  const dependencies = { store: stores.federation, trustDomainId, trust, fetch, now, record, log: silent, pollMs: 3_600_000, random: () => random }
  const federation = createFederation(dependencies)
  ends.push(
    () => authority.close(),
    () => trust.close(),
    () => federation.close(),
  )
  return { federation, trusted: () => trust.current().federated.map(({ trustDomain }) => trustDomain) }
}

const link = (foreignTrustDomain = 'foreign.example', trustDomainId = OWN) =>
  stores.federation.create({
    trustDomainId,
    foreignTrustDomain,
    endpoint: { url: `https://${foreignTrustDomain}/bundle`, profile: 'https_web' },
    now: now(),
  })

describe('polling', () => {
  test('of a link is one replica’s, and the others take over what it has found', async () => {
    await link()
    const [first, second] = [await replica(), await replica()]
    await Promise.all([first.federation.run(), second.federation.run()])
    await Promise.all([first.federation.run(), second.federation.run()])
    expect(asked).toHaveLength(1)
    expect([first.trusted(), second.trusted()]).toEqual([['foreign.example'], ['foreign.example']])
  })

  test('is never for another trust domain of the same database', async () => {
    const { id } = await link('foreign.example', 'td-other')
    const { federation, trusted } = await replica()
    await federation.run()
    expect([asked, (await stores.federation.get(id))?.lastPolledAt]).toEqual([[], undefined])
    expect(trusted()).toEqual([])
  })

  test('rule 21: after a failure waits for the next interval, and the last bundle stays in use', async () => {
    const { id } = await link()
    const { federation, trusted } = await replica()
    await federation.run()
    answer = () => {
      throw new OutboundError('foreign.example did not answer within 10000 ms')
    }
    nowMs += 300_000
    for (let look = 0; look < 60; look += 1) {
      await federation.run()
      nowMs += 4_000
    }
    expect(asked).toHaveLength(2)
    expect(await stores.federation.get(id)).toMatchObject({ lastError: 'foreign.example did not answer within 10000 ms.', bundleDocument: bundle() })
    expect(trusted()).toEqual(['foreign.example'])
    answer = () => bundle({ sequence: 2n })
    nowMs += 60_000
    await federation.run()
    const mended = await stores.federation.get(id)
    expect([mended?.lastError, mended?.bundleDocument]).toEqual([undefined, bundle({ sequence: 2n })])
    expect(events.map(({ outcome, details }) => [outcome, details['bundleChanged']])).toEqual([
      ['success', true],
      ['failure', undefined],
      ['success', true],
    ])
  })

  test('rule 23: comes after the hint of the bundle within bounds, a tenth earlier or later', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1_000_000 }), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), async (hint, random) => {
        stores = memoryStores()
        const { id } = await link()
        answer = () => bundle({ refreshHintSeconds: hint })
        const { federation } = await replica(random)
        await federation.run()
        const interval = Math.min(Math.max(hint, 10), 86_400)
        const seconds = later(await stores.federation.get(id))
        expect(seconds).toBeGreaterThanOrEqual(interval * 0.9 - 0.001)
        expect(seconds).toBeLessThanOrEqual(interval * 1.1 + 0.001)
        for (const end of ends.splice(0).toReversed()) await end()
      }),
      { numRuns: 25 },
    )
  })

  test('rule 23: without a hint comes after five minutes', async () => {
    const { id } = await link()
    answer = () => JSON.stringify({ ...JSON.parse(bundle()), spiffe_refresh_hint: undefined })
    await (await replica()).federation.run()
    expect(later(await stores.federation.get(id))).toBe(300)
  })

  test('one endpoint that fails hinders no other', async () => {
    const { id } = await link('broken.example')
    await link()
    answer = (url) => {
      if (url.host === 'broken.example') throw new TypeError('a bug')
      return bundle()
    }
    const { federation, trusted } = await replica()
    await federation.run()
    expect(trusted()).toEqual(['foreign.example'])
    expect(await stores.federation.get(id)).toMatchObject({ lastError: 'The endpoint cannot be polled.' })
  })

  test('while the database is away changes nothing, and goes on afterwards', async () => {
    await link()
    const { federation, trusted } = await replica()
    await federation.run()
    stores.setAway(true)
    nowMs += 600_000
    await federation.run()
    expect(trusted()).toEqual(['foreign.example'])
    stores.setAway(false)
    await federation.run()
    expect(asked).toHaveLength(2)
  })

  test('rule 22: the name is the link’s: a bundle that calls itself the own trust domain, or another, speaks for the linked one only', async () => {
    await link()
    answer = () => JSON.stringify({ ...JSON.parse(bundle()), trust_domain: 'example.org', spiffe_trust_domain: 'example.org' })
    const { federation, trusted } = await replica()
    await federation.run()
    expect(trusted()).toEqual(['foreign.example'])
  })
})

test('a bundle by hand is trusted and never polled; a link that is gone is trusted no more', async () => {
  const { id } = await stores.federation.create({ trustDomainId: OWN, foreignTrustDomain: 'foreign.example', bundleDocument: bundle(), now: now() })
  const { federation, trusted } = await replica()
  await federation.run()
  expect([asked, trusted()]).toEqual([[], ['foreign.example']])
  await stores.federation.delete(id)
  await federation.reload()
  expect(trusted()).toEqual([])
})
