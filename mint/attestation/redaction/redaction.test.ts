import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attributeName, splitAttributeName } from '../attribute-name.ts'
import { AttributePatternError } from './pattern.ts'
import { createRedaction } from './redaction.ts'

function allows(pattern: string, name: string): boolean {
  return createRedaction([pattern])(new Map([[name, 'value']])).attributes.has(name)
}

const label = "kubernetes.pod.label.'app.kubernetes.io/name'"

describe('redaction', () => {
  test.each([
    ['kubernetes.pod.namespace', 'kubernetes.pod.namespace', true],
    ['kubernetes.pod.namespace', 'kubernetes.pod.name', false],
    ['kubernetes.pod.*', 'kubernetes.pod.name', true],
    ['kubernetes.pod.*', 'kubernetes.pod.node.name', false],
    ['kubernetes.pod.*', 'kubernetes.pod.label.app', false],
    ['kubernetes.pod.label.*', label, true],
    ['*.pod.name', 'kubernetes.pod.name', true],
    ['*', 'kubernetes.pod.name', false],
    ['linux.*.id', 'linux.supp_group.id', true],
    ['linux.user.i?', 'linux.user.id', true],
    ['linux.user.i?', 'linux.user.i', false],
    ['linux.user.i?', 'linux.user.ids', false],
    ['linux.*p.name', 'linux.supp_group.name', true],
    [label, label, true],
    ["kubernetes.pod.label.'app.kubernetes.io/*'", label, true],
    ["kubernetes.pod.label.'*'", label, true],
    ['kubernetes.pod.label.app.kubernetes.io/name', label, false],
    ["kubernetes.pod.label.'app'", 'kubernetes.pod.label.app', true],
  ])('%s allows %s: %s', (pattern, name, allowed) => {
    expect(allows(pattern, name)).toBe(allowed)
  })

  test.each(['', '.', 'a.', '.a', 'a..b', "a.'b", "a.b'c", "a.''", "a.'b'c"])('the pattern %j is refused', (pattern) => {
    expect(() => createRedaction([pattern])).toThrow(AttributePatternError)
  })

  test.each([[undefined], [[]]])('without a list (%j) everything is sent', (allowed) => {
    const attributes = new Map([['linux.user.id', '0']])
    expect(createRedaction(allowed)(attributes)).toEqual({ attributes, redacted: [] })
  })

  test('the names of what was dropped are given, in order, and never the values', () => {
    const redact = createRedaction(['linux.user.*'])
    const result = redact(
      new Map([
        ['linux.user.id', '0'],
        ['linux.group.id', '7'],
        ['kubernetes.pod.label.app', 'web'],
      ]),
    )
    expect(result).toEqual({ attributes: new Map([['linux.user.id', '0']]), redacted: ['kubernetes.pod.label.app', 'linux.group.id'] })
  })

  test('what is kept and what is dropped are together what there was', () => {
    const segments = fc.array(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(segments, { maxLength: 20 }), segments, (names, pattern) => {
        const attributes = new Map(names.map((name) => [attributeName(...name), 'value']))
        const { attributes: kept, redacted } = createRedaction([attributeName(...pattern)])(attributes)
        expect([...kept.keys(), ...redacted].sort()).toEqual([...attributes.keys()].sort())
      }),
    )
  })

  test('a name allows itself when it is written as a pattern', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 }), (segments) => {
        const name = attributeName(...segments)
        expect(splitAttributeName(name)).toEqual(segments)
        expect(allows(name, name)).toBe(true)
      }),
    )
  })

  test('a segment matches as the regular expression of the same meaning does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 8 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 10 })
    fc.assert(
      fc.property(letters, text, (pattern, name) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
        expect(allows(`'${pattern}'`, name)).toBe(expression.test(name))
      }),
      { numRuns: 500 },
    )
  })

  test('text of any kind is either a list of segments or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '.', "'", '*', '/') }), (text) => {
        const segments = splitAttributeName(text)
        if (segments === undefined) expect(() => createRedaction([text])).toThrow(AttributePatternError)
        else expect(splitAttributeName(attributeName(...segments))).toEqual(segments)
      }),
    )
  })
})
