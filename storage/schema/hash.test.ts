import { hash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fingerprintUuid, hashOf } from './hash.ts'

test('fingerprints that begin alike are different secrets', () => {
  const beginning = 'ab'.repeat(16)
  const keys = [fingerprintUuid(beginning + '0'.repeat(32)), fingerprintUuid(beginning + '1'.repeat(32))]
  expect(keys[0]).not.toBe(keys[1])
  expect(keys.every((key) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(key))).toBe(true)
})

test('parts are hashed as their text joined by U+0000, whatever they hold and however long they are', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 50 }),
    fc.constantFrom('\ud800', '\udc00', 'ä€😀'),
    fc.nat(40_000).map((length) => 'x'.repeat(length)),
  )
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      expect(hashOf(...parts)).toBe(hash('sha256', parts.join('\u0000'), 'hex').slice(0, 32))
    }),
  )
})
