import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { describePemKey } from './pem-key.ts'

const spkiOf = (pem: string): string =>
  createHash('sha256')
    .update(createPublicKey(pem).export({ type: 'spki', format: 'der' }))
    .digest('hex')
const bodyOf = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/g, '')
const labelOf = (pem: string): string => /-----BEGIN ([A-Z ]+)-----/.exec(pem)?.[1] ?? ''

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey
const ed25519 = generateKeyPairSync('ed25519').privateKey

describe('private key in PEM', () => {
  test.each([
    ['RSA, PKCS#8', rsa.export({ type: 'pkcs8', format: 'pem' })],
    ['RSA, PKCS#1', rsa.export({ type: 'pkcs1', format: 'pem' })],
    ['P-256, PKCS#8', p256.export({ type: 'pkcs8', format: 'pem' })],
    ['P-256, SEC 1', p256.export({ type: 'sec1', format: 'pem' })],
    ['P-521, SEC 1', p521.export({ type: 'sec1', format: 'pem' })],
    ['P-521, PKCS#8', p521.export({ type: 'pkcs8', format: 'pem' })],
    ['Ed25519, PKCS#8', ed25519.export({ type: 'pkcs8', format: 'pem' })],
  ])('%s has the public id that its certificate would have', (_name, pem) => {
    expect(describePemKey(labelOf(pem), bodyOf(pem), false)).toMatchObject({ state: 'read', spki: spkiOf(pem) })
  })

  test('random bytes under the label of a key are not read as one', () => {
    expect(describePemKey('PRIVATE KEY', Buffer.alloc(400, 7).toString('base64'), false).state).toBe('unread')
  })

  test('a truncated key is not an error', () => {
    const body = bodyOf(rsa.export({ type: 'pkcs8', format: 'pem' }))
    for (let length = 4; length < body.length; length += 37) expect(describePemKey('PRIVATE KEY', body.slice(0, length), false).state).toBe('unread')
  })
})
