import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findManagedFields, skipContainer } from './json-bytes.ts'
import { parseItem } from './parse-item.ts'

const container = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()))

describe('the bracket skipper', () => {
  test('finds the end of every object and array, whatever its strings hold', () => {
    fc.assert(
      fc.property(container, fc.string(), (value, after) => {
        const text = JSON.stringify(value)
        return skipContainer(Buffer.from(text + after), 0) === Buffer.byteLength(text)
      }),
    )
  })

  test('says that a cut one has not ended', () => {
    fc.assert(
      fc.property(container, fc.nat(), (value, cut) => {
        const bytes = Buffer.from(JSON.stringify(value))
        return skipContainer(bytes.subarray(0, cut % bytes.length), 0) === -1
      }),
    )
  })

  test('never throws and never goes past the end of foreign bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => skipContainer(bytes, 0) <= bytes.length))
  })
})

describe('parsing without managedFields', () => {
  const tricky = fc.oneof(fc.string(), fc.constantFrom('a}]', '}],', '}]}', '}],"x":{"y":"'))
  const owners = fc.array(fc.dictionary(tricky, fc.jsonValue()))

  test('gives what parsing everything gives, but for managedFields, which are given when asked', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), owners, fc.boolean(), (labels, managedFields, first) => {
        const metadata = first ? { managedFields, labels } : { labels, managedFields }
        const parsed = parseItem(Buffer.from(JSON.stringify({ metadata, spec: 1 })))
        // Compared as text because JSON knows no difference between 0 and -0.
        expect(JSON.stringify(parsed.value)).toBe(JSON.stringify({ metadata: { labels }, spec: 1 }))
        expect(JSON.stringify(parsed.managedFields())).toBe(JSON.stringify(managedFields))
      }),
    )
  })

  test('leaves text alone that only looks like managedFields', () => {
    const object = { data: { note: '{"managedFields":[1]}', 'x "managedFields":[': 'y' } }
    const bytes = Buffer.from(JSON.stringify(object))
    expect(findManagedFields(bytes, true)).toBeUndefined()
    expect(parseItem(bytes).value).toEqual(object)
  })
})
