import { checkSync } from 'recheck'
import { describe, expect, test } from 'vitest'
import { FORMAT_RULES, KEYED_RULES } from '../catalogue.ts'
import { createFormatMatcher } from '../match.ts'
import type { Leaf, Verdict } from '../leaf.ts'

/** Every distinct expression; sticky ones are held at their start, as the engine does. */
const expressions = new Map<string, string>()
for (const rule of FORMAT_RULES) expressions.set(`^(?:${rule.pattern.source})`, rule.id)
for (const rule of KEYED_RULES)
  for (const pattern of [rule.shape, rule.name.last, rule.name.owner]) if (pattern !== undefined) expressions.set(pattern.source, rule.id)

/** Counts are cut to a few repetitions: ambiguity is in the shape, and the checker unrolls what it counts. */
const shorten = (source: string): string =>
  source.replaceAll(
    /\{(\d+)(,?)(\d*)\}/g,
    (_all, low: string, comma: string, high: string) => `{${Math.min(Number(low), 2)}${comma}${high === '' ? '' : Math.min(Number(high), 3)}}`,
  )

describe('expressions of the catalogue', () => {
  test('none repeats a repetition or runs without a bound', () => {
    for (const [source, rule] of expressions) {
      const plain = source.replaceAll(/\\.|\[(?:\\.|[^\]])*\]/g, 'a')
      expect(/\((?:\?[:=!]|\?<[=!])?[^()]*(?:[*+]|\{\d+,\})[^()]*\)(?:[*+]|\{\d+,)/.test(plain), `${rule}: nested`).toBe(false)
      expect(/[^(][*]|\{\d+,\}/.test(plain), `${rule}: unbounded`).toBe(false)
    }
  })

  test('none backtracks catastrophically', () => {
    for (const [source, rule] of expressions) {
      const { status } = checkSync(shorten(source), 'i', { checker: 'automaton', timeout: 500 })
      expect(status, rule).not.toBe('vulnerable')
    }
  }, 240_000)
})

const leafOf = (text: string): Leaf => ({
  entry: 0, origin: 'env', name: '', field: undefined, text, line: 1, column: 1, encoding: [], siblings: [], aliases: [], structure: 'text', historic: undefined,
}) // prettier-ignore

describe('hostile texts', () => {
  const size = 200_000
  const repeat = (piece: string): string => piece.repeat(Math.ceil(size / piece.length)).slice(0, size)
  test.each([
    ['anchors of URLs', 'a://'], ['user parts', 'postgres://a:'], ['at signs', 'p://a:b@'], ['headers of tokens', 'eyJh'], ['token parts', 'eyJhbGciOiJI.'], ['key blocks', '-----BEGIN PRIVATE KEY-----'],
    ['ends of key blocks', 'PRIVATE KEY-----'], ['keywords', 'password='], ['quoted keywords', 'pwd="'], ['headers', 'Authorization: Bearer '], ['basic', 'Basic QWxhZGRpbj'], ['Go addresses', 'a:b@tcp('],
    ['signatures', 'ASt+ASt'], ['long base64', 'A'], ['surrogates', '\ud800'], ['NUL', '\0'], ['line feeds', '\n'], ['query signatures', '?sig=a'],
  ])('%s take time in proportion to their length', (_name, piece) => {
    const matcher = createFormatMatcher(FORMAT_RULES, () => false)
    const verdicts: Verdict[] = []
    matcher.match(leafOf(repeat(piece)), '', verdicts)
    expect(verdicts.length).toBeLessThanOrEqual(10_000)
  }) // prettier-ignore
})
