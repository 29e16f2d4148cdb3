import fc from 'fast-check'
import { constants, generateKeyPairSync, sign } from 'node:crypto'
import { importJWK, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { jwkParametersOf } from './jwk.ts'
import { readJwtSvidUnverified, TOKEN_CHARACTERS_MAX, validateJwtSvid } from './jwt-validation.ts'
import { localSigner } from './keys.ts'
import type { Bundle, JwtAlgorithm } from './model.ts'
import { exampleTrustDomain, NOON } from './trust-domain-testing.ts'

const domain = exampleTrustDomain('example.org')
const other = exampleTrustDomain('other.org')
const bundles = new Map([domain, other].map(({ trustDomain, bundle }) => [trustDomain, bundle]))
const check = (token: string, now = NOON, audience: string | readonly string[] = 'audience') =>
  validateJwtSvid(token, { bundleOf: (name) => bundles.get(name), audience, now })
const reasonFor = (token: string, now = NOON, audience: string | readonly string[] = 'audience'): string => {
  const checked = check(token, now, audience)
  return checked.ok ? 'valid' : checked.reason
}
const segment = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const later = (seconds: number): Date => new Date(NOON.getTime() + seconds * 1000)

const keys = {
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }),
}
const algorithms = [
  ['RS256', 'RSA', 'sha256'],
  ['RS384', 'RSA', 'sha384'],
  ['RS512', 'RSA', 'sha512'],
  ['PS256', 'RSA', 'sha256'],
  ['PS384', 'RSA', 'sha384'],
  ['PS512', 'RSA', 'sha512'],
  ['ES256', 'P-256', 'sha256'],
  ['ES384', 'P-384', 'sha384'],
  ['ES512', 'P-521', 'sha512'],
] as const
const claims = { sub: 'spiffe://example.org/web', aud: ['audience'], exp: NOON.getTime() / 1000 + 60, iat: NOON.getTime() / 1000 }

/** A token by hand, with a bundle that knows its key. */
function handmade(
  algorithm: JwtAlgorithm,
  kind: keyof typeof keys,
  digest: string,
  header: unknown = { alg: algorithm, kid: 'k', typ: 'JWT' },
  payload: unknown = claims,
): { token: string; bundle: Bundle } {
  const { privateKey, publicKey } = keys[kind]
  const input = `${segment(header)}.${segment(payload)}`
  const options = algorithm.startsWith('PS')
    ? { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { key: privateKey, dsaEncoding: 'ieee-p1363' as const }
  const token = `${input}.${sign(digest, Buffer.from(input), options).toString('base64url')}`
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  return { token, bundle: { trustDomain: domain.trustDomain, x509Authorities: [], jwtAuthorities: [{ keyId: 'k', publicKey: jwkParametersOf(spki) }] } }
}
const judge = ({ token, bundle }: ReturnType<typeof handmade>): string => {
  const checked = validateJwtSvid(token, { bundleOf: () => bundle, audience: 'audience', now: NOON })
  return checked.ok ? 'valid' : checked.reason
}

describe('a JWT-SVID', () => {
  test('rule 13: has a header of alg, kid and typ and nothing else', () => {
    const [header = ''] = domain.token('/web').split('.')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'ES256', kid: 'key-1', typ: 'JWT' })
  })

  test('rule 14: names subject, audience, expiry and issue, and further claims never override them', () => {
    const token = domain.token('/web', {
      audience: ['a', 'b'],
      issuer: 'https://issuer.example.org',
      jti: 'j',
      claims: { sub: 'spiffe://example.org/admin', aud: 'x', exp: 1, team: 'red "quoted"', none: undefined },
    })
    const read = readJwtSvidUnverified(token)
    expect(read).toMatchObject({
      ok: true,
      claims: {
        sub: 'spiffe://example.org/web',
        aud: ['a', 'b'],
        exp: NOON.getTime() / 1000 + 300,
        iat: NOON.getTime() / 1000,
        iss: 'https://issuer.example.org',
        jti: 'j',
        team: 'red "quoted"',
      },
    })
    expect(read.ok && 'none' in read.claims).toBe(false)
    expect(() => domain.token('/web', { audience: [] })).toThrow(RangeError)
    expect(() => domain.token('/web', { expiresAt: NOON })).toThrow(RangeError)
  })

  test('an independent library verifies it', async () => {
    for (const kind of ['P-256', 'P-384', 'RSA'] as const) {
      const signer = localSigner(keys[kind].privateKey)
      const jwk = await importJWK({ ...jwkParametersOf(signer.publicKey) }, signer.algorithm)
      const { payload } = await jwtVerify(domain.token('/web', { signer }), jwk, { audience: 'audience', currentDate: NOON })
      expect(payload.sub).toBe('spiffe://example.org/web')
    }
  })
})

describe('validating a JWT-SVID', () => {
  test('a token of the trust domain is valid for its audience', () => {
    expect(check(domain.token('/web'))).toMatchObject({ ok: true, id: 'spiffe://example.org/web', audience: ['audience'] })
    expect(reasonFor(domain.token('/web'), NOON, ['mine', 'audience'])).toBe('valid')
  })

  test.each(algorithms)('rule 13: %s with a key of kind %s is accepted', (algorithm, kind, digest) => {
    expect(judge(handmade(algorithm, kind, digest))).toBe('valid')
  })

  test.each(['none', 'HS256', 'HS512', 'EdDSA', 'ES256K', 'es256', '', 'constructor', '__proto__', null, 7])('rule 13: algorithm %s is refused', (alg) => {
    expect(judge(handmade('ES256', 'P-256', 'sha256', { alg, kid: 'k' }))).toContain('algorithm')
  })

  test('rule 13: an algorithm that does not fit the key is refused', () => {
    expect(judge(handmade('ES256', 'P-384', 'sha256'))).toContain('does not fit')
    expect(judge(handmade('RS256', 'P-256', 'sha256'))).toContain('does not fit')
    const { token, bundle } = handmade('RS256', 'RSA', 'sha256')
    const announced: Bundle = { ...bundle, jwtAuthorities: bundle.jwtAuthorities.map((authority) => ({ ...authority, algorithm: 'RS512' })) }
    expect(judge({ token, bundle: announced })).toContain('does not fit')
  })

  test.each([
    [{ alg: 'ES256', kid: 'k', typ: 'JOSE' }, 'valid'],
    [{ alg: 'ES256', kid: 'k' }, 'valid'],
    [{ alg: 'ES256', kid: 'k', typ: 'jwt' }, 'type'],
    [{ alg: 'ES256', kid: 'k', typ: 'wit+jwt' }, 'type'],
    [{ alg: 'ES256', kid: 'k', crit: ['exp'] }, 'more than alg, kid and typ'],
    [{ alg: 'ES256', kid: 'k', jwk: {} }, 'more than alg, kid and typ'],
    [{ alg: 'ES256' }, 'no key id'],
    [{ alg: 'ES256', kid: 'unknown' }, 'no key of the token'],
    ['{"alg":"ES256","alg":"none","kid":"k"}', 'twice'],
    ['[]', 'not an object'],
  ])('rule 13: header %j: %s', (header, reason) => {
    expect(judge(handmade('ES256', 'P-256', 'sha256', header))).toContain(reason)
  })

  test.each([
    [{ ...claims, aud: 'audience' }, 'valid'],
    [{ ...claims, aud: ['x', 'audience'] }, 'valid'],
    [{ ...claims, aud: [] }, 'no audience'],
    [{ ...claims, aud: undefined }, 'no audience'],
    [{ ...claims, aud: ['audience', 7] }, 'no audience'],
    [{ ...claims, aud: 'Audience' }, 'another audience'],
    [{ ...claims, exp: undefined }, 'no date of expiry'],
    [{ ...claims, exp: '9999999999' }, 'no date of expiry'],
    [{ ...claims, exp: 1e300 }, 'no date of expiry'],
    [{ ...claims, sub: undefined }, 'no subject'],
    [{ ...claims, sub: 'web' }, 'not a SPIFFE ID'],
    [{ ...claims, nbf: claims.iat + 300 }, 'future'],
    [{ ...claims, iat: claims.iat + 300 }, 'future'],
    [{ ...claims, nbf: 'now' }, 'not a date'],
    ['{"sub":"spiffe://example.org/web","sub":"spiffe://example.org/admin"}', 'twice'],
  ])('rules 14 and 15: payload %j: %s', (payload, reason) => {
    expect(judge(handmade('ES256', 'P-256', 'sha256', undefined, payload))).toContain(reason)
  })

  test('rule 15: a token is refused once it is past its expiry by more than the leeway', () => {
    const token = domain.token('/web')
    expect(reasonFor(token, later(329))).toBe('valid')
    expect(reasonFor(token, later(331))).toContain('expired')
    expect(reasonFor(token, NOON, 'another')).toContain('another audience')
    expect(reasonFor(token, NOON, '')).toContain('another audience')
  })

  test('rule 15: the key is taken from the bundle of the subject alone', () => {
    const signer = localSigner(keys['P-256'].privateKey)
    expect(reasonFor(domain.token('/web', { signer }))).toContain('signature is wrong')
    const [header = '', , signature = ''] = other.token('/web').split('.')
    expect(reasonFor(`${header}.${segment(claims)}.${signature}`)).toContain('signature is wrong')
    expect(reasonFor(exampleTrustDomain('unknown.org').token('/web'))).toContain('no bundle')
  })

  test('foreign text is answered, never thrown at, and one letter changed is never valid', () => {
    const token = domain.token('/web')
    const mutated = fc
      .tuple(fc.nat(token.length - 1), fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_', '.', '=', '+', '/', ' ', '{', '"'))
      .map(([at, letter]) => `${token.slice(0, at)}${letter}${token.slice(at + 1)}`)
    fc.assert(
      fc.property(
        fc.oneof(
          mutated,
          fc.string(),
          fc.tuple(fc.string(), fc.string(), fc.string()).map((parts) => parts.map(segment).join('.')),
        ),
        (text) => {
          const checked = check(text)
          if (text === token) return
          expect(checked.ok).toBe(false)
          if (!checked.ok) expect(checked.reason).not.toContain(token.slice(-20))
        },
      ),
      { numRuns: 2000 },
    )
    expect(reasonFor(`${'a'.repeat(TOKEN_CHARACTERS_MAX)}.b.c`)).toContain('longer')
    expect(reasonFor('.'.repeat(60_000))).toContain('compact form')
  })
})
