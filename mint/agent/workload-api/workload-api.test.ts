import { status } from '../status.ts'
import { Metadata } from '@grpc/grpc-js'
import { workloadApi } from '@mintmark/contract/grpc'
import { parseTrustDomain, splitCertificates, validateX509Svid, type Bundle } from '@mintmark/spiffe'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { securityHeader } from '../testing-client.ts'
import { startAgentFixture, type AgentFixture, type FixtureChanges } from '../testing.ts'
import { makeKeyset } from '../testing-keyset.ts'

const { method } = workloadApi.SpiffeWorkloadAPI
const fixtures: AgentFixture[] = []
const me = process.getuid?.() ?? 0

async function start(changes?: FixtureChanges): Promise<AgentFixture> {
  const fixture = await startAgentFixture(changes)
  fixtures.push(fixture)
  return fixture
}

afterEach(async () => {
  for (const fixture of fixtures.splice(0)) await fixture.close()
})

async function foreignBundle(): Promise<Bundle> {
  const parsed = parseTrustDomain('two.test')
  if (!parsed.ok) throw new Error(parsed.reason)
  const keyset = await makeKeyset(parsed.trustDomain, new Date())
  return { trustDomain: parsed.trustDomain, x509Authorities: [keyset.root], jwtAuthorities: [keyset.jwtAuthority] }
}

describe('FetchX509SVID', () => {
  test('rules 29, 31: the first message comes at once and is the whole state', async () => {
    const foreign = await foreignBundle()
    const { server, connect } = await start({ server: (fake) => (fake.federated = [foreign]) })
    const message = await connect().stream(method.fetchX509SVID, {}).next()
    const [svid] = message.svids
    expect(svid?.spiffeId).toBe(`spiffe://one.test/user/${me}`)
    const chain = splitCertificates(svid?.x509Svid ?? new Uint8Array())
    expect(chain.ok && validateX509Svid(chain.certificates, () => server.bundle(), new Date())).toMatchObject({ ok: true })
    const key = createPrivateKey({ key: Buffer.from(svid?.x509SvidKey ?? []), format: 'der', type: 'pkcs8' })
    expect(createPublicKey(key).equals(new X509Certificate(svid?.x509Svid ?? new Uint8Array()).publicKey)).toBe(true)
    expect(Buffer.from(svid?.bundle ?? [])).toEqual(Buffer.concat(server.bundle().x509Authorities))
    expect(Object.keys(message.federatedBundles)).toEqual(['spiffe://two.test'])
  })

  test('rule 25: without the security header nothing is answered', async () => {
    const { connect } = await start()
    const client = connect()
    const twice = securityHeader()
    twice.add('workload.spiffe.io', 'true')
    const wrong = new Metadata()
    wrong.set('workload.spiffe.io', 'TRUE')
    for (const metadata of [new Metadata(), twice, wrong]) {
      expect(await client.stream(method.fetchX509SVID, {}, metadata).ended).toMatchObject({ code: status.INVALID_ARGUMENT })
      await expect(client.unary(method.fetchJWTSVID, { audience: ['a'] }, metadata)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT })
    }
  })

  test('rules 27, 31: a workload without an identity is denied, and loses a stream it has', async () => {
    const fixture = await start()
    const stream = fixture.connect().stream(method.fetchX509SVID, {})
    await stream.next()
    fixture.server.policy = () => ({ code: status.PERMISSION_DENIED, message: 'No policy matches.' })
    await fixture.server.rotate()
    expect(await stream.ended).toMatchObject({ code: status.PERMISSION_DENIED, details: 'No policy matches.' })
    expect(await fixture.connect().stream(method.fetchX509SVID, {}).ended).toMatchObject({ code: status.PERMISSION_DENIED })
  })

  test('rule 31: another policy reaches open streams and tokens at once: a new name, then none', async () => {
    const fixture = await start()
    const client = fixture.connect()
    const stream = client.stream(method.fetchX509SVID, {})
    await stream.next()
    await client.unary(method.fetchJWTSVID, { audience: ['shop'] })
    const decide = (policy: AgentFixture['server']['policy'], name: string): void => {
      fixture.server.policy = policy
      fixture.server.issuancePolicy = name
      fixture.server.push()
    }
    decide(() => [{ path: '/renamed' }], 'second')
    let next = await stream.next()
    while (next.svids[0]?.spiffeId !== 'spiffe://one.test/renamed') next = await stream.next()
    expect((await client.unary(method.fetchJWTSVID, { audience: ['shop'] })).svids[0]?.spiffeId).toBe('spiffe://one.test/renamed')
    decide(() => ({ code: status.PERMISSION_DENIED, message: 'No policy matches.' }), 'third')
    expect(await stream.ended).toMatchObject({ code: status.PERMISSION_DENIED, details: 'No policy matches.' })
    await expect(client.unary(method.fetchJWTSVID, { audience: ['shop'] })).rejects.toMatchObject({ code: status.PERMISSION_DENIED })
  })

  test.each([
    { when: 'with its root', rootsStay: false },
    { when: 'and its upstream root stays', rootsStay: true },
  ])('what a key has signed that is gone $when is replaced, though nobody told the agent that it was tainted', async ({ rootsStay }) => {
    const fixture = await start()
    const client = fixture.connect()
    const stream = client.stream(method.fetchX509SVID, {})
    const certificateIn = ({ svids }: workloadApi.X509SVIDResponse): string => Buffer.from(svids[0]?.x509Svid ?? []).toString('hex')
    const first = certificateIn(await stream.next())
    const token = (await client.unary(method.fetchJWTSVID, { audience: ['shop'] })).svids[0]?.svid
    await fixture.server.replaceKeys({ rootsStay })
    let next = await stream.next()
    while (certificateIn(next) === first) next = await stream.next()
    const chain = splitCertificates(next.svids[0]?.x509Svid ?? new Uint8Array())
    expect(chain.ok && validateX509Svid(chain.certificates, () => fixture.server.bundle(), new Date())).toMatchObject({ ok: true })
    expect((await client.unary(method.fetchJWTSVID, { audience: ['shop'] })).svids[0]?.svid).not.toBe(token)
  })

  test('the same policy from a stream that opens anew is no reason to ask again', async () => {
    const fixture = await start()
    const stream = fixture.connect().stream(method.fetchX509SVID, {})
    await stream.next()
    const { length } = fixture.server.batches
    await fixture.server.rotate({ taint: false })
    await stream.next()
    expect(fixture.server.batches).toHaveLength(length)
  })

  test('rule 33: hints are unique, the default identity is first, the order stays', async () => {
    const fixture = await start({
      server: (fake) => {
        fake.policy = () => [{ path: '/default' }, { path: '/a', hint: 'internal' }, { path: '/b', hint: 'internal' }, { path: '/c', hint: 'x'.repeat(1_025) }]
      },
    })
    const stream = fixture.connect().stream(method.fetchX509SVID, {})
    const first = await stream.next()
    expect(first.svids.map(({ spiffeId, hint }) => [spiffeId, hint])).toEqual([
      ['spiffe://one.test/default', ''],
      ['spiffe://one.test/a', 'internal'],
    ])
    await fixture.server.rotate()
    let second = await stream.next()
    while (Buffer.from(second.svids[0]?.x509Svid ?? []).equals(Buffer.from(first.svids[0]?.x509Svid ?? []))) second = await stream.next()
    expect(second.svids.map(({ spiffeId }) => spiffeId)).toEqual(first.svids.map(({ spiffeId }) => spiffeId))
  })

  test('a tainted authority is replaced on open streams, and the bundle holds both', async () => {
    const fixture = await start()
    const stream = fixture.connect().stream(method.fetchX509SVID, {})
    await stream.next()
    await fixture.server.rotate()
    const issuer = fixture.server.keyset().root
    for (;;) {
      const message = await stream.next()
      const leaf = new X509Certificate(message.svids[0]?.x509Svid ?? new Uint8Array())
      if (!leaf.checkIssued(new X509Certificate(issuer))) continue
      expect(splitCertificates(message.svids[0]?.bundle ?? new Uint8Array())).toMatchObject({ certificates: { length: 2 } })
      break
    }
  })

  test('one attestation answers calls that follow closely, and all of them share one key', async () => {
    const fixture = await start()
    const client = fixture.connect()
    const messages = await Promise.all(Array.from({ length: 20 }, () => client.stream(method.fetchX509SVID, {}).next()))
    expect(new Set(messages.map(({ svids }) => Buffer.from(svids[0]?.x509SvidKey ?? []).toString('hex'))).size).toBe(1)
    expect(fixture.server.batches).toEqual([{ kind: 'x509', size: 1 }])
  })
})

describe('bundles', () => {
  test('rules 29, 30: the own trust domain is among the bundles, keys by trust domain id', async () => {
    const foreign = await foreignBundle()
    const { server, connect } = await start({ server: (fake) => (fake.federated = [foreign]) })
    const x509 = await connect().stream(method.fetchX509Bundles, {}).next()
    expect(Object.keys(x509.bundles)).toEqual(['spiffe://one.test', 'spiffe://two.test'])
    const jwt = await connect().stream(method.fetchJWTBundles, {}).next()
    const own: unknown = JSON.parse(Buffer.from(jwt.bundles['spiffe://one.test'] ?? []).toString())
    expect(own).toMatchObject({ keys: [{ kty: 'EC', kid: server.keyset().jwtAuthority.keyId }] })
    expect(JSON.stringify(own)).not.toContain('spiffe_sequence')
  })

  test('rules 31, 32: a new key is told, the same content is not repeated', async () => {
    const fixture = await start()
    const stream = fixture.connect().stream(method.fetchX509Bundles, {})
    const first = await stream.next()
    fixture.server.push()
    await fixture.server.rotate({ taint: false })
    const second = await stream.next()
    expect(Buffer.from(second.bundles['spiffe://one.test'] ?? []).length).toBeGreaterThan(Buffer.from(first.bundles['spiffe://one.test'] ?? []).length)
    expect(stream.waiting).toBe(0)
  })

  test('rule 36: a mere verifier gets the own bundle, only where the operator allows it', async () => {
    const foreign = await foreignBundle()
    const denied = (server: AgentFixture['server']): void => {
      server.federated = [foreign]
      server.policy = () => ({ code: status.PERMISSION_DENIED, message: 'No policy matches.' })
    }
    const strict = await start({ server: denied })
    expect(await strict.connect().stream(method.fetchX509Bundles, {}).ended).toMatchObject({ code: status.PERMISSION_DENIED })
    const open = await start({
      server: denied,
      settings: (settings) => ({ ...settings, workloadApi: { ...settings.workloadApi, allowUnauthenticatedVerifiers: true } }),
    })
    const message = await open.connect().stream(method.fetchX509Bundles, {}).next()
    expect(Object.keys(message.bundles)).toEqual(['spiffe://one.test'])
    expect(await open.connect().stream(method.fetchX509SVID, {}).ended).toMatchObject({ code: status.PERMISSION_DENIED })
  })
})

describe('JWT-SVIDs', () => {
  test('rule 34: several identities give several tokens, one is chosen by its ID', async () => {
    const fixture = await start({ server: (fake) => (fake.policy = () => [{ path: '/a' }, { path: '/b', hint: 'b' }]) })
    const client = fixture.connect()
    const all = await client.unary(method.fetchJWTSVID, { audience: ['x', 'y'] })
    expect(all.svids.map(({ spiffeId, hint }) => [spiffeId, hint])).toEqual([
      ['spiffe://one.test/a', ''],
      ['spiffe://one.test/b', 'b'],
    ])
    const one = await client.unary(method.fetchJWTSVID, { audience: ['x'], spiffeId: 'spiffe://one.test/b' })
    expect(one.svids).toHaveLength(1)
    const again = await client.unary(method.fetchJWTSVID, { audience: ['y', 'x', 'x'] })
    expect(again.svids.map(({ svid }) => svid)).toEqual(all.svids.map(({ svid }) => svid))
  })

  test.each([
    ['no audience', { audience: [] }, status.INVALID_ARGUMENT],
    ['an empty audience', { audience: ['a', ''] }, status.INVALID_ARGUMENT],
    ['a malformed ID', { audience: ['a'], spiffeId: 'https://one.test/a' }, status.INVALID_ARGUMENT],
    ['an ID of somebody else', { audience: ['a'], spiffeId: 'spiffe://one.test/other' }, status.PERMISSION_DENIED],
    ['too many audiences', { audience: Array.from({ length: 101 }, (_, index) => String(index)) }, status.INVALID_ARGUMENT],
  ])('rule 34: %s is refused', async (_what, request, code) => {
    const { connect } = await start()
    await expect(connect().unary(method.fetchJWTSVID, request)).rejects.toMatchObject({ code })
  })

  test('rule 35: a token is validated, its audience is a list', async () => {
    const { connect } = await start()
    const client = connect()
    const { svids } = await client.unary(method.fetchJWTSVID, { audience: ['shop'] })
    const valid = await client.unary(method.validateJWTSVID, { audience: 'shop', svid: svids[0]?.svid ?? '' })
    expect(valid).toMatchObject({ spiffeId: `spiffe://one.test/user/${me}`, claims: { aud: ['shop'] } })
    for (const request of [
      { audience: 'other', svid: svids[0]?.svid ?? '' },
      { audience: 'shop', svid: '' },
      { audience: '', svid: svids[0]?.svid ?? '' },
      { audience: 'shop', svid: `${svids[0]?.svid ?? ''}x` },
    ])
      await expect(client.unary(method.validateJWTSVID, request)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT })
  })

  test('rule 37: a profile that is switched off is UNIMPLEMENTED, and so is WIT', async () => {
    const { connect } = await start({ settings: (settings) => ({ ...settings, workloadApi: { ...settings.workloadApi, jwt: false } }) })
    const client = connect()
    await expect(client.unary(method.fetchJWTSVID, { audience: ['a'] })).rejects.toMatchObject({ code: status.UNIMPLEMENTED })
    expect(await client.stream(method.fetchJWTBundles, {}).ended).toMatchObject({ code: status.UNIMPLEMENTED })
    expect(await client.stream(method.fetchWITSVID, {}).ended).toMatchObject({ code: status.UNIMPLEMENTED })
    expect(await client.stream(method.fetchWITBundles, {}).ended).toMatchObject({ code: status.UNIMPLEMENTED })
  })
})
