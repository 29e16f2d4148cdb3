import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { settle } from '../clock-testing.ts'
import type { Refusal } from '../refusal.ts'
import { CACHE_LIMITS, type CacheLimits } from './limits.ts'
import { AWAY, createTestIssuance, DENIED, HOUR_MS, QUIET, START, testWorkload, type TestIssuance } from './testing.ts'
import { createX509Cache, type X509Cache, type X509Listener, type X509State } from './x509-cache.ts'
import type { ManualClock } from '../clock-testing.ts'

interface Fixture {
  readonly clock: ManualClock
  readonly issuance: TestIssuance
  readonly cache: X509Cache
}

function start(changes: Partial<CacheLimits> = {}, random: () => number = Math.random): Fixture {
  const { clock, issuance } = createTestIssuance()
  return { clock, issuance, cache: createX509Cache({ issuance, clock, random, limits: { ...CACHE_LIMITS, ...changes }, log: QUIET }) }
}

function listen(): X509Listener & { readonly states: X509State[]; readonly refusals: Refusal[] } {
  const states: X509State[] = []
  const refusals: Refusal[] = []
  return { states, refusals, onState: (state) => void states.push(state), onRefusal: (refusal) => void refusals.push(refusal) }
}

const A = testWorkload('a')

describe('X.509 cache', () => {
  test('a thousand callers at once make one request', async () => {
    const { cache, issuance } = start()
    const states = await Promise.all(Array.from({ length: 1_000 }, () => cache.get(A)))
    expect(new Set(states).size).toBe(1)
    expect(issuance.calls).toHaveLength(1)
  })

  test('renewal comes at half of the lifetime, give or take a fifth, while somebody listens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, noNaN: true }), async (random) => {
        const { cache, clock, issuance } = start({}, () => random)
        const listener = listen()
        cache.subscribe(A, listener)
        await clock.advance(0.399 * HOUR_MS)
        expect(issuance.calls).toHaveLength(1)
        await clock.advance(0.202 * HOUR_MS)
        expect(issuance.calls).toHaveLength(2)
        expect(listener.states).toHaveLength(2)
        cache.close()
      }),
      { numRuns: 20 },
    )
  })

  test('nobody listens, nothing is renewed; the next caller past half life gets a new one', async () => {
    const { cache, clock, issuance } = start()
    cache.subscribe(A, listen())()
    await clock.advance(0.61 * HOUR_MS)
    expect(issuance.calls).toHaveLength(1)
    expect(clock.pending()).toBe(0)
    await cache.get(A)
    expect(issuance.calls).toHaveLength(2)
  })

  test('server away for an hour: nothing valid stops early, what has ended is refused then and not before', async () => {
    const { cache, clock, issuance } = start()
    const listener = listen()
    cache.subscribe(A, listener)
    await settle()
    issuance.refusal = AWAY
    await clock.advance(HOUR_MS - 1)
    expect(listener.refusals).toEqual([])
    const waiting = cache.get(A)
    await settle()
    expect((await waiting).notAfter).toBe(START + HOUR_MS)
    await clock.advance(1)
    expect(listener.refusals).toEqual([AWAY])
    expect(clock.pending()).toBe(0)
  })

  test('the server is back: what is past half life is renewed at once, spread', async () => {
    const { cache, clock, issuance } = start()
    const workloads = Array.from({ length: 200 }, (_, index) => testWorkload(`w${index}`))
    for (const workload of workloads) cache.subscribe(workload, listen())
    await settle()
    issuance.refusal = AWAY
    await clock.advance(0.7 * HOUR_MS)
    issuance.refusal = undefined
    issuance.calls.length = 0
    const back = clock.now()
    cache.retryFailed()
    await clock.advance(200 * CACHE_LIMITS.spreadPerEntryMs)
    expect(issuance.calls).toHaveLength(200)
    const perSecond = new Map<number, number>()
    for (const at of issuance.calls) perSecond.set(Math.floor((at - back) / 1000), (perSecond.get(Math.floor((at - back) / 1000)) ?? 0) + 1)
    expect(Math.max(...perSecond.values())).toBeLessThan(3 * (200 / 4))
  })

  test('a lost entitlement is told at once, and what was issued is not handed out again', async () => {
    const { cache, clock, issuance } = start()
    const listener = listen()
    cache.subscribe(A, listener)
    await settle()
    issuance.refusal = DENIED
    await clock.advance(0.61 * HOUR_MS)
    expect(listener.refusals).toEqual([DENIED])
    await expect(cache.get(A)).rejects.toBe(DENIED)
  })

  test('a refusal is remembered for a moment only', async () => {
    const { cache, clock, issuance } = start()
    issuance.refusal = DENIED
    await expect(cache.get(A)).rejects.toBe(DENIED)
    await expect(cache.get(A)).rejects.toBe(DENIED)
    expect(issuance.calls).toHaveLength(1)
    issuance.refusal = undefined
    await clock.advance(CACHE_LIMITS.refusalMs)
    await expect(cache.get(A)).resolves.toBeDefined()
  })

  test('a renewal that hangs does not hold up a caller beyond its wait', async () => {
    const { cache, clock, issuance } = start()
    const first = await cache.get(A)
    await clock.advance(0.61 * HOUR_MS)
    issuance.hold = new Promise(() => undefined)
    const answer = cache.get(A)
    await clock.advance(CACHE_LIMITS.renewalWaitMs)
    expect(await answer).toBe(first)
  })

  test('what a tainted authority signed is renewed now, and nothing else', async () => {
    const { cache, clock, issuance } = start()
    const [old, other] = [listen(), listen()]
    cache.subscribe(A, old)
    await settle()
    issuance.authority = 'authority-2'
    cache.subscribe(testWorkload('b'), other)
    await settle()
    cache.renewSignedBy(new Set(['authority-1']))
    await clock.advance(1_000)
    expect(old.states).toHaveLength(2)
    expect(other.states).toHaveLength(1)
  })

  test('the least recently used is dropped, but never one that somebody listens to', async () => {
    const { cache, issuance } = start({ x509EntriesMax: 3 })
    const pinned = listen()
    cache.subscribe(A, pinned)
    await settle()
    for (const name of ['b', 'c', 'd', 'e']) await cache.get(testWorkload(name))
    expect(cache.size()).toBe(3)
    issuance.calls.length = 0
    await cache.get(A)
    await cache.get(testWorkload('e'))
    expect(issuance.calls).toHaveLength(0)
    await cache.get(testWorkload('b'))
    expect(issuance.calls).toHaveLength(1)
  })

  test('closing tells listeners to come back later', async () => {
    const { cache } = start()
    const listener = listen()
    cache.subscribe(A, listener)
    await settle()
    cache.close()
    expect(listener.refusals).toMatchObject([{ name: 'Refusal', message: 'The agent is stopping.' }])
  })
})
