import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate as AsnCertificate } from '@peculiar/asn1-x509'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { writeAuthority } from './authority-certificate.ts'
import { writeLeaf, type CertificateIssuer } from './leaf.ts'
import type { Signer } from './model.ts'
import { parseTrustDomain } from './spiffe-id.ts'
import { atOnce, idOf } from './trust-domain-testing.ts'

/** Certificates byte by byte, as hex; keys and signatures are fixed bytes, so that nothing is left to chance. */
const golden = JSON.parse(readFileSync(new URL('fixtures/golden-certificates.json', import.meta.url), 'utf8')) as {
  publicKeys: Record<'EC' | 'RSA' | 'leaf', string>
  certificates: Record<string, string>
}
const bytes = (text: string): Uint8Array => Buffer.from(text, 'hex')

const EC: Signer = { algorithm: 'ES256', publicKey: bytes(golden.publicKeys.EC), sign: () => bytes('3006020101020102') }
const RSA: Signer = { algorithm: 'RS256', publicKey: bytes(golden.publicKeys.RSA), sign: () => new Uint8Array(256).fill(0xa5) }
const parsed = parseTrustDomain('example.org')
if (!parsed.ok) throw new Error(parsed.reason)
const { trustDomain } = parsed
const dates = { notBefore: new Date('2026-01-02T03:04:05.678Z'), notAfter: new Date('2026-01-02T04:04:05Z') }
const rootOf = (signer: Signer): Uint8Array =>
  atOnce(
    writeAuthority({
      trustDomain,
      publicKey: signer.publicKey,
      serial: bytes('80'),
      notBefore: dates.notBefore,
      notAfter: new Date('2049-12-31T23:59:59Z'),
      subject: [
        { type: 'C', value: 'SE' },
        { type: 'O', value: 'Example' },
        { type: 'serialNumber', value: '1' },
      ],
      signer,
    }),
  )
const issuerOf = (signer: Signer): CertificateIssuer => ({ signer, certificate: rootOf(signer), intermediates: [] })
const leafOf = (signer: Signer, change: Partial<Parameters<typeof writeLeaf>[1]> = {}): Uint8Array =>
  atOnce(
    writeLeaf(issuerOf(signer), {
      id: idOf('spiffe://example.org/web'),
      publicKey: bytes(golden.publicKeys.leaf),
      serial: bytes('0001ff'),
      ...dates,
      ...change,
    }),
  )
const longId = (length: number) => idOf(`spiffe://example.org/${'p'.repeat(length - 'spiffe://example.org/'.length)}`)

const cases: Readonly<Record<string, () => Uint8Array>> = {
  'root EC': () => rootOf(EC),
  'root RSA': () => rootOf(RSA),
  'intermediate under EC': () =>
    atOnce(
      writeAuthority({
        trustDomain,
        publicKey: bytes(golden.publicKeys.leaf),
        serial: bytes('7f'),
        ...dates,
        notAfter: new Date('2050-01-01T00:00:00Z'),
        subject: [
          { type: 'O', value: 'Exämple' },
          { type: 'CN', value: 'issuing' },
        ],
        pathLength: 0,
        issuer: issuerOf(EC),
      }),
    ),
  'leaf under EC': () => leafOf(EC),
  'leaf under RSA': () => leafOf(RSA),
  'leaf with a subject': () =>
    leafOf(EC, {
      subject: [
        { type: 'O', value: 'Shop' },
        { type: 'CN', value: 'web' },
      ],
    }),
  'leaf with names and addresses': () => leafOf(EC, { dnsNames: ['web.shop.svc'], ipAddresses: ['10.0.0.1', 'fd00::1'] }),
  'leaf until 2050': () => leafOf(EC, { notBefore: new Date('2049-12-31T23:59:59Z'), notAfter: new Date('2050-01-01T00:00:00Z') }),
  ...Object.fromEntries(
    [106, 121, 122, 127, 128, 236, 247, 248, 255, 256, 2048].map((length) => [`leaf with an ID of ${length} bytes`, () => leafOf(EC, { id: longId(length) })]),
  ),
}

describe('golden certificates', () => {
  test.each(Object.keys(golden.certificates))('%s is written byte for byte', (name) => {
    const written = cases[name]?.() ?? new Uint8Array()
    expect(Buffer.from(written).toString('hex')).toBe(golden.certificates[name])
    // What is golden is also DER to somebody else: decoded and encoded again, it is the same.
    expect(Buffer.from(AsnConvert.serialize(AsnConvert.parse(written, AsnCertificate))).toString('hex')).toBe(golden.certificates[name])
  })

  test('none is missing', () => {
    expect(Object.keys(golden.certificates)).toEqual(Object.keys(cases))
  })
})
