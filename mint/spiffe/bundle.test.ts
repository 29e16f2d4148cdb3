import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BUNDLE_KEYS_MAX, formatBundle, formatBundleMap, formatJwtBundle, formatOidcKeys, parseBundle, parseBundleMap, parseJwtBundle } from './bundle.ts'
import { jwkParametersOf } from './jwk.ts'
import { generateWorkloadKey } from './keys.ts'
import { JSON_DEPTH_MAX, parseStrictJson } from './strict-json.ts'
import { exampleTrustDomain, reread } from './trust-domain-testing.ts'

const domain = exampleTrustDomain('example.org')
const other = exampleTrustDomain('other.org')
const { trustDomain } = domain
const root = Buffer.from(domain.root).toString('base64')
const point = jwkParametersOf(generateWorkloadKey().publicKey)
const x509Key = { ...point, use: 'x509-svid', x5c: [root] }
const jwtKey = { ...point, use: 'jwt-svid', kid: 'a' }
const parse = (document: unknown) => parseBundle(trustDomain, typeof document === 'string' ? document : JSON.stringify(document))
const sizes = (document: unknown): unknown => {
  const parsed = parse(document)
  return parsed.ok ? [parsed.bundle.x509Authorities.length, parsed.bundle.jwtAuthorities.length] : parsed.reason
}

describe('a bundle', () => {
  test('comes back as it was written', () => {
    expect(reread(domain.bundle)).toEqual({ ...domain.bundle, x509Authorities: [Buffer.from(domain.root)] })
  })

  test('rule 16: needs keys, which may be none', () => {
    expect(sizes({ keys: [] })).toEqual([0, 0])
    expect(sizes({})).toContain('no keys')
    expect(sizes({ keys: {} })).toContain('no keys')
    expect(sizes('[]')).toContain('not an object')
    expect(sizes('{"keys":[')).toContain('not JSON')
  })

  test.each(['0', '1', '9007199254740991', '9007199254740993', '18446744073709551615', '340282366920938463463374607431768211457'])(
    'rule 16: sequence %s keeps all its digits',
    (digits) => {
      const parsed = parse(`{"keys":[],"spiffe_sequence":${digits}}`)
      expect(parsed.ok && parsed.bundle.sequence).toBe(BigInt(digits))
      expect(parsed.ok && formatBundle(parsed.bundle)).toBe(`{"keys":[],"spiffe_sequence":${digits}}`)
    },
  )

  test.each(['-1', '1.5', '1e400', '"7"', 'true', '[]', '-99999999999999999999'])('rule 16: sequence %s is refused', (text) => {
    expect(sizes(`{"keys":[],"spiffe_sequence":${text}}`)).toContain('sequence')
  })

  test.each(['-1', '1.5', '"60"', '99999999999999999999'])('rule 16: refresh hint %s is refused', (text) => {
    expect(sizes(`{"keys":[],"spiffe_refresh_hint":${text}}`)).toContain('refresh hint')
  })

  test.each([
    [17, 'an unknown key type', { ...x509Key, kty: 'XYZ' }],
    [17, 'no use', { ...point, kid: 'b' }],
    [17, 'an unknown use', { ...point, use: 'sig', kid: 'b' }],
    [17, 'a use in other letters', { ...x509Key, use: 'X509-SVID' }],
    [17, 'no key type', { use: 'jwt-svid', kid: 'b' }],
    [17, 'an octet key', { kty: 'oct', k: 'AAAA', use: 'jwt-svid', kid: 'b' }],
    [17, 'an unknown curve', { ...jwtKey, kid: 'b', crv: 'P-999' }],
    [17, 'an algorithm that no JWT-SVID has', { ...jwtKey, kid: 'b', alg: 'HS256' }],
    [17, 'something that is no object', 7],
    [18, 'no x5c', { ...x509Key, x5c: undefined }],
  ])('rule %i: an element with %s is passed over', (_rule, _what, element) => {
    expect(sizes({ keys: [x509Key, element, jwtKey] })).toEqual([1, 1])
  })

  test('rule 18: only the first certificate counts, and a false one makes the document false', () => {
    expect(sizes({ keys: [{ ...x509Key, x5c: [root, 'nonsense'] }] })).toEqual([1, 0])
    expect(sizes({ keys: [{ ...x509Key, x5c: ['AAAA'] }] })).toContain('certificate')
    expect(sizes({ keys: [{ ...x509Key, x5c: [Buffer.from(domain.root).toString('base64url')] }] })).toContain('standard base64')
    expect(formatBundle(domain.bundle)).not.toContain('"kid":"","use":"x509-svid"')
  })

  test('rule 19: a JWT key has an id, and one only', () => {
    expect(sizes({ keys: [{ ...jwtKey, kid: undefined }] })).toContain('without an id')
    expect(sizes({ keys: [jwtKey, jwtKey] })).toContain('two JWT keys')
  })

  test('a private key in a document is never carried on', () => {
    const parsed = parse({ keys: [{ ...jwtKey, d: 'c2VjcmV0' }] })
    expect(parsed.ok && parsed.bundle.jwtAuthorities[0]?.publicKey).toEqual(point)
  })

  test('too many keys are refused', () => {
    expect(sizes({ keys: Array.from({ length: BUNDLE_KEYS_MAX + 1 }, () => 7) })).toContain(`more than ${BUNDLE_KEYS_MAX}`)
  })

  test('rule 30: JWT keys travel as a plain JWKS', () => {
    const text = formatJwtBundle(domain.bundle)
    expect(text).not.toContain('spiffe')
    expect(text).not.toContain('"use"')
    expect(parseJwtBundle(trustDomain, text)).toEqual({ ok: true, bundle: { trustDomain, x509Authorities: [], jwtAuthorities: domain.bundle.jwtAuthorities } })
  })

  test('rule 42: an OpenID provider says that its keys are for signatures', () => {
    expect(JSON.parse(formatOidcKeys(domain.bundle))).toMatchObject({ keys: [{ use: 'sig', alg: 'ES256', kid: 'key-1', kty: 'EC' }] })
  })
})

describe('a bundle map', () => {
  test('rule 19: holds one bundle per trust domain; refresh hints inside are ignored', () => {
    const parsed = parseBundleMap(formatBundleMap([domain.bundle, other.bundle]))
    expect(parsed.ok && [...parsed.bundles.keys()]).toEqual(['example.org', 'other.org'])
    expect(parsed.ok && parsed.bundles.get(trustDomain)).toMatchObject({ sequence: 1n })
    expect(parsed.ok && parsed.bundles.get(trustDomain)).not.toHaveProperty('refreshHintSeconds')
  })

  test.each([
    ['{"trust_domains":{"a.org":{"keys":[]},"a.org":{"keys":[]}}}', 'twice'],
    [String.raw`{"trust_domains":{"a.org":{"keys":[]},"\u0061.org":{"keys":[]}}}`, 'twice'],
    ['{"trust_domains":{"A.org":{"keys":[]}}}', 'a-z'],
    ['{"trust_domains":{"spiffe://a.org":{"keys":[]}}}', 'a-z'],
    ['{"trust_domains":{"__proto__":{"keys":7}}}', 'no keys'],
    ['{"trust_domains":[]}', 'trust_domains'],
    ['{"trust_domains":{"a.org":{}}}', 'no keys'],
    ['{"trust_domains":{"a.org":[]}}', 'not an object'],
  ])('rule 19: %s is refused', (text, reason) => {
    const parsed = parseBundleMap(text)
    expect(parsed.ok ? 'accepted' : parsed.reason).toContain(reason)
  })
})

describe('strict JSON', () => {
  test('agrees with JSON.parse on everything that has no name twice', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        expect(parseStrictJson(text)).toEqual({
          ok: true,
          value: JSON.parse(text, (_name, item: unknown, context?: { source?: string }) =>
            typeof item === 'number' && !Number.isSafeInteger(item) && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context?.source ?? '') : item,
          ),
        })
      }),
    )
  })

  test('rule 19: finds a name that stands twice, however it is spelt and wherever', () => {
    const name = fc.string({ minLength: 1, maxLength: 5 })
    const escaped = (text: string): string =>
      `"${Array.from(text, (letter) =>
        letter
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
      ).join('')}"`
    fc.assert(
      fc.property(name, fc.jsonValue(), fc.jsonValue(), fc.constantFrom('', ' ', '\n\t'), fc.boolean(), (key, first, second, space, inList) => {
        const object = `{${JSON.stringify(key)}${space}:${JSON.stringify(first)},${space}${escaped(key)}${space}:${JSON.stringify(second)}}`
        expect(parseStrictJson(inList ? `[1,{"x":[${object}]}]` : object)).toEqual({ ok: false, reason: 'has one name twice in an object' })
      }),
    )
  })

  test('answers any text, and never follows nesting without end', () => {
    const pieces = fc.array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'a', '1', ' ', '\\u00'), { maxLength: 40 }).map((list) => list.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.string(), pieces), (text) => {
        const strict = parseStrictJson(text)
        let isJson = true
        try {
          JSON.parse(text)
        } catch {
          isJson = false
        }
        if (strict.ok) expect(isJson).toBe(true)
        parseBundle(trustDomain, text)
        parseBundleMap(text)
        parseJwtBundle(trustDomain, text)
      }),
      { numRuns: 2000 },
    )
    expect(parseStrictJson('['.repeat(100_000))).toEqual({ ok: false, reason: `is nested deeper than ${JSON_DEPTH_MAX}` })
  })
})
