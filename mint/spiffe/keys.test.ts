import { createECDH, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CSR_BYTES_MAX, readCsr, writeCsr } from './csr.ts'
import { encodeP256Key, generateWorkloadKey, localSigner, readPublicKey } from './keys.ts'
import { opensslIsMissing, opensslVerifyRequest } from './openssl-testing.ts'
import { idOf } from './trust-domain-testing.ts'

describe('a workload key', () => {
  test('is the PKCS#8 and the SubjectPublicKeyInfo that OpenSSL itself would write', () => {
    for (let round = 0; round < 50; round += 1) {
      const { privateKey, publicKey } = generateWorkloadKey()
      const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' })
      expect(key.export({ format: 'der', type: 'pkcs8' })).toEqual(privateKey)
      expect(createPublicKey(key).export({ format: 'der', type: 'spki' })).toEqual(publicKey)
      expect(privateKey.length).toBe(138)
    }
  })

  test('whose scalar begins with zero bytes is padded', () => {
    for (const first of [1, 2, 31]) {
      const scalar = Buffer.alloc(32 - first, 7)
      const ecdh = createECDH('prime256v1')
      ecdh.setPrivateKey(scalar)
      const short = ecdh.getPrivateKey()
      expect(short.length).toBe(32 - first)
      const { privateKey, publicKey } = encodeP256Key(short, ecdh.getPublicKey())
      const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' })
      expect(key.export({ format: 'der', type: 'pkcs8' })).toEqual(privateKey)
      expect(createPublicKey(key).export({ format: 'der', type: 'spki' })).toEqual(publicKey)
    }
  })

  test.each([
    ['a byte', Buffer.alloc(1)],
    ['what would pass for extensions of a certificate', Buffer.from('a3123010300e0603551d0f0101ff040403020106', 'hex')],
  ])('with %s behind it is no public key', (_what, more) => {
    for (const namedCurve of ['prime256v1', 'secp384r1']) {
      const publicKey = generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'der', type: 'spki' })
      expect(readPublicKey(publicKey).ok).toBe(true)
      expect(readPublicKey(Buffer.concat([publicKey, more]))).toMatchObject({ ok: false, reason: 'public key has bytes behind it' })
    }
  })

  test('of an unfit kind is neither a signer nor a public key of an SVID', () => {
    const unfit = [generateKeyPairSync('ed25519'), generateKeyPairSync('rsa', { modulusLength: 1024 }), generateKeyPairSync('ec', { namedCurve: 'secp256k1' })]
    for (const { privateKey, publicKey } of unfit) {
      expect(() => localSigner(privateKey)).toThrow(TypeError)
      expect(readPublicKey(publicKey.export({ format: 'der', type: 'spki' })).ok).toBe(false)
    }
    expect(() => localSigner(Uint8Array.of(1, 2, 3))).toThrow('not a PKCS#8 key')
  })

  test('off its curve is refused', () => {
    const { publicKey } = generateWorkloadKey()
    const moved = Uint8Array.from(publicKey)
    moved[90] = (moved[90] ?? 0) ^ 1
    expect(readPublicKey(moved).ok).toBe(false)
    expect(readPublicKey(publicKey)).toMatchObject({ ok: true, kind: 'P-256' })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(readPublicKey(bytes).ok).toBe(false)
      }),
    )
  })
})

describe('a certification request', () => {
  const key = generateWorkloadKey()
  const id = idOf('spiffe://example.org/ns/shop/sa/web')

  test('proves possession of its key and asks for its names', () => {
    expect(readCsr(writeCsr({ id, key }))).toEqual({ ok: true, publicKey: key.publicKey, uris: [id], dnsNames: [] })
    expect(readCsr(writeCsr({ key }))).toEqual({ ok: true, publicKey: key.publicKey, uris: [], dnsNames: [] })
  })

  test('with one bit changed is refused, and foreign bytes are never thrown at', () => {
    const csr = writeCsr({ id, key })
    fc.assert(
      fc.property(fc.nat(csr.length * 8 - 1), (bit) => {
        const changed = Uint8Array.from(csr)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(readCsr(changed).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(readCsr(bytes).ok).toBe(false)
      }),
    )
    expect(readCsr(new Uint8Array(CSR_BYTES_MAX + 1)).ok).toBe(false)
  })

  test('of another key is refused', () => {
    const mixed = { privateKey: generateWorkloadKey().privateKey, publicKey: key.publicKey }
    expect(readCsr(writeCsr({ id, key: mixed }))).toEqual({ ok: false, reason: 'certification request is not signed by the key that it holds' })
  })

  test.skipIf(opensslIsMissing())('is one to OpenSSL', () => {
    expect(opensslVerifyRequest(writeCsr({ id, key }))).toContain(`URI:${id}`)
  })
})
