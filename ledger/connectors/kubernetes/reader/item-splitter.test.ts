import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createItemSplitter } from './item-splitter.ts'

function split(body: string, sizes: readonly number[]): unknown[] {
  const bytes = Buffer.from(body)
  const splitter = createItemSplitter()
  const values: unknown[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[turn % sizes.length] ?? 1)
    splitter.push(bytes.subarray(at, at + size))
    for (const item of splitter.items()) values.push(item?.value)
    at += size
  }
  for (const item of splitter.end()) values.push(item?.value)
  return values
}

const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 5 })
const item = fc.record({
  metadata: fc.record({ name: fc.string(), tricky: fc.constantFrom('},{"metadata":', ']}', 'plain') }),
  parts: fc.array(fc.record({ metadata: fc.jsonValue() })),
})

describe('a list in pieces', () => {
  test('gives its items however it is cut, also where items hold what looks like their end', () => {
    fc.assert(
      fc.property(fc.array(item), sizes, (items, cut) => {
        const body = JSON.stringify({ kind: 'SecretList', metadata: { resourceVersion: '7', continue: 'next' }, items })
        expect(split(body, cut)).toEqual(JSON.parse(JSON.stringify(items)))
      }),
    )
  })

  test('knows where it goes on as soon as the items begin', () => {
    const splitter = createItemSplitter()
    splitter.push(Buffer.from('{"metadata":{"resourceVersion":"7","continue":"abc"},"items":[{"metadata":{'))
    expect([...splitter.items()]).toEqual([])
    expect(splitter.head()).toEqual({ resourceVersion: '7', continueToken: 'abc' })
  })

  test.each([
    ['metadata after the items', '{"items":[{"a":1}],"metadata":{"resourceVersion":"8"}}'],
    ['no items at all', '{"metadata":{"resourceVersion":"8"},"items":null}'],
    ['an empty list', '{"metadata":{"resourceVersion":"8"},"items":[]}'],
  ])('%s is understood', (_name, body) => {
    const splitter = createItemSplitter()
    splitter.push(Buffer.from(body))
    for (const one of [...splitter.items(), ...splitter.end()]) expect(one?.value).toEqual({ a: 1 })
    expect(splitter.head()?.resourceVersion).toBe('8')
  })

  test('an item that is not JSON costs itself only', () => {
    const values = split('{"metadata":{"resourceVersion":"1"},"items":[{"a":1},{"a":nonsense},{"a":3}]}', [])
    expect(values).toEqual([{ a: 1 }, undefined, { a: 3 }])
  })

  test('a body that ends early is a broken connection, and one that is no list is refused', () => {
    expect(() => split('{"metadata":{},"items":[{"a":1},{"b', [])).toThrow('middle of an object')
    expect(() => split('{"kind":"Status"}', [])).toThrow('not a list')
  })

  test('foreign bytes end in an error or in nothing, never in a hang', () => {
    fc.assert(
      fc.property(fc.string(), sizes, (text, cut) => {
        try {
          split(`{"metadata":{},"items":[${text}`, cut)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
    )
  })
})
