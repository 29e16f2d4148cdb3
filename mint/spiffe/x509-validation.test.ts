import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeAuthority } from './authority-certificate.ts'
import { concatenateCertificates, readCertificate, splitCertificates } from './certificate.ts'
import { bitString, der, namedBits, objectIdentifier, sequence, TAG, time, unsignedInteger } from './der-writer.ts'
import { authorityKeyId, extension, keyIdOf, subjectAltName } from './extensions.ts'
import { generateWorkloadKey, localSigner, randomSerial } from './keys.ts'
import { prepareLeafWriter, writeLeaf } from './leaf.ts'
import type { Bundle } from './model.ts'
import { bundleFromPem, certificatesToPem, pemToCertificates } from './pem.ts'
import { publicKeyBits } from './public-key-bits.ts'
import { SIGNATURE_ALGORITHM } from './signature-algorithm.ts'
import { EMPTY_NAME } from './subject.ts'
import { atOnce, exampleTrustDomain, HOUR_MS, idOf, NOON } from './trust-domain-testing.ts'
import { validateX509Svid } from './x509-svid.ts'

const domain = exampleTrustDomain('example.org')
const other = exampleTrustDomain('other.org')
const bundles = new Map([domain, other].map(({ trustDomain, bundle }) => [trustDomain, bundle]))
const reasonFor = (certificates: readonly Uint8Array[], now = NOON, bundleOf = (name: Bundle['trustDomain']) => bundles.get(name)): string => {
  const checked = validateX509Svid(certificates, bundleOf, now)
  return checked.ok ? 'valid' : checked.reason
}

/** A leaf whose extensions are made by hand, signed by the domain's issuing key: what our own writer refuses to write. */
function forge(extensions: readonly Uint8Array[]): Uint8Array[] {
  const issuer = readCertificate(domain.intermediate)
  if (!issuer.ok) throw new Error(issuer.reason)
  const key = generateWorkloadKey()
  const algorithm = SIGNATURE_ALGORITHM.ES256
  const body = sequence(
    Uint8Array.of(0xa0, 3, 2, 1, 2),
    unsignedInteger(randomSerial()),
    algorithm,
    issuer.subject,
    sequence(time(NOON), time(new Date(NOON.getTime() + HOUR_MS))),
    EMPTY_NAME,
    key.publicKey,
    der(0xa3, sequence(...extensions, authorityKeyId(keyIdOf(publicKeyBits(issuer.publicKey))))),
  )
  return [sequence(body, algorithm, bitString(atOnce(domain.issuer.signer.sign(body, 'certificate')))), domain.intermediate]
}

const usage = (critical: boolean, ...bits: readonly number[]): Uint8Array => extension('2.5.29.15', critical, namedBits(...bits))
const names = (...uris: readonly string[]): Uint8Array => extension('2.5.29.17', true, sequence(...uris.map((uri) => der(0x86, Buffer.from(uri)))))
const WEB = names('spiffe://example.org/web')

describe('validating an X.509-SVID', () => {
  test('a chain of the trust domain is valid, whatever the order of what follows the leaf', () => {
    const [leaf = new Uint8Array(), intermediate = new Uint8Array()] = domain.issue('/web').certificates
    expect(validateX509Svid([leaf, intermediate], (name) => bundles.get(name), NOON)).toEqual({ ok: true, id: 'spiffe://example.org/web' })
    expect(reasonFor([leaf, other.intermediate, domain.root, intermediate])).toBe('valid')
    expect(reasonFor(forge([usage(true, 0), WEB]))).toBe('valid')
    expect(reasonFor([])).toBe('there is no certificate')
    expect(reasonFor([leaf])).toContain('no root')
  })

  /** [rule, what is wrong, extensions of the leaf, what the reason says] */
  const leaves = [
    [5, 'two URI names', [usage(true, 0), names('spiffe://example.org/web', 'spiffe://example.org/admin')], 'more than one URI'],
    [5, 'no URI name', [usage(true, 0)], 'no URI name'],
    [5, 'a URI that is no SPIFFE ID', [usage(true, 0), names('https://example.org/web')], 'not a SPIFFE ID'],
    [5, 'the ID of a trust domain', [usage(true, 0), names('spiffe://example.org')], 'without a path'],
    [7, 'cA', [usage(true, 0), WEB, extension('2.5.29.19', true, sequence(Uint8Array.of(1, 1, 0xff)))], 'signing certificate'],
    [7, 'no key usage', [WEB], 'no key usage'],
    [7, 'a key usage that is not critical', [usage(false, 0), WEB], 'not critical'],
    [7, 'keyCertSign', [usage(true, 0, 5), WEB], 'sign certificates'],
    [7, 'cRLSign', [usage(true, 0, 6), WEB], 'revocation lists'],
    [7, 'keyEncipherment alone', [usage(true, 2), WEB], 'digital signature'],
    [7, 'an unknown critical extension', [usage(true, 0), WEB, extension('1.2.3.4', true, sequence())], 'not understood (1.2.3.4)'],
    [7, 'one extension twice', [usage(true, 0), usage(true, 0), WEB], 'one extension twice'],
  ] as const
  test.each(leaves)('rule %i: a leaf with %s is refused', (_rule, _what, extensions, reason) => {
    expect(reasonFor(forge(extensions))).toContain(reason)
  })

  test('rule 10: an expired or premature leaf is refused at that moment', () => {
    const { certificates } = domain.issue('/web')
    expect(reasonFor(certificates, new Date(NOON.getTime() + HOUR_MS))).toBe('valid')
    expect(reasonFor(certificates, new Date(NOON.getTime() + HOUR_MS + 1000))).toContain('expired')
    expect(reasonFor(certificates, new Date(NOON.getTime() - HOUR_MS))).toContain('not valid before')
  })

  test('rule 11: a workload cannot sign a workload, nor can an intermediate that calls itself one', () => {
    const svid = domain.issue('/evil')
    const signer = localSigner(svid.privateKey)
    const [certificate = new Uint8Array()] = svid.certificates
    const leaf = atOnce(
      prepareLeafWriter({ signer, certificate, intermediates: [] })({
        id: idOf('spiffe://example.org/admin'),
        publicKey: generateWorkloadKey().publicKey,
        serial: randomSerial(),
        notBefore: NOON,
        notAfter: new Date(NOON.getTime() + HOUR_MS),
        subject: [{ type: 'O', value: 'x' }],
      }),
    )
    expect(reasonFor([leaf, ...svid.certificates])).not.toBe('valid')
  })

  test('an intermediate below a path length of zero is refused', () => {
    const key = generateWorkloadKey()
    const signer = localSigner(key.privateKey)
    const dates = { notBefore: new Date(NOON.getTime() - 1000), notAfter: new Date(NOON.getTime() + HOUR_MS) }
    const below = atOnce(
      writeAuthority({
        trustDomain: domain.trustDomain,
        publicKey: key.publicKey,
        serial: randomSerial(),
        ...dates,
        subject: [{ type: 'O', value: 'below' }],
        issuer: domain.issuer,
      }),
    )
    const leaf = atOnce(
      writeLeaf(
        { signer, certificate: below, intermediates: [] },
        { id: idOf('spiffe://example.org/web'), publicKey: key.publicKey, serial: randomSerial(), ...dates },
      ),
    )
    expect(reasonFor([leaf, below, domain.intermediate])).toContain('fewer authorities')
  })

  test('rule 22: the root of one trust domain does not vouch for a workload of another', () => {
    const forged = atOnce(
      prepareLeafWriter(other.issuer)({
        id: idOf('spiffe://example.org/web'),
        publicKey: generateWorkloadKey().publicKey,
        serial: randomSerial(),
        notBefore: NOON,
        notAfter: new Date(NOON.getTime() + HOUR_MS),
      }),
    )
    expect(reasonFor([forged, other.intermediate])).toContain('no root')
    expect(reasonFor([forged, other.intermediate], NOON, () => other.bundle)).toContain('another trust domain')
    expect(reasonFor(other.issue('/web').certificates, NOON, () => undefined)).toContain('no bundle')
  })

  test('rule 16: a bundle without keys makes every SVID of its trust domain untrusted', () => {
    const empty = { ...domain.bundle, x509Authorities: [] }
    expect(reasonFor(domain.issue('/web').certificates, NOON, () => empty)).toContain('no usable root')
  })

  test('a hundred roots of one name do not cost more than a hundred checks', () => {
    const clones = Array.from({ length: 120 }, () => domain.root)
    const impostor = exampleTrustDomain('example.org')
    const many = { ...domain.bundle, x509Authorities: clones.map(() => impostor.root) }
    expect(reasonFor(domain.issue('/web').certificates, NOON, () => many)).not.toBe('valid')
    expect(reasonFor(Array.from({ length: 17 }, () => domain.root))).toContain('more than 16')
  })

  test('one bit changed anywhere never makes another identity, and never throws', () => {
    const { certificates } = domain.issue('/web')
    const [leaf = new Uint8Array(), intermediate = new Uint8Array()] = certificates
    fc.assert(
      fc.property(fc.nat(leaf.length * 8 - 1), (bit) => {
        const changed = Uint8Array.from(leaf)
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(reasonFor([changed, intermediate])).not.toBe('valid')
      }),
      { numRuns: 500 },
    )
  })
})

describe('foreign bytes', () => {
  const sample = [domain.root, domain.intermediate, ...domain.issue('/web', { dnsNames: ['a.b'] }).certificates]
  test('are answered as certificates, never thrown at', () => {
    const mutated = fc
      .tuple(fc.constantFrom(...sample), fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 6 }), fc.nat(600))
      .map(([from, changes, cut]) => {
        const bytes = Uint8Array.from(from)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        return cut % 3 === 0 ? bytes.subarray(0, cut) : bytes
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
        for (const answer of [readCertificate(bytes), splitCertificates(bytes), pemToCertificates(certificatesToPem([bytes]))]) {
          if (!answer.ok) expect(answer.reason).not.toBe('')
        }
        validateX509Svid([bytes, domain.intermediate], () => domain.bundle, NOON)
      }),
      { numRuns: 2000 },
    )
    expect(readCertificate(new Uint8Array(70_000)).ok).toBe(false)
  })

  test('certificates travel one behind the other and as PEM', () => {
    expect(splitCertificates(concatenateCertificates(sample))).toMatchObject({ ok: true, certificates: sample.map((bytes) => Buffer.from(bytes)) })
    const pem = pemToCertificates(`# roots\r\n${certificatesToPem(sample).replaceAll('\n', '\r\n')}`)
    expect(pem.ok && pem.certificates.map((bytes) => Buffer.from(bytes))).toEqual(sample.map((bytes) => Buffer.from(bytes)))
    expect(bundleFromPem(domain.trustDomain, certificatesToPem([domain.root]))).toMatchObject({
      ok: true,
      bundle: { trustDomain: 'example.org', jwtAuthorities: [] },
    })
    expect(pemToCertificates('nothing').ok).toBe(false)
    expect(pemToCertificates('-----BEGIN CERTIFICATE-----\nMII').ok).toBe(false)
  })

  test('rule 5: a name that hides another behind a zero byte is not a SPIFFE ID', () => {
    expect(reasonFor(forge([usage(true, 0), names('spiffe://example.org/web\0.evil.org')]))).toContain('not a SPIFFE ID')
    expect(() => subjectAltName({ uri: 'spiffe://example.org/x', dnsNames: ['a\0b'] }, true)).toThrow(RangeError)
  })

  test('writers of DER keep to the shortest form', () => {
    const lengths = [0, 1, 127, 128, 255, 256, 65_535, 65_536].map((size) =>
      Buffer.from(der(TAG.octetString, new Uint8Array(size)).subarray(0, 5)).toString('hex'),
    )
    expect(lengths).toEqual(['0400', '040100', '047f000000', '0481800000', '0481ff0000', '0482010000', '0482ffff00', '0483010000'])
    expect(Buffer.from(objectIdentifier('1.2.840.10045.4.3.2')).toString('hex')).toBe('06082a8648ce3d040302')
    expect(Buffer.from(unsignedInteger(Uint8Array.of(0, 0, 0x80))).toString('hex')).toBe('02020080')
    expect(Buffer.from(time(new Date('2049-12-31T23:59:59.999Z'))).toString('latin1')).toContain('491231235959Z')
    expect(Buffer.from(time(new Date('2050-01-01T00:00:00Z'))).toString('hex')).toBe(`180f${Buffer.from('20500101000000Z').toString('hex')}`)
  })
})
