import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fingerprintKeyOf } from '@mintmark/ledger/model'
import { createFingerprinter } from './fingerprint.ts'

test('a fingerprint is the HMAC-SHA-256 of the text under the key, whatever its length', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 200 }),
      fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constant('ü'.repeat(9_000))),
      (bytes, text) => {
        const expected = createHmac('sha256', bytes).update(text, 'utf8').digest('hex')
        expect(createFingerprinter(fingerprintKeyOf(bytes)).ofSecret(text)).toBe(expected)
      },
    ),
  )
})

test('a text and its bytes have one fingerprint, and a copy has another one than a secret', () => {
  const fingerprinter = createFingerprinter(fingerprintKeyOf(Buffer.alloc(32, 7)))
  const long = Buffer.from('ü'.repeat(20_000))
  expect(fingerprinter.ofCopy(long.toString())).toBe(fingerprinter.ofCopy(long.toString('base64'), 'base64'))
  expect(fingerprinter.ofCopy('a€b')).toBe(fingerprinter.ofCopy(Buffer.from('a€b').toString('base64'), 'base64'))
  expect(fingerprinter.ofCopy('a€b')).not.toBe(fingerprinter.ofSecret('a€b'))
  expect(fingerprinter.ofSecret('a€b')).toBe(fingerprinter.ofSecret('a€b'))
})
