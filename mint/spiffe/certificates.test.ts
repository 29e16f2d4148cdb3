import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate as AsnCertificate } from '@peculiar/asn1-x509'
import fc from 'fast-check'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { writeAuthority } from './authority-certificate.ts'
import { readCertificate } from './certificate.ts'
import { generateWorkloadKey, localSigner, randomSerial } from './keys.ts'
import { writeLeaf } from './leaf.ts'
import { opensslIsMissing, opensslVerify } from './openssl-testing.ts'
import type { SubjectPart } from './subject.ts'
import { atOnce, exampleTrustDomain, HOUR_MS, idOf, NOON } from './trust-domain-testing.ts'
import { validateX509Svid } from './x509-svid.ts'

const domain = exampleTrustDomain('example.org')
const leafOf = (change: Parameters<typeof domain.issue>[1] = {}): Uint8Array => {
  const [leaf] = domain.issue('/ns/shop/sa/web', change).certificates
  if (leaf === undefined) throw new Error('A chain begins with a leaf.')
  return leaf
}
/** The second opinion: an independent decoder of ASN.1, whose encoder must give the same bytes back. */
const independently = (der: Uint8Array): AsnCertificate => AsnConvert.parse(der, AsnCertificate)
const extensionsOf = (der: Uint8Array) => new Map((independently(der).tbsCertificate.extensions ?? []).map((item) => [item.extnID, item]))
const hex = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString('hex')

describe('a leaf', () => {
  test('rule 5: has exactly one URI name, the SPIFFE ID, also beside other names', () => {
    expect(new X509Certificate(leafOf()).subjectAltName).toBe('URI:spiffe://example.org/ns/shop/sa/web')
    const more = leafOf({ dnsNames: ['web.shop.svc', '*.example.org'], ipAddresses: ['10.1.2.3', '2001:db8::7', '::ffff:1.2.3.4'] })
    expect(new X509Certificate(more).subjectAltName).toBe(
      'URI:spiffe://example.org/ns/shop/sa/web, DNS:web.shop.svc, DNS:*.example.org, IP Address:10.1.2.3, IP Address:2001:DB8:0:0:0:0:0:7, IP Address:0:0:0:0:0:FFFF:102:304',
    )
  })

  test('rule 6: names are critical exactly when the subject is empty', () => {
    expect(extensionsOf(leafOf()).get('2.5.29.17')?.critical).toBe(true)
    expect(extensionsOf(leafOf({ subject: [{ type: 'O', value: 'Shop' }] })).get('2.5.29.17')?.critical).toBe(false)
  })

  test('rule 7: is no authority, and may sign data but neither certificates nor lists', () => {
    const extensions = extensionsOf(leafOf())
    expect(extensions.get('2.5.29.19')).toMatchObject({ critical: true })
    expect(hex(extensions.get('2.5.29.19')?.extnValue.buffer ?? new ArrayBuffer())).toBe('3000')
    expect(extensions.get('2.5.29.15')).toMatchObject({ critical: true })
    expect(hex(extensions.get('2.5.29.15')?.extnValue.buffer ?? new ArrayBuffer())).toBe('03020780')
    expect(new X509Certificate(leafOf()).ca).toBe(false)
  })

  test('rule 8: is for servers and clients', () => {
    expect(new X509Certificate(leafOf()).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
  })

  test('rule 9: a serial number is positive, minimal and at most 20 octets', () => {
    const serialOf = (serial: Uint8Array): string => new X509Certificate(leafOf({ serial })).serialNumber
    expect(serialOf(Uint8Array.of(0, 0, 0x80))).toBe('80')
    expect(serialOf(new Uint8Array(20).fill(0x7f))).toBe('7F'.repeat(20))
    // The sign needs an octet of its own, which would be the twenty-first.
    expect(() => leafOf({ serial: new Uint8Array(20).fill(0xff) })).toThrow(RangeError)
    expect(() => leafOf({ serial: Uint8Array.of(0, 0) })).toThrow(RangeError)
    expect(() => leafOf({ serial: new Uint8Array() })).toThrow(RangeError)
    expect(() => leafOf({ serial: new Uint8Array(21).fill(1) })).toThrow(RangeError)
    const serials = Array.from({ length: 2000 }, () => Buffer.from(randomSerial()).toString('hex'))
    expect(new Set(serials).size).toBe(serials.length)
    expect(serials.every((serial) => serial.length === 32 && Number.parseInt(serial.slice(0, 2), 16) < 0x80)).toBe(true)
  })

  test('rule 10: names the key that signed it', () => {
    const leaf = readCertificate(leafOf())
    const issuer = readCertificate(domain.intermediate)
    if (!leaf.ok || !issuer.ok) throw new Error('Own certificates can be read.')
    expect(leaf.authorityKeyId).toEqual(issuer.subjectKeyId)
    expect(new X509Certificate(leafOf()).checkIssued(new X509Certificate(domain.intermediate))).toBe(true)
  })

  test('what cannot stand in a certificate is refused', () => {
    expect(() => leafOf({ dnsNames: ['a b'] })).toThrow(RangeError)
    expect(() => leafOf({ dnsNames: ['a,URI:spiffe://example.org/admin'] })).toThrow(RangeError)
    expect(() => leafOf({ ipAddresses: ['1.2.3'] })).toThrow(RangeError)
    expect(() => leafOf({ subject: [{ type: 'CN', value: 'a\0b' }] })).toThrow(RangeError)
    expect(() => leafOf({ notAfter: new Date(Number.NaN) })).toThrow(RangeError)
    expect(() =>
      writeLeaf(
        { ...domain.issuer, certificate: domain.root },
        { id: idOf('spiffe://example.org/x'), publicKey: new Uint8Array(), serial: randomSerial(), notBefore: NOON, notAfter: NOON },
      ),
    ).toThrow('another key')
  })

  test('an independent decoder reads every leaf, and its encoder gives the same bytes', () => {
    const name = fc.constantFrom<SubjectPart['type']>('O', 'OU', 'CN', 'L')
    const subject = fc.array(
      fc.record({ type: name, value: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }).filter((text) => !/[\x00-\x1f\x7f]/.test(text)) }),
      { maxLength: 4 },
    )
    const dates = fc.date({ min: new Date('2020-01-01T00:00:00Z'), max: new Date('2080-01-01T00:00:00Z'), noInvalidDate: true })
    const cases = fc.record({ length: fc.integer({ min: 1, max: 2028 }), serial: fc.uint8Array({ minLength: 1, maxLength: 19 }), subject, dates })
    fc.assert(
      fc.property(cases, ({ length, serial, subject, dates }) => {
        serial[0] = (serial[0] ?? 0) | 1
        const id = idOf(`spiffe://example.org/${'p'.repeat(Math.min(length, 2027))}`)
        const der = leafOf({ id, serial, subject, notBefore: dates, notAfter: new Date(dates.getTime() + 1000) })
        const second = independently(der)
        expect(Buffer.from(AsnConvert.serialize(second)).equals(der)).toBe(true)
        const native = new X509Certificate(der)
        expect(native.subjectAltName).toBe(`URI:${id}`)
        expect(native.validFromDate.getTime()).toBe(Math.floor(dates.getTime() / 1000) * 1000)
        const own = readCertificate(der)
        expect(own).toMatchObject({ ok: true, uris: [id], isAuthority: false, notBefore: native.validFromDate, notAfter: native.validToDate })
      }),
      { numRuns: 100 },
    )
  })
})

describe('an authority', () => {
  test('rule 11: may sign certificates, carries the trust domain id, and never passes for a workload', () => {
    const certificate = readCertificate(domain.intermediate)
    expect(certificate).toMatchObject({
      isAuthority: true,
      pathLength: 0,
      uris: ['spiffe://example.org'],
      keyUsage: { critical: true, keyCertSign: true, crlSign: true, digitalSignature: false },
    })
    const extensions = extensionsOf(domain.intermediate)
    expect(hex(extensions.get('2.5.29.15')?.extnValue.buffer ?? new ArrayBuffer())).toBe('03020106')
    expect(Buffer.from(AsnConvert.serialize(independently(domain.intermediate))).equals(domain.intermediate)).toBe(true)
    expect(validateX509Svid([domain.intermediate], () => domain.bundle, NOON).ok).toBe(false)
  })

  test('rule 12: has a subject of its own', () => {
    const signer = localSigner(generateWorkloadKey().privateKey)
    const fields = { trustDomain: domain.trustDomain, publicKey: signer.publicKey, serial: randomSerial(), notBefore: NOON, notAfter: NOON, signer }
    expect(() => writeAuthority({ ...fields, subject: [] })).toThrow(RangeError)
    expect(() => writeAuthority({ ...fields, subject: [{ type: 'O', value: 'x' }], pathLength: 1.5 })).toThrow(RangeError)
    expect(() => writeAuthority({ ...fields, subject: [{ type: 'O', value: 'x' }], publicKey: generateWorkloadKey().publicKey })).toThrow(TypeError)
  })
})

describe.skipIf(opensslIsMissing())('openssl verify -x509_strict accepts', () => {
  const rsa = localSigner(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
  const p384 = localSigner(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey)
  const domains = [
    ['P-256', domain],
    ['RSA-2048', exampleTrustDomain('example.org', { root: rsa })],
    ['P-384', exampleTrustDomain('example.org', { root: p384 })],
  ] as const
  const changes = [
    ['an empty subject', {}],
    [
      'a subject',
      {
        subject: [
          { type: 'C', value: 'SE' },
          { type: 'O', value: 'Läden & Söhne' },
          { type: 'serialNumber', value: '17' },
          { type: 'DC', value: 'example' },
        ],
      },
    ],
    ['an ID of 2048 bytes', { id: idOf(`spiffe://example.org/${'p'.repeat(2027)}`) }],
    ['names and addresses', { dnsNames: ['web.shop.svc'], ipAddresses: ['10.0.0.1', 'fd00::1'] }],
    ['dates beyond 2049', { notBefore: new Date(NOON.getTime() - HOUR_MS), notAfter: new Date('2061-01-01T00:00:00Z') }],
  ] as const
  test.each(domains.flatMap(([root, of]) => changes.map(([name, change]) => [root, name, of, change] as const)))(
    'root %s, leaf with %s',
    (_root, _name, of, change) => {
      const [leaf = new Uint8Array(), ...intermediates] = of.issue('/web', change).certificates
      expect(opensslVerify({ leaf, intermediates, root: of.root, at: NOON })).toContain(': OK')
      const direct = atOnce(
        writeLeaf(of.rootIssuer, {
          id: idOf('spiffe://example.org/web'),
          publicKey: generateWorkloadKey().publicKey,
          serial: randomSerial(),
          notBefore: NOON,
          notAfter: new Date(NOON.getTime() + HOUR_MS),
          ...change,
        }),
      )
      expect(opensslVerify({ leaf: direct, intermediates: [], root: of.root, at: NOON })).toContain(': OK')
      expect(validateX509Svid([leaf, ...intermediates], () => of.bundle, NOON).ok).toBe(true)
      expect(validateX509Svid([direct], () => of.bundle, NOON).ok).toBe(true)
    },
  )

  test('and refuses the same chain under another root', () => {
    const [leaf = new Uint8Array(), ...intermediates] = domain.issue('/web').certificates
    expect(() => opensslVerify({ leaf, intermediates, root: exampleTrustDomain('example.org').root, at: NOON })).toThrow()
  })
})
