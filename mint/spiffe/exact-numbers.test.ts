import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseByMarks, parseExact, stringifyByMarks, stringifyExact } from './exact-numbers.ts'

const text = fc.oneof(
  fc.json(),
  fc.json().map((json) => json.replace(/\d+/g, (digits) => `${digits}${'9'.repeat(20)}`)),
  fc
    .array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '0', '-', '1', '.', 'e', '9'.repeat(17), ' '), { maxLength: 20 })
    .map((list) => list.join('')),
)

function outcome(parse: (json: string) => unknown, json: string): unknown {
  try {
    return { value: parse(json) }
  } catch {
    return 'refused'
  }
}

test('both ways of reading agree on every text', () => {
  fc.assert(
    fc.property(text, (json) => {
      expect(outcome(parseByMarks, json)).toEqual(outcome(parseExact, json))
    }),
    { numRuns: 1000 },
  )
})

test.each(['"\\99999999999999999', '"a" : "\\\n99999999999999999', '{"a":{99999999999999999:1},"a":2}', '{"a":1,99999999999999999 :1}'])(
  '%j is refused',
  (json) => {
    expect([outcome(parseByMarks, json), outcome(parseExact, json)]).toEqual(['refused', 'refused'])
  },
)

test('both ways of writing agree, and numbers of any length come back with all their digits', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }), fc.jsonValue(), (number, beside) => {
      const written = stringifyExact({ number, beside })
      expect(stringifyByMarks({ number, beside })).toBe(written)
      const expected = number <= BigInt(Number.MAX_SAFE_INTEGER) && number >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(number) : number
      for (const parse of [parseExact, parseByMarks]) expect(parse(written)).toMatchObject({ number: expected })
    }),
  )
})

test.each([
  ['9007199254740991', 9_007_199_254_740_991],
  ['9007199254740993', 9_007_199_254_740_993n],
  ['-18446744073709551616', -18_446_744_073_709_551_616n],
  ['"9007199254740993"', '9007199254740993'],
  ['1234567890123456.5', 1_234_567_890_123_456.5],
  ['1e20', 1e20],
])('%s is read as it is meant', (json, value) => {
  expect(parseExact(json)).toEqual(value)
  expect(parseByMarks(json)).toEqual(value)
})
