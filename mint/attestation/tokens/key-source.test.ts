import { describe, expect, test } from 'vitest'
import { AttestationError } from '../model.ts'
import { OutboundError, type OutboundFetch } from '../outbound/fetch.ts'
import { exampleIssuer } from './issuer-testing.ts'
import { createKeySource, readKeySet, type KeySource } from './key-source.ts'

const ISSUER = 'https://issuer.example'
const KEYS = 'https://keys.example/jwks'
const DISCOVERY = `${ISSUER}/.well-known/openid-configuration`
const usual = { iss: ISSUER, aud: 'us', now: new Date('2026-06-01T12:00:00Z') }
const first = exampleIssuer('ES256', usual, 'first')
const second = exampleIssuer('ES256', usual, 'second')

/** An issuer elsewhere: what each URL answers may be changed, and every question is noted. */
function elsewhere(pages: Record<string, string | Error>): { readonly fetch: OutboundFetch; readonly asked: string[]; readonly pages: typeof pages } {
  const asked: string[] = []
  return {
    asked,
    pages,
    fetch: async (url) => {
      asked.push(url.href)
      const page = pages[url.href]
      if (page instanceof Error) throw page
      return { status: page === undefined ? 404 : 200, body: Buffer.from(page ?? ''), location: undefined }
    },
  }
}

function open(
  world: { readonly fetch: OutboundFetch },
  by: 'discovery' | 'jwks-uri' = 'jwks-uri',
): { readonly source: KeySource; readonly advance: (ms: number) => void } {
  let now = 0
  const location = by === 'discovery' ? { by, issuer: ISSUER } : { by, uri: KEYS }
  return { source: createKeySource(location, { fetch: world.fetch, clock: () => now, ca: undefined }), advance: (ms) => (now += ms) }
}

const MINUTE = 60_000
const refusalOf = async (work: Promise<unknown>): Promise<AttestationError> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof AttestationError)) throw new Error(`It was not refused: ${String(error)}`)
  return error
}

describe('keys from elsewhere', () => {
  test('are fetched once for ten minutes, however many ask at the same time', async () => {
    const world = elsewhere({ [KEYS]: first.jwks })
    const { source, advance } = open(world)
    const answers = await Promise.all(Array.from({ length: 20 }, () => source.keysFor('first')))
    expect(answers.every((keys) => keys.length === 1)).toBe(true)
    advance(10 * MINUTE)
    await source.keysFor('first')
    expect(world.asked).toHaveLength(1)
    advance(1)
    await source.keysFor('first')
    expect(world.asked).toHaveLength(2)
  })

  test('a key id that is unknown asks again, at most once in ten seconds whatever ids are made up', async () => {
    const world = elsewhere({ [KEYS]: first.jwks })
    const { source, advance } = open(world)
    for (let id = 0; id < 100; id += 1) expect(await source.keysFor(`made-up-${id}`)).toEqual([])
    expect(world.asked).toHaveLength(1)
    world.pages[KEYS] = JSON.stringify({ keys: [...JSON.parse(first.jwks).keys, ...JSON.parse(second.jwks).keys] })
    advance(10_000)
    expect(await source.keysFor('second')).toHaveLength(1)
    expect(world.asked).toHaveLength(2)
  })

  test('a token without a key id is held against all keys', async () => {
    const { source } = open(elsewhere({ [KEYS]: first.jwks }))
    expect(await source.keysFor(undefined)).toHaveLength(1)
  })

  test('stay in use for a day while the issuer is away, then nothing is believed', async () => {
    const world = elsewhere({ [KEYS]: first.jwks })
    const { source, advance } = open(world)
    await source.keysFor('first')
    world.pages[KEYS] = new OutboundError('keys.example did not answer within 5000 ms')
    advance(24 * 60 * MINUTE)
    expect(await source.keysFor('first')).toHaveLength(1)
    advance(1)
    const { code, message } = await refusalOf(source.keysFor('first'))
    expect([code, message]).toEqual(['UNAVAILABLE', expect.stringContaining('did not answer within 5000 ms')])
  })

  test('a key that the issuer publishes no more is believed no more', async () => {
    const world = elsewhere({ [KEYS]: first.jwks })
    const { source, advance } = open(world)
    await source.keysFor('first')
    world.pages[KEYS] = second.jwks
    advance(10 * MINUTE + 1)
    expect(await source.keysFor('first')).toEqual([])
  })

  test('an issuer that is away is asked every ten seconds at most, and back at once after that', async () => {
    const world = elsewhere({ [KEYS]: new OutboundError('keys.example cannot be reached (ECONNREFUSED)') })
    const { source, advance } = open(world)
    for (let attempt = 0; attempt < 10; attempt += 1) await refusalOf(source.keysFor('first'))
    expect(world.asked).toHaveLength(1)
    world.pages[KEYS] = first.jwks
    advance(10_000)
    expect(await source.keysFor('first')).toHaveLength(1)
  })

  test.each<[string, Record<string, string>]>([
    ['a page that is missing', {}],
    ['no JSON', { [KEYS]: '<html>Sign in</html>' }],
    ['JSON that is no key set', { [KEYS]: '[]' }],
    ['a set without keys', { [KEYS]: '{"keys":[]}' }],
    ['a set of symmetric keys', { [KEYS]: '{"keys":[{"kty":"oct","k":"AAAA","kid":"first"}]}' }],
    ['a set of keys for encryption', { [KEYS]: first.jwks.replace('"sig"', '"enc"') }],
    ['a set of keys that cannot be read', { [KEYS]: '{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}, null, 7, "key"]}' }],
  ])('%s gives no keys, and the agent comes again', async (_what, pages) => {
    expect((await refusalOf(open(elsewhere(pages)).source.keysFor('first'))).code).toBe('UNAVAILABLE')
  })
})

describe('discovery', () => {
  const document = (change: object) => JSON.stringify({ issuer: ISSUER, jwks_uri: KEYS, ...change })

  test('leads to the keys', async () => {
    const world = elsewhere({ [DISCOVERY]: document({}), [KEYS]: first.jwks })
    expect(await open(world, 'discovery').source.keysFor('first')).toHaveLength(1)
    expect(world.asked).toEqual([DISCOVERY, KEYS])
  })

  test.each<[string, string | Error]>([
    ['of another issuer', document({ issuer: 'https://evil.example' })],
    ['of the issuer with a slash at its end', document({ issuer: `${ISSUER}/` })],
    ['without an issuer', document({ issuer: undefined })],
    ['without a place of keys', document({ jwks_uri: undefined })],
    ['whose place of keys is no URL', document({ jwks_uri: 'keys' })],
    ['that points to itself', document({ jwks_uri: DISCOVERY })],
    ['that is a list', '[]'],
    ['that stalls', new OutboundError('issuer.example did not answer within 5000 ms')],
    ['that is larger than a document may be', new OutboundError('the answer of issuer.example is larger than 524288 bytes')],
  ])('a document %s is refused', async (_what, answer) => {
    const world = elsewhere({ [DISCOVERY]: answer, [KEYS]: first.jwks })
    expect((await refusalOf(open(world, 'discovery').source.keysFor('first'))).code).toBe('UNAVAILABLE')
    expect(world.asked.length).toBeLessThanOrEqual(2)
  })
})

test('of a key set a hundred keys are looked at, and private ones are left out', () => {
  const [key] = JSON.parse(first.jwks).keys
  expect(readKeySet(JSON.stringify({ keys: Array.from({ length: 500 }, () => key) }))).toHaveLength(100)
  expect(readKeySet(JSON.stringify({ keys: [{ ...key, d: 'AAAA' }] }))).toEqual([])
})
