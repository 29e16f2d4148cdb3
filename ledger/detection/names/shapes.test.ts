import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { wordShare } from './language.ts'
import { marksOf, PATTERNS } from './shapes.ts'

describe('marks of shapes', () => {
  const pieces = fc.oneof(
    fc.constantFrom('0', '12', '5', 'P', 'T', 'd', 'md5', 'a1b2', '-', '.', ':', '/', '//', '@', '$', '{', '}', '_', '*', '~', '<', '(', ')', '[', ']', '^', '+', '\\', ' ', '\t', '"'),
    fc.constantFrom('jdbc', 'text', 'true', 'v1', 'ssh-rsa AAAA', '-----BEGIN ', 'pk_live_', 'file', 'process', 'yaml', 'GB', 'ms', 'example', 'com', '\u00a0', 'ü'),
    fc.string({ maxLength: 4 }),
  ) // prettier-ignore

  test('no text has a shape without one of its marks', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 7 }), (chosen) => {
        const text = chosen.join('').trim()
        const marks = marksOf(text)
        for (const [shape, pattern, needed] of PATTERNS) if (pattern.test(text) && (marks & needed) === 0) throw new Error(`${shape} of ${text}`)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('share of words', () => {
  /** The same by an expression. */
  const runsOf = (text: string): readonly string[] => text.match(/[A-Z]?[a-z]+|[A-Z]+/g) ?? []

  test('runs of letters are told apart by their case', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Ca-c1_]{0,12}$/), (text) => {
        const alone = runsOf(text).reduce((sum, run) => sum + wordShare(run) * run.length, 0)
        expect(wordShare(text) * text.length).toBeCloseTo(alone, 9)
      }),
    )
  })

  test.each([
    ['password', 1],
    ['Database', 1],
    ['DATABASE', 1],
    ['orderService', 1],
    ['Xq7ZpR2k', 0],
    ['', 0],
  ])('of %s is %d', (text, share) => {
    expect(wordShare(text)).toBe(share)
  })
})
