import { describe, expect, test } from 'vitest'
import { readDocuments } from './documents.ts'

const problemsOf = (text: string): readonly { readonly pointer: string; readonly reason: string }[] => {
  const read = readDocuments(text)
  return read.ok ? [] : read.problems
}
const keys = (count: number, write: (index: number) => string) => Array.from({ length: count }, (_none, index) => write(index)).join('\n')

describe('a document that means harm is refused with what is wrong', () => {
  test.each<[string, string, RegExp]>([
    ['a hundred thousand lists in each other', `spec: ${'['.repeat(100_000)}`, /is not YAML/],
    ['ten thousand mappings in each other', `spec: ${'{a: '.repeat(10_000)}`, /is not YAML/],
    ['aliases by the thousand', `a: &a [x]\nb: [${'*a,'.repeat(10_000)}]`, /aliases/],
    ['an alias of itself', 'section: KeyManager\nschema: v1\nspec: &a {type: *a}', /aliases|none of memory/],
    ['an alias of nothing', 'section: KeyManager\nschema: v1\nspec: *a', /alias/],
    ['more documents than a call may set', '---\na: 1\n'.repeat(33), /more than 32 documents/],
    ['more text than a call may set', ' '.repeat(600_000), /longer than/],
    ['a key twice, in two spellings', 'section: KeyManager\nschema: v1\nspec: {1: a, "1": b}', /key 1 twice/],
    ['a key twice, deep inside', 'section: SVIDIssuancePolicy\nschema: v1\nspec:\n  policy:\n    jwt: {ttl: 1h, ttl: 2h}', /key ttl twice/],
    ['a merge key', 'section: KeyManager\nschema: v1\nspec: {<<: {type: disk}}', /<</],
    ['a prototype', 'section: SVIDIssuancePolicy\nschema: v1\nspec: {__proto__: {policy: {}}}', /__proto__/],
    ['a type of its own', 'section: KeyManager\nschema: v1\nspec: !!js/function "x"', /object/],
    ['a number that JSON does not have', 'section: SVIDIssuancePolicy\nschema: v1\nspec: {policy: {jwt: {additionalClaims: {a: .inf}}}}', /./],
  ])('%s', (_what, text, reason) => {
    expect(
      problemsOf(text)
        .map((each) => each.reason)
        .join('; '),
    ).toMatch(reason)
  })

  test('twenty thousand keys are looked through once', () => {
    expect(problemsOf(keys(20_000, (index) => `key-${index}: &anchor-${index} x`)).length).toBeGreaterThan(0)
  })
})

test.each([
  ['a field that is none', 'section: KeyManager\nschema: v1\nspec: {type: disk}\na/b~c: 1', '/a~1b~0c'],
  [
    'a name that is none',
    'section: SVIDIssuancePolicy\nschema: v1\nspec: {policyOverrides: [{when: {"a/b.": x}, policy: {}}]}',
    '/spec/policyOverrides/0/when/a~1b.',
  ],
])('places are JSON pointers with their escapes: %s', (_what, text, pointer) => {
  expect(problemsOf(text).map((each) => each.pointer)).toContain(pointer)
})
