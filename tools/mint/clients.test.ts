import { ChannelCredentials, Client, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { peerIsMissing } from '../peers/index.ts'
import { startTrialAgent, type TrialAgent } from './agent.ts'
import { type ClientAnswer, gospiffe, type GoX509, runClient, startGospiffe } from './clients.ts'
import { startTrialDomain, type TrialDomain } from './trust-domain.ts'

const missing = (['spiffe', 'old-grpc', 'python-spiffe', 'java-spiffe'] as const).filter((name) => peerIsMissing(name))

describe.skipIf(missing.length > 0)('SPIFFE clients that nobody here wrote', () => {
  let database: TestCluster
  let domain: TrialDomain
  let agent: TrialAgent
  let id: string

  beforeAll(async () => {
    database = await startTestCluster()
    domain = await startTrialDomain({ name: 'clients.test', store: await database.openFreshStore() })
    agent = await startTrialAgent({ ...domain, endpoints: [domain.endpoint] }, await domain.addCluster('machines', 'linux'))
    await agent.logged('Health check passed - all systems operational')
    id = (await gospiffe<GoX509>(agent.address, 'x509')).svids[0]?.id ?? ''
  })
  afterAll(async () => {
    await agent?.close()
    await domain?.close()
    await database?.stop()
  })

  test('rule 24: go-spiffe gets an X.509-SVID that it verifies itself, named by the policy', async () => {
    expect(id).toMatch(/^spiffe:\/\/clients\.test\/machines\/[a-z0-9_.-]+$/)
    const { svids, roots } = await gospiffe<GoX509>(agent.address, 'x509')
    expect(svids).toHaveLength(1)
    expect(roots).toEqual({ 'clients.test': 1 })
  })

  test('go-spiffe gets JWT-SVIDs for several audiences, and validates them by itself and through the agent', async () => {
    const { svids } = await gospiffe<{ svids: { id: string; audience: string[] }[] }>(agent.address, 'jwt', '--audience', 'shop,stock')
    expect(svids).toMatchObject([{ id, audience: ['shop', 'stock'] }])
    expect(await gospiffe(agent.address, 'jwt-bundles')).toEqual({ keys: { 'clients.test': domain.authority.current().bundle.jwtAuthorities.length } })
  })

  test('a token for another audience is refused by the agent', async () => {
    const { svids } = await gospiffe<{ svids: { token: string }[] }>(agent.address, 'jwt', '--audience', 'shop')
    const answer = await runClient({
      peer: 'spiffe',
      program: 'gospiffe',
      arguments: ['validate-jwt', '--audience', 'stock'],
      address: agent.address,
      input: svids[0]?.token ?? '',
    })
    expect(answer).toMatchObject({ code: 1, stderr: expect.stringContaining('InvalidArgument') })
  })

  test.each([
    [
      'Python, whose :authority is the percent-encoded path',
      'python-spiffe',
      (answer: ClientAnswer) => expect(JSON.parse(answer.stdout)).toEqual({ id, svids: 1, jwt: id }),
    ],
    ['Java, whose :authority is the raw path', 'java-spiffe', (answer: ClientAnswer) => expect(JSON.parse(answer.stdout)).toEqual({ id, svids: 1, jwt: id })],
    [
      'a grpc-go of 2020, whose :authority is the raw path',
      'old-grpc',
      (answer: ClientAnswer) => expect(JSON.parse(answer.stdout)).toEqual({ bytes: expect.any(Number) }),
    ],
  ] as const)('%s', async (_name, peer, check) => {
    const answer = await runClient({ peer, program: peer, arguments: peer === 'old-grpc' ? [] : ['shop'], address: agent.address })
    expect(answer).toMatchObject({ code: 0 })
    check(answer)
  })

  test('rules 38 to 40: the Broker API is not offered, and says so', async () => {
    const client = new Client(agent.address, ChannelCredentials.createInsecure())
    const pass = (bytes: Buffer): Buffer => bytes
    const code = await new Promise((resolve) => {
      client.makeUnaryRequest('/spiffe.broker.API/FetchJWTSVID', pass, pass, Buffer.alloc(0), (error) => resolve(error?.code))
    })
    client.close()
    expect(code).toBe(status.UNIMPLEMENTED)
  })

  test('a watching client sees a rotation: the new root before anything is signed by it, then a new SVID when the old key is tainted', async () => {
    const watch = startGospiffe<GoX509>(agent.address, 'watch-x509')
    const first = await watch.until(({ svids }) => svids?.length === 1)
    const before = first.svids[0]?.authority
    await domain.authority.prepare()
    const prepared = await watch.until(({ roots }) => roots?.['clients.test'] === 2)
    expect(prepared.svids[0]?.authority).toBe(before)
    const old = domain.authority.current().keysetId
    await domain.authority.activate()
    await domain.authority.taint(old)
    const renewed = await watch.until(({ svids }) => svids?.[0] !== undefined && svids[0].authority !== before)
    expect(renewed.svids[0]?.id).toBe(id)
    await domain.authority.remove(old)
    const removed = await watch.until(({ roots, svids }) => roots?.['clients.test'] === 1 && svids?.[0]?.authority !== before)
    expect(removed.svids[0]?.authority).not.toBe(before)
    expect(watch.lines.filter(({ error }) => error !== undefined)).toEqual([])
    await watch.stop()
  })

  test('two workloads of the trust domain talk mTLS', async () => {
    const server = startGospiffe<{ address: string }>(agent.address, 'serve', '--authorize', id)
    const { address } = await server.until(() => true)
    const answer = await gospiffe<{ status: number; server: string; body: string }>(agent.address, 'get', '--address', address, '--authorize', 'clients.test')
    expect(answer).toMatchObject({ status: 200, server: id })
    expect(JSON.parse(answer.body)).toMatchObject({ caller: id })
    await expect(gospiffe(agent.address, 'get', '--address', address, '--authorize', 'spiffe://clients.test/somebody/else')).rejects.toThrow(/unexpected ID/)
    await server.stop()
  })
})
