import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { settle, type ManualClock } from '../clock-testing.ts'
import { audienceSet, createJwtCache, keyOfWish, type JwtCache } from './jwt-cache.ts'
import { CACHE_LIMITS, type CacheLimits } from './limits.ts'
import { AWAY, createTestIssuance, DENIED, HOUR_MS, testWorkload, type TestIssuance } from './testing.ts'

interface Fixture {
  readonly clock: ManualClock
  readonly issuance: TestIssuance
  readonly cache: JwtCache
}

function start(changes: Partial<CacheLimits> = {}): Fixture {
  const { clock, issuance } = createTestIssuance()
  return { clock, issuance, cache: createJwtCache({ issuance, clock, random: Math.random, limits: { ...CACHE_LIMITS, ...changes } }) }
}

const wish = (...audience: string[]) => ({ workload: testWorkload('a'), audience: audienceSet(audience), spiffeId: '' })

describe('JWT cache', () => {
  test('the same set of audiences is answered once, in any order and number', async () => {
    const { cache, issuance } = start()
    const [first] = await cache.get(wish('x', 'y'))
    expect(await cache.get(wish('y', 'x', 'x'))).toEqual([first])
    expect(issuance.calls).toHaveLength(1)
  })

  test('two sets of audiences never share a name, whatever they hold', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (a, b) => {
        const same = JSON.stringify(audienceSet(a)) === JSON.stringify(audienceSet(b))
        expect(keyOfWish(wish(...a)) === keyOfWish(wish(...b))).toBe(same)
      }),
    )
    expect(keyOfWish(wish('a,b'))).not.toBe(keyOfWish(wish('a', 'b')))
    expect(keyOfWish({ ...wish('b'), spiffeId: 'a' })).not.toBe(keyOfWish(wish('a', 'b')))
  })

  test('a token that is used is refreshed at half of its life without anybody waiting', async () => {
    const { cache, clock, issuance } = start()
    await cache.get(wish('x'))
    await clock.advance(1_000)
    const [used] = await cache.get(wish('x'))
    await clock.advance(0.61 * HOUR_MS)
    expect(issuance.calls).toHaveLength(2)
    const [fresh] = await cache.get(wish('x'))
    expect(fresh?.token).not.toBe(used?.token)
    expect(issuance.calls).toHaveLength(2)
  })

  test('a token that nobody asked for again is not refreshed', async () => {
    const { cache, clock, issuance } = start()
    await cache.get(wish('x'))
    await clock.advance(2 * HOUR_MS)
    expect(issuance.calls).toHaveLength(1)
    await cache.get(wish('x'))
    expect(issuance.calls).toHaveLength(2)
  })

  test('the server is away: the token is handed out until it ends', async () => {
    const { cache, clock, issuance } = start()
    const [token] = await cache.get(wish('x'))
    issuance.refusal = AWAY
    for (let minute = 0; minute < 59; minute++) {
      await clock.advance(60_000)
      const answer = cache.get(wish('x'))
      await settle()
      expect(await answer).toEqual([token])
    }
    await clock.advance(60_000)
    await expect(cache.get(wish('x'))).rejects.toBe(AWAY)
  })

  test('a lost entitlement takes the token away', async () => {
    const { cache, clock, issuance } = start()
    await cache.get(wish('x'))
    issuance.refusal = DENIED
    await clock.advance(0.61 * HOUR_MS)
    await expect(cache.get(wish('x'))).rejects.toBe(DENIED)
    await expect(cache.get(wish('x'))).rejects.toBe(DENIED)
  })

  test('what a tainted key signed is replaced at the next ask, and stays good while the server is away', async () => {
    const { cache, issuance } = start()
    const [old] = await cache.get(wish('x'))
    cache.renewSignedBy(new Set(['authority-1']))
    issuance.refusal = AWAY
    expect(await cache.get(wish('x'))).toEqual([old])
    issuance.refusal = undefined
    const { cache: other, issuance: signer } = start()
    const [before] = await other.get(wish('x'))
    signer.authority = 'authority-2'
    other.renewSignedBy(new Set(['authority-1']))
    const [after] = await other.get(wish('x'))
    expect(after?.token).not.toBe(before?.token)
  })

  test('the cache is bounded, and forgets a workload as a whole', async () => {
    const { cache } = start({ jwtEntriesMax: 5 })
    for (let index = 0; index < 20; index++) await cache.get(wish(`audience ${index}`))
    expect(cache.size()).toBe(5)
    cache.forget(testWorkload('a'))
    expect(cache.size()).toBe(0)
  })
})
