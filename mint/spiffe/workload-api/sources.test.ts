import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exampleTrustDomain, HOUR_MS } from '@mintmark/spiffe/testing'
import { parseEndpointAddress } from './address.ts'
import { openJwtSource } from './jwt-source.ts'
import type { Wait } from './lasting-stream.ts'
import { openBundleSource, openX509Source, type BundleSource } from './sources.ts'
import { startExampleWorkloadApi, type ExampleWorkloadApi } from './workload-api-testing.ts'

const now = new Date()
const domain = exampleTrustDomain('example.org', { now })
const other = exampleTrustDomain('other.org', { now })
const bundles = [domain.bundle, other.bundle]

let api: ExampleWorkloadApi
const open: { close: () => void }[] = []
const kept = <T extends { close: () => void }>(source: T): T => {
  open.push(source)
  return source
}
/** The next change of a source. */
const change = (source: BundleSource): Promise<void> =>
  new Promise((resolve) => {
    const end = source.subscribe(() => {
      end()
      resolve()
    })
  })

beforeEach(async () => {
  api = await startExampleWorkloadApi()
})
afterEach(async () => {
  for (const source of open.splice(0)) source.close()
  await api.close()
})

describe('the address of the Workload API', () => {
  test.each([
    ['unix:///run/spire/agent.sock', 'unix:///run/spire/agent.sock'],
    ['tcp://127.0.0.1:8081', 'ipv4:127.0.0.1:8081'],
    ['tcp://[::1]:8081', 'ipv6:[::1]:8081'],
    ['unix://run/agent.sock', undefined],
    ['unix:relative', undefined],
    ['unix:/run/agent.sock', undefined],
    ['unix:///run/agent.sock?x=1', undefined],
    ['unix:///run/agent.sock#x', undefined],
    ['unix:///', undefined],
    ['/run/agent.sock', undefined],
    ['tcp://localhost:8081', undefined],
    ['tcp://127.0.0.1', undefined],
    ['tcp://127.0.0.1:0', undefined],
    ['tcp://127.0.0.1:70000', undefined],
    ['tcp://127.0.0.1:80/x', undefined],
    ['tcp://u@127.0.0.1:80', undefined],
    ['tcp://999.1.1.1:80', undefined],
    ['http://127.0.0.1:80', undefined],
    ['', undefined],
  ])('rule 26: %s', (text, target) => {
    const parsed = parseEndpointAddress(text)
    expect(parsed.ok ? parsed.target : undefined).toBe(target)
  })

  test('rule 26: comes from the environment, and its absence says what to set', async () => {
    api.publish([domain.issue('/web')], bundles)
    const before = process.env['SPIFFE_ENDPOINT_SOCKET']
    try {
      process.env['SPIFFE_ENDPOINT_SOCKET'] = api.address
      expect(kept(await openX509Source()).svid().id).toBe('spiffe://example.org/web')
      delete process.env['SPIFFE_ENDPOINT_SOCKET']
      await expect(openX509Source()).rejects.toThrow('SPIFFE_ENDPOINT_SOCKET')
    } finally {
      if (before !== undefined) process.env['SPIFFE_ENDPOINT_SOCKET'] = before
    }
  })
})

describe('a source of X.509-SVIDs', () => {
  test('rule 25: sends the header, and has identities in order and bundles of all trust domains', async () => {
    api.publish([domain.issue('/web'), { ...domain.issue('/admin'), hint: 'admin' }], bundles)
    const source = kept(await openX509Source({ address: api.address }))
    expect(api.headers).toEqual(['true'])
    expect(source.svids().map(({ id, hint }) => [id, hint])).toEqual([
      ['spiffe://example.org/web', undefined],
      ['spiffe://example.org/admin', 'admin'],
    ])
    expect(source.svid().id).toBe('spiffe://example.org/web')
    expect([...source.bundles()].map(({ trustDomain }) => trustDomain).sort()).toEqual(['example.org', 'other.org'])
    expect(source.validate(other.issue('/peer').certificates)).toEqual({ ok: true, id: 'spiffe://other.org/peer' })
    const picking = kept(await openX509Source({ address: api.address, pick: (svids) => svids.find(({ hint }) => hint === 'admin') }))
    expect(picking.svid().id).toBe('spiffe://example.org/admin')
  })

  test('stays fresh: a rotation and the loss of a bundle arrive', async () => {
    api.publish([domain.issue('/web')], bundles)
    const source = kept(await openX509Source({ address: api.address }))
    const first = source.svid()
    const changed = change(source)
    const next = domain.issue('/web')
    api.publish([next], [domain.bundle])
    await changed
    expect(Buffer.from(source.svid().privateKey)).toEqual(Buffer.from(next.privateKey))
    expect(source.svid()).not.toEqual(first)
    expect(source.bundleOf(other.trustDomain)).toBeUndefined()
  })

  test('rule 27: tries again after 1 s, 2 s … and keeps what it has; a good message starts the count anew', async () => {
    const waits: number[] = []
    const turns: (() => void)[] = []
    const wait: Wait = (milliseconds, signal) =>
      new Promise((resolve) => {
        waits.push(milliseconds)
        signal.addEventListener('abort', () => resolve(), { once: true })
        if (waits.length === 34) api.publish([domain.issue('/web')], bundles)
        if (waits.length < 35) resolve()
        else turns.push(resolve)
      })
    api.fail(status.PERMISSION_DENIED)
    const codes: string[] = []
    const source = kept(await openX509Source({ address: api.address, wait, onError: ({ code }) => codes.push(code) }))
    expect(waits.slice(0, 4)).toEqual([1000, 2000, 3000, 4000])
    expect(waits.slice(28)).toEqual([29_000, 30_000, 30_000, 30_000, 30_000, 30_000])
    expect(new Set(codes)).toEqual(new Set(['PERMISSION_DENIED']))
    api.fail(status.UNAVAILABLE)
    while (waits.length < 35) await new Promise((resolve) => setImmediate(resolve))
    expect(waits[34]).toBe(1000)
    expect(source.svid().id).toBe('spiffe://example.org/web')
    const changed = change(source)
    api.publish([domain.issue('/again')], bundles)
    for (const turn of turns) turn()
    await changed
    expect(source.svid().id).toBe('spiffe://example.org/again')
  })

  test('rule 27: INVALID_ARGUMENT ends it for good', async () => {
    api.fail(status.INVALID_ARGUMENT)
    await expect(openX509Source({ address: api.address })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(api.calls.stream).toBe(1)
  })

  test('an answer that breaks the contract changes nothing', async () => {
    api.publish([domain.issue('/web')], bundles)
    const errors: string[] = []
    const source = kept(
      await openX509Source({
        address: api.address,
        onError: (error) => errors.push(`${error.code} ${error.message}`),
        wait: () => new Promise(() => undefined),
      }),
    )
    api.publish([{ ...domain.issue('/web'), certificates: domain.issue('/other').certificates }], bundles)
    while (errors.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(errors[0]).toContain('MALFORMED')
    expect(errors[0]).toContain('another identity')
    expect(source.svid().id).toBe('spiffe://example.org/web')
  })

  test('is not waited for beyond its signal', async () => {
    const abort = new AbortController()
    const opened = openX509Source({ address: api.address, signal: abort.signal })
    abort.abort()
    await expect(opened).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('a source of bundles', () => {
  test('joins both halves of each trust domain and never two trust domains', async () => {
    api.publish([], bundles)
    const source = kept(await openBundleSource({ address: api.address }))
    expect(source.bundleOf(domain.trustDomain)).toMatchObject({ x509Authorities: [Buffer.from(domain.root)], jwtAuthorities: domain.bundle.jwtAuthorities })
    expect(source.bundleOf(other.trustDomain)?.x509Authorities).toEqual([Buffer.from(other.root)])
  })
})

describe('a source of JWT-SVIDs', () => {
  test('serves from the cache until half of the life, refreshes then, and falls back while the agent cannot', async () => {
    let moment = now
    let life = 0
    api.publish([domain.issue('/web')], bundles)
    api.token = (audience) => [
      {
        id: 'spiffe://example.org/web',
        token: domain.token('/web', { audience, issuedAt: moment, expiresAt: new Date(moment.getTime() + 300_000), claims: { life: (life += 1) } }),
      },
    ]
    const source = kept(await openJwtSource({ address: api.address, now: () => moment }))
    const [first, same] = await Promise.all([source.fetchJwtSvid({ audience: 'a' }), source.fetchJwtSvid({ audience: ['a'] })])
    expect(same).toBe(first)
    expect(await source.fetchJwtSvid({ audience: 'a' })).toBe(first)
    expect(api.calls.token).toBe(1)
    expect((await source.fetchJwtSvid({ audience: ['a', 'b'] })).audience).toEqual(['a', 'b'])
    moment = new Date(now.getTime() + 151_000)
    const second = await source.fetchJwtSvid({ audience: 'a' })
    expect(second).not.toEqual(first)
    api.token = () => {
      throw new Error('away')
    }
    moment = new Date(now.getTime() + 400_000)
    expect(await source.fetchJwtSvid({ audience: 'a' })).toBe(second)
    moment = new Date(now.getTime() + HOUR_MS)
    await expect(source.fetchJwtSvid({ audience: 'a' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('a set of audiences never meets another one in the cache', async () => {
    api.publish([domain.issue('/web')], bundles)
    api.token = (audience) => [
      { id: 'spiffe://example.org/web', token: domain.token('/web', { audience, issuedAt: now, expiresAt: new Date(now.getTime() + HOUR_MS) }) },
    ]
    const source = kept(await openJwtSource({ address: api.address }))
    for (const audience of [['a,b'], ['a', 'b'], ['a","b'], ['a b']]) expect((await source.fetchJwtSvid({ audience })).audience).toEqual(audience)
    expect((await source.fetchJwtSvid({ audience: ['b', 'a'] })).audience).toEqual(['a', 'b'])
  })

  test('a token with an id of its own is used once; one of another identity or audience is refused', async () => {
    api.publish([domain.issue('/web')], bundles)
    const source = kept(await openJwtSource({ address: api.address }))
    const make = (path: string, audience: string) => domain.token(path, { audience: [audience], issuedAt: now, jti: String(api.calls.token) })
    api.token = () => [{ id: 'spiffe://example.org/web', token: make('/web', 'a') }]
    expect((await source.fetchJwtSvid({ audience: 'a' })).token).not.toBe((await source.fetchJwtSvid({ audience: 'a' })).token)
    api.token = () => [{ id: 'spiffe://example.org/web', token: make('/admin', 'a') }]
    await expect(source.fetchJwtSvid({ audience: 'a' })).rejects.toMatchObject({ code: 'MALFORMED' })
    api.token = () => [{ id: 'spiffe://example.org/web', token: make('/web', 'b') }]
    await expect(source.fetchJwtSvid({ audience: 'a' })).rejects.toMatchObject({ code: 'MALFORMED' })
  })

  test('validates tokens here and at the agent', async () => {
    api.publish([domain.issue('/web')], bundles)
    const source = kept(await openJwtSource({ address: api.address, now: () => now }))
    expect(source.validateJwtSvid(other.token('/peer'), 'audience')).toMatchObject({ ok: true, id: 'spiffe://other.org/peer' })
    expect(source.validateJwtSvid(other.token('/peer'), 'mine').ok).toBe(false)
    api.validate = () => 'spiffe://other.org/peer'
    expect(await source.validateJwtSvidRemotely('token', 'mine')).toEqual({ ok: true, id: 'spiffe://other.org/peer', claims: { aud: ['mine'] } })
    api.validate = () => {
      throw new Error('bad')
    }
    expect((await source.validateJwtSvidRemotely('token', 'mine')).ok).toBe(false)
  })
})
