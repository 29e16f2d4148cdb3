import { generateKeyPairSync, sign } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { agentApi } from '@mintmark/contract/grpc'
import { generateWorkloadKey, readCertificate, validateX509Svid, writeCsr } from '@mintmark/spiffe'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  attestRequest,
  attributesOf,
  connectAgent,
  listenAndConnect,
  openTestDomain,
  podAttributes,
  type TestAgent,
  type TestCluster,
  type TestDomain,
} from './server-testing.ts'

let domain: TestDomain
let cluster: TestCluster
let agent: TestAgent
let session: string
const connected: TestAgent[] = []

async function connect(): Promise<TestAgent> {
  const made = await listenAndConnect(domain)
  connected.push(made)
  return made
}

const attest = (by = agent) => by.call<typeof agentApi.AttestResponseSchema>('attest', attestRequest(cluster, domain.now(), by.thumbprint))

beforeEach(async () => {
  domain = await openTestDomain()
  cluster = await domain.addCluster('prod-1')
  agent = await connect()
  ;({ session } = await attest())
})

afterEach(async () => {
  for (const each of connected.splice(0)) each.close()
  await domain.close()
})

const key = generateWorkloadKey()
const wants = (attributes: agentApi.Attribute[], from: agentApi.X509Item['key'] = { case: 'publicKey', value: key.publicKey }) =>
  create(agentApi.X509ItemSchema, { attributes, key: from })
const issue = async (items: readonly agentApi.X509Item[], by: string | undefined = session) => {
  const request = create(agentApi.IssueX509RequestSchema, { items: [...items] })
  return (await agent.call<typeof agentApi.IssueX509ResponseSchema>('issueX509', request, by)).results
}
const idsOf = (results: readonly agentApi.X509Result[]) => results.map(({ svids, message }) => svids[0]?.spiffeId ?? message.split(':')[0])
const policy = (spec: object) =>
  domain.server.administration.configuration.set({
    scope: { kind: 'cluster', id: cluster.row.id },
    documents: JSON.stringify({ section: 'SVIDIssuancePolicy', schema: 'v1', spec }),
    prune: false,
    validateOnly: false,
    actor: 'an administrator',
  })

describe('an agent that claims what it is not', () => {
  test('does not name its cluster, its trust domain or its realm: those are the server’s to say', async () => {
    await policy({
      policy: { pathTemplate: '/{{cluster.name}}/{{kubernetes.pod.namespace}}', additionalIdentities: [{ hint: 'realm', pathTemplate: '/{{spirl.realm}}/x' }] },
    })
    const [result] = await issue([
      wants([
        ...podAttributes(),
        ...attributesOf({
          'cluster.name': 'prod-2',
          'cluster.id': 'c-0',
          'spirl.realm': 'payments',
          'trust_domain.name': 'other.example',
          'node_group.name': 'prod-2',
        }),
      ]),
    ])
    expect(result?.svids.map(({ spiffeId }) => spiffeId)).toEqual(['spiffe://example.org/prod-1/shop'])
  })

  test('does not say what only attestation of an agent can prove', async () => {
    await policy({
      policy: { pathTemplate: '/team/{{custom_jwt.team}}' },
      policyOverrides: [{ when: { "custom_jwt.'https://x/y'": 'z' }, policy: { pathTemplate: '/admin' } }],
    })
    const results = await issue([wants([...podAttributes(), ...attributesOf({ 'custom_jwt.team': 'payments', "custom_jwt.'https://x/y'": 'z' })])])
    expect(idsOf(results)).toEqual(['attribute-missing'])
  })

  test.each(['/spirl/server', '/spirl/{{kubernetes.pod.service_account}}', '/{{kubernetes.pod.namespace}}/server'])(
    'does not get an identity of the server itself by template %s',
    async (pathTemplate) => {
      await policy({ policy: { pathTemplate } })
      expect(idsOf(await issue([wants(podAttributes('spirl', 'server'))]))).toEqual(['path-not-allowed'])
    },
  )

  test('rule 3: values add no segments, whatever they hold', async () => {
    const values = ['a/b', '..', '.', '', 'a%2Fb', 'a b', '\u{e4}', 'a\nb', '{{cluster.name}}', 'x'.repeat(3000)]
    const results = await issue(values.map((value) => wants(podAttributes('shop', value))))
    expect(results.every(({ code, svids }) => status[code] === 'PERMISSION_DENIED' && svids.length === 0)).toBe(true)
  })
})

describe('requests', () => {
  const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ type: 'spki', format: 'der' })
  const ec = (curve: string) => generateKeyPairSync('ec', { namedCurve: curve }).publicKey.export({ type: 'spki', format: 'der' })
  const csr = writeCsr({ key })
  const flipped = Buffer.from(csr)
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1

  test.each<[string, agentApi.X509Item['key'], boolean]>([
    ['a P-256 key', { case: 'publicKey', value: key.publicKey }, true],
    ['a P-384 key', { case: 'publicKey', value: ec('secp384r1') }, true],
    ['an RSA key of 2048 bits', { case: 'publicKey', value: rsa(2048) }, true],
    ['an RSA key of 1024 bits', { case: 'publicKey', value: rsa(1024) }, false],
    ['a key of secp256k1', { case: 'publicKey', value: ec('secp256k1') }, false],
    ['a key for agreement only', { case: 'publicKey', value: generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' }) }, false],
    ['a private key', { case: 'publicKey', value: key.privateKey }, false],
    ['a key with more behind it', { case: 'publicKey', value: Buffer.concat([key.publicKey, Buffer.alloc(1)]) }, false],
    ['an empty key', { case: 'publicKey', value: new Uint8Array() }, false],
    ['a key of a megabyte', { case: 'publicKey', value: Buffer.alloc(1 << 20, 0x30) }, false],
    ['neither key nor request', { case: undefined }, false],
    ['a request', { case: 'csr', value: csr }, true],
    ['a request whose signature is another one’s', { case: 'csr', value: flipped }, false],
    ['a request that is cut off', { case: 'csr', value: csr.subarray(0, csr.length - 10) }, false],
    ['a request with more behind it', { case: 'csr', value: Buffer.concat([csr, Buffer.alloc(1)]) }, false],
    ['a request of bytes', { case: 'csr', value: Buffer.from('hello') }, false],
  ])('%s', async (_what, from, isGood) => {
    const [result] = await issue([wants(podAttributes(), from)])
    expect([result?.code, result?.svids.length]).toEqual(isGood ? [status.OK, 1] : [status.INVALID_ARGUMENT, 0])
  })

  test('of 501 items are refused whole, of 500 answered each for itself', async () => {
    const bad = wants(podAttributes('shop', 'a/b'))
    const many = Array.from({ length: 500 }, (_none, index) => (index % 2 === 0 ? bad : wants(podAttributes('shop', `web-${index}`))))
    await expect(issue([...many, bad])).rejects.toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringContaining('at most 500') })
    const results = await issue(many)
    expect(results.map(({ code }) => code)).toEqual(many.map((item) => (item === bad ? status.PERMISSION_DENIED : status.OK)))
    expect(results[499]?.svids[0]?.spiffeId).toBe('spiffe://example.org/prod-1/ns/shop/sa/web-499')
  })

  test.each<[string, agentApi.Attribute[]]>([
    ['more attributes than a workload has', attributesOf(Object.fromEntries(Array.from({ length: 257 }, (_none, index) => [`a.${index}`, 'x'])))],
    ['a value of five thousand characters', attributesOf({ 'a.b': 'x'.repeat(5000) })],
    ['a name of five thousand characters', attributesOf({ ['a'.repeat(5000)]: 'x' })],
    ['an attribute twice', [...attributesOf({ 'kubernetes.pod.namespace': 'shop' }), ...podAttributes('payments')]],
  ])('with %s spoil no other of their batch', async (_what, attributes) => {
    const results = await issue([
      wants(podAttributes()),
      wants([...attributes, ...podAttributes().slice(attributes.length > 2 ? 3 : 0)]),
      wants(podAttributes('shop', 'api')),
    ])
    expect(results.map(({ code }) => code)).toEqual([status.OK, status.INVALID_ARGUMENT, status.OK])
  })

  test('of any bytes end their call and nothing else', async () => {
    const { address } = await domain.server.listen({ host: '127.0.0.1', port: 0, tls: { from: 'none' } })
    const { Client, ChannelCredentials, Metadata } = await import('@grpc/grpc-js')
    const client = new Client(`127.0.0.1:${address.port}`, ChannelCredentials.createInsecure())
    const send = (method: string, bytes: Uint8Array) =>
      new Promise<number>((resolve) => {
        const metadata = new Metadata()
        metadata.set('authorization', `Bearer ${session}`)
        client.makeUnaryRequest(
          `/mintmark.agent.v1.AgentService/${method}`,
          (value: Uint8Array) => Buffer.from(value),
          () => undefined,
          bytes,
          metadata,
          (error) => resolve(error?.code ?? status.OK),
        )
      })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('IssueX509', 'IssueJwt', 'Attest'), fc.uint8Array({ maxLength: 200 }), async (method, bytes) => {
        expect([status.OK, status.INTERNAL, status.INVALID_ARGUMENT, status.UNAUTHENTICATED, status.PERMISSION_DENIED]).toContain(await send(method, bytes))
      }),
      { numRuns: 60 },
    )
    client.close()
    expect(idsOf(await issue([wants(podAttributes())]))).toHaveLength(1)
  })
})

describe('tokens', () => {
  type Change = Partial<Pick<agentApi.JwtItem, 'attributes' | 'audience' | 'spiffeId'>>
  const wantsToken = (change: Change) => create(agentApi.JwtItemSchema, { attributes: podAttributes(), audience: ['shop'], ...change })
  const issueTokens = async (items: agentApi.JwtItem[]) =>
    (await agent.call<typeof agentApi.IssueJwtResponseSchema>('issueJwt', create(agentApi.IssueJwtRequestSchema, { items }), session)).results

  test.each<[string, Change, string]>([
    ['no audience', { audience: [] }, 'audience-not-allowed'],
    ['an empty audience', { audience: ['shop', ''] }, 'audience-not-allowed'],
    ['seventeen audiences', { audience: Array.from({ length: 17 }, (_none, index) => `a${index}`) }, 'audience-not-allowed'],
    ['an audience of two thousand characters', { audience: ['x'.repeat(2000)] }, 'audience-not-allowed'],
    ['the audience of sessions', { audience: ['shop', 'urn:mintmark:agent-session'] }, 'audience-not-allowed'],
    ['the audience of attestation', { audience: ['urn:mintmark:agent-attestation'] }, 'audience-not-allowed'],
    ['an id that is none', { spiffeId: 'https://example.org/x' }, 'spiffe-id-not-allowed'],
    ['an id of somebody else', { spiffeId: 'spiffe://example.org/prod-1/ns/payments/sa/web' }, 'not-entitled'],
    ['an id of another trust domain', { spiffeId: 'spiffe://other.example/prod-1/ns/shop/sa/web' }, 'not-entitled'],
    ['an id in capitals', { spiffeId: 'spiffe://EXAMPLE.ORG/prod-1/ns/shop/sa/web' }, 'spiffe-id-not-allowed'],
  ])('rule 34: are not issued for %s, and the others of the batch are', async (_what, change, label) => {
    const results = await issueTokens([wantsToken({}), wantsToken(change), wantsToken({})])
    expect(results.map(({ svids, message }) => (svids.length > 0 ? 'issued' : message.split(':')[0]))).toEqual(['issued', label, 'issued'])
  })

  test('rule 14: claims that attributes make too large are refused, never cut', async () => {
    await policy({ policy: { jwt: { additionalClaims: { pod: '{{kubernetes.pod.label.note}}' } } } })
    const withNote = (note: string) => wantsToken({ attributes: [...podAttributes(), ...attributesOf({ 'kubernetes.pod.label.note': note })] })
    const results = await issueTokens([withNote('x'.repeat(1024)), withNote('\u{e4}'.repeat(513)), withNote('x'.repeat(1025))])
    expect(results.map(({ code }) => code)).toEqual([status.OK, status.PERMISSION_DENIED, status.PERMISSION_DENIED])
  })

  test('rule 42: end with the key that signs them, and an algorithm that the trust domain does not have is said', async () => {
    const small = await openTestDomain({}, { jwtAlgorithms: ['ES256'] })
    const home = await small.addCluster('prod-1')
    const { address } = await small.server.listen({ host: '127.0.0.1', port: 0, tls: { from: 'none' } })
    const plain = connectAgent(address.port)
    connected.push(plain)
    const { session: own } = await plain.call<typeof agentApi.AttestResponseSchema>('attest', attestRequest(home, small.now()))
    const items = [wantsToken({ audience: ['api://AzureADTokenExchange'] }), wantsToken({})]
    const { results } = await plain.call<typeof agentApi.IssueJwtResponseSchema>('issueJwt', create(agentApi.IssueJwtRequestSchema, { items }), own)
    expect(results.map(({ code }) => code)).toEqual([status.FAILED_PRECONDITION, status.OK])
    await small.close()
  })
})

describe('sessions', () => {
  const parts = () => session.split('.').map((part) => part)
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

  test.each<[string, () => string | undefined | Promise<string>]>([
    ['none', () => undefined],
    ['one without a signature', () => `${parts()[0]}.${parts()[1]}.`],
    [
      'one whose claims were changed',
      () => `${parts()[0]}.${encode({ ...JSON.parse(Buffer.from(parts()[1] ?? '', 'base64url').toString()), cluster: 'c-0' })}.${parts()[2]}`,
    ],
    ['one of algorithm none', () => `${encode({ alg: 'none', typ: 'mintmark-session+jwt' })}.${parts()[1]}.AA`],
    [
      'one that another key has signed',
      () => {
        const signed = `${parts()[0]}.${parts()[1]}`
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
        return `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
      },
    ],
    ['one of another connection', async () => (await attest(await connect())).session],
    ['bytes', () => 'x'.repeat(20_000)],
  ])('%s is no session', async (_what, make) => {
    const shown = await make()
    await expect(agent.call('issueX509', create(agentApi.IssueX509RequestSchema, { items: [] }), shown)).rejects.toMatchObject({ code: status.UNAUTHENTICATED })
  })

  test('of a disabled cluster end at once, streams too', async () => {
    const heard = Promise.withResolvers<undefined>()
    const stream = agent.watch(session, () => heard.resolve(undefined))
    await heard.promise
    await domain.server.administration.clusters.setEnabled('prod-1', false)
    await expect(issue([wants(podAttributes())])).rejects.toMatchObject({ code: status.PERMISSION_DENIED })
    expect(await stream.ended).toMatchObject({ code: status.PERMISSION_DENIED, details: 'Cluster prod-1 is disabled.' })
    await expect(attest()).rejects.toMatchObject({ code: status.PERMISSION_DENIED })
    await domain.server.administration.clusters.setEnabled('prod-1', true)
    expect(idsOf(await issue([wants(podAttributes())]))).toEqual(['spiffe://example.org/prod-1/ns/shop/sa/web'])
  })

  test('of a deleted cluster end at once', async () => {
    await domain.server.administration.clusters.setEnabled('prod-1', false)
    await domain.server.administration.clusters.delete('prod-1')
    await expect(issue([wants(podAttributes())])).rejects.toMatchObject({ code: status.PERMISSION_DENIED, details: 'The cluster of this agent was deleted.' })
  })

  test('a stream ends when a tainted key has signed its session, after every agent was told of the taint', async () => {
    const fresh = await domain.authority.prepare().then(() => domain.authority.activate())
    const other = await connect()
    const { session: later } = await attest(other)
    const messages: agentApi.WatchResponse[] = []
    const told = Promise.withResolvers<undefined>()
    const stream = other.watch(later, (message) => {
      messages.push(message)
      if (message.taintedX509Authorities.length > 0) told.resolve(undefined)
    })
    const old = agent.watch(session, () => undefined)
    const before = domain.authority.list().find(({ id }) => id !== fresh.id)
    await domain.authority.taint(before?.id ?? '')
    await told.promise
    expect(messages.at(-1)?.taintedJwtKeys.length).toBeGreaterThan(0)
    expect(await old.ended).toMatchObject({ code: status.UNAUTHENTICATED })
    stream.cancel()
  })

  test('on a server that demands binding a plaintext agent gets none', async () => {
    const strict = await openTestDomain({ requireBinding: true })
    const home = await strict.addCluster('prod-1')
    const { address } = await strict.server.listen({ host: '127.0.0.1', port: 0, tls: { from: 'none' } })
    const plain = connectAgent(address.port)
    await expect(plain.call('attest', attestRequest(home, strict.now()))).rejects.toMatchObject({ code: status.UNAUTHENTICATED })
    plain.close()
    await strict.close()
  })
})

describe('times', () => {
  test('an SVID never outlives the certificate that issued it, and nothing is issued when that is about to end', async () => {
    await policy({ policy: { x509: { ttl: '30d' } } })
    const { issuerNotAfter } = domain.authority.current()
    domain.advance((issuerNotAfter.getTime() - domain.now().getTime()) / 1000 - 86_400)
    ;({ session } = await attest())
    const [result] = await issue([wants(podAttributes())])
    const leaf = readCertificate(result?.svids[0]?.certificates[0] ?? new Uint8Array())
    expect(leaf).toMatchObject({ ok: true, notAfter: issuerNotAfter })
    expect(result?.svids[0]?.notAfterUnixSeconds).toBe(BigInt(issuerNotAfter.getTime() / 1000))
    domain.advance(86_395)
    ;({ session } = await attest())
    expect(idsOf(await issue([wants(podAttributes())]))).toEqual(['authority-expired'])
  })

  test('a time to live of ten seconds is issued for drills', async () => {
    await policy({ policy: { x509: { ttl: '10s' } } })
    const [result] = await issue([wants(podAttributes())])
    const { certificates = [], notAfterUnixSeconds = 0n, notBeforeUnixSeconds = 0n } = result?.svids[0] ?? {}
    expect(notAfterUnixSeconds - notBeforeUnixSeconds).toBe(10n)
    const bundleOf = () => domain.authority.current().bundle
    expect(validateX509Svid(certificates, bundleOf, domain.now()).ok).toBe(true)
    expect(validateX509Svid(certificates, bundleOf, new Date(domain.now().getTime() + 12_000)).ok).toBe(false)
  })
})
