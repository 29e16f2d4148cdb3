import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LEVELS, type Factor, type Level } from '@mintmark/contract/scan'
import { worstLevel } from '@mintmark/ledger/model'
import { compareByRisk, type Rankable } from './order.ts'

const names: readonly Factor['name'][] = ['age', 'last-used', 'reuse', 'exposure', 'authorization-scope']

function secret(key: string, levels: readonly Level[], createdAt?: string): Rankable {
  const factors = levels.map((level, index): Factor => {
    const name = names[index % names.length] ?? 'age'
    return level === 'Unknown' ? { name, known: false, reason: 'unknown' } : { name, known: true, level, reason: 'known' }
  })
  return { key, level: worstLevel(levels), factors, ...(createdAt === undefined ? {} : { createdAt }) }
}

const rankable = fc
  .record({
    key: fc.stringMatching(/^[0-9a-f]{1,4}$/),
    levels: fc.array(fc.constantFrom(...LEVELS, 'Unknown' as const), { maxLength: 5 }),
    createdAt: fc.option(
      fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }).map((date) => date.toISOString()),
      { nil: undefined },
    ),
  })
  .map(({ key, levels, createdAt }) => secret(key, levels, createdAt))

const sortedKeys = (secrets: readonly Rankable[]): string[] => secrets.toSorted(compareByRisk).map((each) => each.key)

describe('order by risk', () => {
  test('level, then factors at that level, then at the next lower, then age, then key', () => {
    const expected = [
      secret('critical', ['Critical']),
      secret('two high', ['High', 'High']),
      secret('high and medium', ['High', 'Medium']),
      secret('old high', ['High', 'Low'], '2020-01-01T00:00:00Z'),
      secret('young high', ['High', 'Low'], '2026-01-01T00:00:00Z'),
      secret('high of unknown age', ['High', 'Low']),
      secret('high of unknown age too', ['High', 'Low']),
      secret('medium', ['Medium', 'Medium', 'Medium', 'Medium', 'Medium']),
      secret('low', ['Low']),
      secret('unknown', ['Unknown', 'Unknown']),
    ]
    expect(sortedKeys(expected.toReversed())).toEqual(expected.map((each) => each.key))
  })

  test('the order is total: the same secrets in any order give the same list', () => {
    fc.assert(
      fc.property(
        fc
          .uniqueArray(rankable, { selector: (each) => each.key })
          .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expect(sortedKeys(shuffled)).toEqual(sortedKeys(list))
        },
      ),
    )
  })

  test('instants are compared as times, not as texts', () => {
    const early = secret('a', ['Low'], '2026-01-01T00:00:00+02:00')
    const late = secret('b', ['Low'], '2026-01-01T00:00:00.000Z')
    expect(compareByRisk(early, late)).toBeLessThan(0)
  })
})
