import { expect, test } from 'vitest'
import { fingerprintUuid } from './hash.ts'

test('fingerprints that begin alike are different secrets', () => {
  const beginning = 'ab'.repeat(16)
  const keys = [fingerprintUuid(beginning + '0'.repeat(32)), fingerprintUuid(beginning + '1'.repeat(32))]
  expect(keys[0]).not.toBe(keys[1])
  expect(keys.every((key) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(key))).toBe(true)
})
