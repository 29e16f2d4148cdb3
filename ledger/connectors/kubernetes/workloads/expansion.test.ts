import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EXPANDED_CHARS_MAX, expandVariables } from './expansion.ts'

const known: Readonly<Record<string, string>> = { A: '1', B: '$(A)', EMPTY: '' }
const lookUp = (name: string): string | undefined => (Object.hasOwn(known, name) ? known[name] : undefined)

describe('$(VAR)', () => {
  test.each([
    ['x$(A)y', 'x1y'],
    ['$(A)$(A)', '11'],
    ['$(EMPTY)', ''],
    ['$(MISSING)', '$(MISSING)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$1'],
    ['$$$$(A)', '$$(A)'],
    ['$A', '$A'],
    ['cost: 5$', 'cost: 5$'],
    ['$(A', '$(A'],
    ['$(', '$('],
    ['$()', '$()'],
    // What a variable brings is not looked at again.
    ['$(B)', '$(A)'],
    ['a)b', 'a)b'],
  ])('%s becomes %s', (text, expected) => {
    expect(expandVariables(text, lookUp)).toBe(expected)
  })

  test('text without a dollar is left alone, and escaping makes any text survive', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '(', ')', 'A', 'x', '%') }), (text) => {
        expect(expandVariables(text.replaceAll('$', '$$$$'), lookUp)).toBe(text)
        if (!text.includes('$')) expect(expandVariables(text, lookUp)).toBe(text)
      }),
    )
  })

  test('a chain that doubles at every step stops at the limit', () => {
    let value: string | undefined = 'x'.repeat(1_000)
    for (let step = 0; step < 40 && value !== undefined; step += 1) {
      const last: string = value
      value = expandVariables('$(LAST)$(LAST)', () => last)
      if (value !== undefined) expect(value.length).toBeLessThanOrEqual(EXPANDED_CHARS_MAX)
    }
    expect(value).toBeUndefined()
  })
})
