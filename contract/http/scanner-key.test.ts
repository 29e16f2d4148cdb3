import { generateKeyPairSync, verify } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatScannerKey, parseScannerKey, signAssertion } from './index.ts'

const pair = generateKeyPairSync('ed25519', { privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } })
const key = { integrationId: 'int_0193', keyId: '0123456789abcdef', privateKeyPem: pair.privateKey }

test('a key file is read back as it was written, also with the line ends of Windows', () => {
  const file = formatScannerKey(key)
  expect(parseScannerKey(file)).toEqual({ ...key, privateKeyPem: key.privateKeyPem.trim() })
  expect(parseScannerKey(file.replaceAll('\n', '\r\n'))?.integrationId).toBe(key.integrationId)
})

test('a file without integration, key id or PEM is no key file', () => {
  const lines = formatScannerKey(key).split('\n')
  expect(parseScannerKey(lines.slice(1).join('\n'))).toBeUndefined()
  expect(parseScannerKey([lines[0], ...lines.slice(2)].join('\n'))).toBeUndefined()
  expect(parseScannerKey(lines.slice(0, 2).join('\n'))).toBeUndefined()
})

test('no text makes the reader of key files throw', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 500 }), fc.nat(200), (noise, at) => {
      const file = formatScannerKey(key)
      parseScannerKey(file.slice(0, at) + noise + file.slice(at))
      return true
    }),
  )
})

test('an assertion is signed by the key, for one minute, with an id of its own', async () => {
  const now = new Date('2026-05-01T10:00:00Z')
  const [header, claims, signature] = (await signAssertion(key, now)).split('.')
  const signed = Buffer.from(`${header}.${claims}`)
  expect(verify(null, signed, pair.publicKey, Buffer.from(signature ?? '', 'base64url'))).toBe(true)
  const { jti, ...rest } = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString())
  expect(rest).toEqual({ iss: 'int_0193', aud: 'mintmark', iat: 1_777_629_600, exp: 1_777_629_660 })
  expect(jti).toMatch(/^[0-9a-f-]{36}$/)
})
