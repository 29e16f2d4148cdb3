import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { importPKCS8, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signAssertion, type ScannerKeyFile } from '@mintmark/contract/http'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { createTestPlane, TEST_SERVER, type TestPlane } from '../testing.ts'

const now = new Date('2026-05-01T10:00:00Z')
const SECONDS = now.getTime() / 1_000

let cluster: TestCluster
let plane: TestPlane
let key: ScannerKeyFile
let other: ScannerKeyFile

beforeAll(async () => {
  cluster = await startTestCluster()
  plane = createTestPlane(await cluster.openFreshStore(), { clock: () => now })
  key = (await plane.scanner('one')).key
  other = (await plane.scanner('two')).key
})

afterAll(() => cluster.stop())

function sameSegments(left: string, right: string): boolean {
  const decode = (text: string): string =>
    text
      .split('.')
      .map((segment) => Buffer.from(segment, 'base64url').toString('hex'))
      .join('.')
  return decode(left) === decode(right)
}

interface Claims {
  readonly iss?: string
  readonly aud?: string | string[]
  readonly iat?: number
  readonly exp?: number
  readonly jti?: string | undefined
}

async function sign(changes: Claims, pem = key.privateKeyPem): Promise<string> {
  const { jti, ...claims } = { iss: key.integrationId, aud: 'mintmark', iat: SECONDS, exp: SECONDS + 60, jti: randomUUID(), ...changes }
  return new SignJWT({ ...claims, ...(jti === undefined ? {} : { jti }) }).setProtectedHeader({ alg: 'EdDSA' }).sign(await importPKCS8(pem, 'EdDSA'))
}

async function outcomeOf(assertion: string): Promise<string> {
  const answer = await plane.request('POST', '/api/v1/scanner/token', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ assertion }) })
  const body: unknown = await answer.json()
  return answer.ok ? 'accepted' : `${answer.status} ${String(Reflect.get(Object(body), 'type')).replace('urn:mintmark:problem:', '')}`
}

test('the assertion of our own scanners is accepted once', async () => {
  const assertion = await signAssertion(key, now)
  expect(await outcomeOf(assertion)).toBe('accepted')
  expect(await outcomeOf(assertion)).toBe('401 assertion-replayed')
})

test('of many copies at once one is accepted', async () => {
  const assertion = await signAssertion(key, now)
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => outcomeOf(assertion)))
  expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1)
})

test('two integrations may choose the same jti', async () => {
  const jti = randomUUID()
  expect(await outcomeOf(await sign({ jti }))).toBe('accepted')
  expect(await outcomeOf(await sign({ jti, iss: other.integrationId }, other.privateKeyPem))).toBe('accepted')
})

test.each<[string, Claims, string]>([
  ['the address of this route as audience', { aud: `${TEST_SERVER}/api/v1/scanner/token` }, 'accepted'],
  ['one right audience among others', { aud: ['x', 'mintmark'] }, 'accepted'],
  ['another audience', { aud: 'elsewhere' }, '401 assertion-audience'],
  ['the route of another server', { aud: 'https://elsewhere.example/api/v1/scanner/token' }, '401 assertion-audience'],
  ['an end in the past', { iat: SECONDS - 200, exp: SECONDS - 100 }, '401 assertion-expired'],
  ['an end that is past by less than clocks differ', { iat: SECONDS - 40, exp: SECONDS - 10 }, 'accepted'],
  ['a beginning in the future', { iat: SECONDS + 100, exp: SECONDS + 160 }, '401 assertion-not-yet-valid'],
  ['a life of more than five minutes', { exp: SECONDS + 301 }, '401 assertion-too-long-lived'],
  ['a life of five minutes', { exp: SECONDS + 300 }, 'accepted'],
  ['an end before its beginning', { iat: SECONDS, exp: SECONDS - 5 }, '401 assertion-too-long-lived'],
  ['no jti', { jti: undefined }, '401 assertion-malformed'],
  ['a short jti', { jti: '1' }, '401 assertion-malformed'],
  ['an integration that does not exist', { iss: 'int_unknown' }, '401 assertion-signature'],
])('an assertion with %s', async (_, claims, outcome) => {
  expect(await outcomeOf(await sign(claims))).toBe(outcome)
})

test('the key of one integration does not speak for another', async () => {
  expect(await outcomeOf(await sign({ iss: other.integrationId }))).toBe('401 assertion-signature')
})

test('a key that was made elsewhere is refused', async () => {
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  expect(await outcomeOf(await sign({}, privateKey))).toBe('401 assertion-signature')
})

test('no other algorithm is looked at: neither none, nor an HMAC with the public key', async () => {
  const claims = Buffer.from(JSON.stringify({ iss: key.integrationId, aud: 'mintmark', iat: SECONDS, exp: SECONDS + 60, jti: randomUUID() })).toString(
    'base64url',
  )
  const header = (alg: string): string => Buffer.from(JSON.stringify({ alg })).toString('base64url')
  expect(await outcomeOf(`${header('none')}.${claims}.`)).toBe('401 assertion-algorithm')
  const publicKey = (await plane.store.integrations.publicKey(key.integrationId)) ?? ''
  const forged = createHmac('sha256', publicKey)
    .update(`${header('HS256')}.${claims}`)
    .digest('base64url')
  expect(await outcomeOf(`${header('HS256')}.${claims}.${forged}`)).toBe('401 assertion-algorithm')
})

test('the assertion of a deleted integration is refused, and its token with it', async () => {
  const gone = await plane.scanner('gone')
  expect(await plane.client(gone.token).getSession()).toMatchObject({ kind: 'scanner', integrationId: gone.integrationId })
  await plane.client(await plane.administrator()).deleteIntegration({ params: { integrationId: 'gone' } })
  expect(await outcomeOf(await signAssertion(gone.key, now))).toBe('401 assertion-signature')
  await expect(plane.client(gone.token).getSession()).rejects.toMatchObject({ problem: { status: 401 } })
})

test('no text at all is accepted or ends in a failure of the server', async () => {
  const good = await sign({})
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }), fc.nat(good.length - 1), async (noise, at) => {
      const altered = good.slice(0, at) + noise + good.slice(at + noise.length)
      // The last character of a segment has bits without a meaning: another text may be the same assertion.
      fc.pre(!sameSegments(altered, good))
      expect(await outcomeOf(altered)).toMatch(/^40[01] /)
    }),
    { numRuns: 60 },
  )
})
