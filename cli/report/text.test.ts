import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanText, cutEnd, cutMiddle, widthOf, wrapWords } from './text.ts'

const strange = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))
const anyWidth = fc.integer({ min: 2, max: 100 })

describe('foreign text', () => {
  test.each([
    ['\u001b[2J', '\\u{1b}[2J'],
    ['a\nb', 'a\\u{a}b'],
    ['\u202eexe.txt', '\\u{202e}exe.txt'],
    ['pay\u200bments', 'pay\\u{200b}ments'],
    ['\u009b31m', '\\u{9b}31m'],
    ['\ud800', '\\u{d800}'],
    ['zażółć 支払い', 'zażółć 支払い'],
  ])('%j is shown as %j', (text, shown) => {
    expect(cleanText(text)).toBe(shown)
  })

  test('nothing that moves a cursor or hides text is left, and cleaning twice changes nothing', () => {
    fc.assert(
      fc.property(strange, (text) => {
        const cleaned = cleanText(text)
        expect(cleaned).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(cleanText(cleaned)).toBe(cleaned)
      }),
    )
  })
})

describe('widths', () => {
  test('a cut text is never wider than asked', () => {
    fc.assert(
      fc.property(strange, anyWidth, (text, width) => {
        const cleaned = cleanText(text)
        expect(widthOf(cutEnd(cleaned, width))).toBeLessThanOrEqual(width)
        expect(widthOf(cutMiddle(cleaned, width))).toBeLessThanOrEqual(width)
      }),
    )
  })

  test('wrapping loses no character but spaces', () => {
    fc.assert(
      fc.property(strange, anyWidth, (text, width) => {
        const cleaned = cleanText(text)
        const lines = wrapWords(cleaned, width)
        expect(lines.join('').replaceAll(' ', '')).toBe(cleaned.replaceAll(' ', ''))
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
      }),
    )
  })
})
