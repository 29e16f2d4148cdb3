import { X509Certificate } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { create } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { agentApi } from '@mintmark/contract/grpc'
import { certificatesToPem, generateWorkloadKey, trustDomainId, validateJwtSvid, validateX509Svid, writeCsr } from '@mintmark/spiffe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SESSION_AUDIENCE } from './sessions/sessions.ts'
import { attestRequest, listenAndConnect, openTestDomain, podAttributes, type TestAgent, type TestCluster, type TestDomain } from './server-testing.ts'

let domain: TestDomain
let cluster: TestCluster
let agent: TestAgent

beforeEach(async () => {
  domain = await openTestDomain()
  cluster = await domain.addCluster('prod-1')
  agent = await listenAndConnect(domain)
})

afterEach(async () => {
  agent.close()
  await domain.close()
})

async function attest(by = agent, thumbprint = by.thumbprint): Promise<agentApi.AttestResponse> {
  return by.call<typeof agentApi.AttestResponseSchema>('attest', attestRequest(cluster, domain.now(), thumbprint))
}

function x509Item(key: { readonly publicKey: Uint8Array }, attributes = podAttributes()): agentApi.IssueX509Request {
  return create(agentApi.IssueX509RequestSchema, { items: [create(agentApi.X509ItemSchema, { attributes, key: { case: 'publicKey', value: key.publicKey } })] })
}

function jwtItem(audience: string[], spiffeId = '', attributes = podAttributes()): agentApi.IssueJwtRequest {
  return create(agentApi.IssueJwtRequestSchema, { items: [create(agentApi.JwtItemSchema, { attributes, audience, spiffeId })] })
}

const bundleOf = () => domain.authority.current().bundle

describe('an agent with a cluster version key', () => {
  test('attests, and gets an X.509-SVID of the default path that verifies', async () => {
    const { session, trustDomain, clusterName } = await attest()
    expect({ trustDomain, clusterName }).toEqual({ trustDomain: 'example.org', clusterName: 'prod-1' })
    const { results } = await agent.call<typeof agentApi.IssueX509ResponseSchema>('issueX509', x509Item(generateWorkloadKey()), session)
    const svid = results[0]?.svids[0]
    expect(svid?.spiffeId).toBe('spiffe://example.org/prod-1/ns/shop/sa/web')
    expect(validateX509Svid(svid?.certificates ?? [], bundleOf, domain.now())).toMatchObject({ ok: true, id: svid?.spiffeId })
  })

  test('gets a JWT-SVID: RS256 for a cloud, ES256 for others', async () => {
    const { session } = await attest()
    for (const [audience, algorithm] of [
      ['sts.amazonaws.com', 'RS256'],
      ['shop', 'ES256'],
    ] as const) {
      const { results } = await agent.call<typeof agentApi.IssueJwtResponseSchema>('issueJwt', jwtItem([audience]), session)
      const token = results[0]?.svids[0]?.token ?? ''
      expect(validateJwtSvid(token, { bundleOf, audience, now: domain.now() })).toMatchObject({ ok: true, id: 'spiffe://example.org/prod-1/ns/shop/sa/web' })
      expect(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({ alg: algorithm })
    }
  })

  test('proves possession with a request, and a request with other names is refused', async () => {
    const { session } = await attest()
    const key = generateWorkloadKey()
    const items = [{}, { id: trustDomainId(domain.name) }].map((names) =>
      create(agentApi.X509ItemSchema, { attributes: podAttributes(), key: { case: 'csr', value: writeCsr({ ...names, key }) } }),
    )
    const { results } = await agent.call<typeof agentApi.IssueX509ResponseSchema>('issueX509', create(agentApi.IssueX509RequestSchema, { items }), session)
    expect(results.map(({ code }) => code)).toEqual([status.OK, status.INVALID_ARGUMENT])
    expect(results[1]?.message).toContain('key-not-allowed')
  })

  test('one workload that gets nothing touches no other of its batch', async () => {
    const { session } = await attest()
    const { publicKey } = generateWorkloadKey()
    const items = [podAttributes(), podAttributes('shop', 'a/b'), [], podAttributes('shop', 'api')].map((attributes) =>
      create(agentApi.X509ItemSchema, { attributes, key: { case: 'publicKey', value: publicKey } }),
    )
    const { results } = await agent.call<typeof agentApi.IssueX509ResponseSchema>('issueX509', create(agentApi.IssueX509RequestSchema, { items }), session)
    expect(results.map(({ code }) => code)).toEqual([status.OK, status.PERMISSION_DENIED, status.PERMISSION_DENIED, status.OK])
    expect(results[1]?.message).toMatch(/^attribute-not-allowed: kubernetes\.pod\.service_account/)
    expect(results[2]?.message).toMatch(/^attribute-missing: kubernetes\.pod\.namespace/)
  })
})

describe('sessions', () => {
  const issue = (session: string | undefined, by = agent) => by.call<typeof agentApi.IssueJwtResponseSchema>('issueJwt', jwtItem(['shop']), session)

  test('a stolen session is worth nothing on another connection', async () => {
    const { session } = await attest()
    const thief = await listenAndConnect(domain)
    await expect(issue(session, thief)).rejects.toMatchObject({ code: status.UNAUTHENTICATED })
    thief.close()
  })

  test('a call without a session, and with one that has expired, is told to attest', async () => {
    const { session } = await attest()
    await expect(issue(undefined)).rejects.toMatchObject({ code: status.UNAUTHENTICATED })
    domain.advance(3601)
    await expect(issue(session)).rejects.toMatchObject({ code: status.UNAUTHENTICATED, details: expect.stringContaining('expired') })
  })

  test('a JWT-SVID is no session, and none is issued for the audience of sessions', async () => {
    const { session } = await attest()
    const { results } = await agent.call<typeof agentApi.IssueJwtResponseSchema>('issueJwt', jwtItem([SESSION_AUDIENCE]), session)
    expect(results[0]).toMatchObject({ code: status.INVALID_ARGUMENT, svids: [] })
    const ordinary = await issue(session)
    await expect(issue(ordinary.results[0]?.svids[0]?.token)).rejects.toMatchObject({ code: status.UNAUTHENTICATED })
  })

  test('a session that a tainted key has signed is refused', async () => {
    const { session } = await attest()
    await issue(session)
    const before = domain.authority.current().keysetId
    await domain.authority.prepare()
    await domain.authority.activate()
    await issue(session)
    await domain.authority.taint(before)
    await expect(issue(session)).rejects.toMatchObject({ code: status.UNAUTHENTICATED })
  })

  test('sessions of a disabled cluster and of an inactive cluster version end', async () => {
    const { session } = await attest()
    await domain.stores.registry.setClusterVersionActive(cluster.versionId, false)
    domain.advance(60)
    await expect(issue(session)).rejects.toMatchObject({ code: status.UNAUTHENTICATED })
    await domain.stores.registry.setClusterVersionActive(cluster.versionId, true)
    await domain.stores.registry.setClusterEnabled(cluster.row.id, false)
    domain.advance(60)
    await expect(issue(session)).rejects.toMatchObject({ code: status.PERMISSION_DENIED })
  })

  test('an assertion is good once, on its own connection, for a minute', async () => {
    const request = attestRequest(cluster, domain.now(), agent.thumbprint)
    await agent.call('attest', request)
    await expect(agent.call('attest', request)).rejects.toMatchObject({ code: status.UNAUTHENTICATED, details: expect.stringContaining('used before') })
    await expect(attest(agent, 'somebody-elses')).rejects.toMatchObject({ details: expect.stringContaining('another TLS connection') })
    const old = attestRequest(cluster, new Date(domain.now().getTime() - 120_000), agent.thumbprint)
    await expect(agent.call('attest', old)).rejects.toMatchObject({ details: expect.stringContaining('expired') })
  })

  test('issuance goes on while the database is away', async () => {
    const { session } = await attest()
    await issue(session)
    domain.stores.setAway(true)
    domain.advance(600)
    expect((await issue(session)).results[0]?.code).toBe(status.OK)
    domain.stores.setAway(false)
  })
})

describe('the port for agents', () => {
  test('TLS sessions are not resumed: a resumed connection would skip what a full handshake checks', async () => {
    const { address } = await domain.server.listen({ host: '127.0.0.1', port: 0, tls: { from: 'own', dnsNames: ['localhost'], ipAddresses: [] } })
    const ca = certificatesToPem(bundleOf().x509Authorities)
    const handshake = async (session: Buffer | undefined): Promise<{ readonly isReused: boolean; readonly session: Buffer | undefined }> =>
      new Promise((resolve, reject) => {
        const socket = connectTls({
          port: address.port,
          host: '127.0.0.1',
          servername: 'localhost',
          ca,
          ALPNProtocols: ['h2'],
          ...(session === undefined ? {} : { session }),
        })
        socket.once('error', reject)
        let got: Buffer | undefined
        socket.on('session', (next) => (got = next))
        socket.once('data', () => {
          resolve({ isReused: socket.isSessionReused(), session: got ?? socket.getSession() })
          socket.destroy()
        })
      })
    const first = await handshake(undefined)
    expect((await handshake(first.session)).isReused).toBe(false)
  })

  test('shows a certificate of the own authority with the SPIFFE id of the server, and a new one after a rotation', async () => {
    const { address } = await domain.server.listen({
      host: '127.0.0.1',
      port: 0,
      tls: { from: 'own', dnsNames: ['td.example.org'], ipAddresses: ['127.0.0.1'] },
    })
    const shown = async (): Promise<Uint8Array> =>
      new Promise((resolve, reject) => {
        const socket = connectTls({ port: address.port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] })
        socket.once('error', reject)
        socket.once('secureConnect', () => {
          resolve(socket.getPeerCertificate().raw)
          socket.destroy()
        })
      })
    const before = await shown()
    expect(validateX509Svid([before], bundleOf, domain.now())).toMatchObject({ ok: true, id: 'spiffe://example.org/spirl/server' })
    expect(new X509Certificate(before).checkHost('td.example.org')).toBe('td.example.org')
    await domain.authority.prepare()
    await domain.authority.activate()
    let after = await shown()
    while (Buffer.from(after).equals(before)) after = await shown()
    expect(validateX509Svid([after], bundleOf, domain.now())).toMatchObject({ ok: true })
  })

  test('foreign bytes, and a client that says nothing, hinder nobody', async () => {
    const { address } = await domain.server.listen({ host: '127.0.0.1', port: 0, tls: { from: 'own', dnsNames: ['localhost'], ipAddresses: [] } })
    const sockets = ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\xff\xff', ''].map((text) => {
      const socket = connectTcp(address.port, '127.0.0.1', () => socket.write(text))
      socket.on('error', () => undefined)
      return socket
    })
    await expect(attest()).resolves.toMatchObject({ trustDomain: 'example.org' })
    for (const socket of sockets) socket.destroy()
  })

  test('a batch of 501 workloads and attributes over their limits are refused', async () => {
    const { session } = await attest()
    const items = Array.from({ length: 501 }, () => create(agentApi.JwtItemSchema, { attributes: podAttributes(), audience: ['shop'] }))
    await expect(agent.call('issueJwt', create(agentApi.IssueJwtRequestSchema, { items }), session)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT })
    const twice = [...podAttributes(), ...podAttributes()]
    const { results } = await agent.call<typeof agentApi.IssueJwtResponseSchema>('issueJwt', jwtItem(['shop'], '', twice), session)
    expect(results[0]).toMatchObject({ code: status.INVALID_ARGUMENT, message: expect.stringContaining('there twice') })
  })

  test('every SVID and every refusal is an event, with a serial or a key id and never a token', async () => {
    const { session } = await attest()
    await agent.call('issueX509', x509Item(generateWorkloadKey()), session)
    const { results } = await agent.call<typeof agentApi.IssueJwtResponseSchema>('issueJwt', jwtItem(['shop']), session)
    await agent.call('issueX509', x509Item(generateWorkloadKey(), []), session)
    await domain.server.events.flush()
    expect(domain.stores.written.map(({ type, outcome, spiffeId }) => [type, outcome, spiffeId])).toEqual([
      ['agent_attestation', 'success', undefined],
      ['workload_credential_issued', 'success', 'spiffe://example.org/prod-1/ns/shop/sa/web'],
      ['workload_credential_issued', 'success', 'spiffe://example.org/prod-1/ns/shop/sa/web'],
      ['workload_credential_error', 'failure', undefined],
    ])
    expect(domain.stores.written[1]?.details).toMatchObject({
      serial: expect.stringMatching(/^[0-9a-f]{32}$/),
      fingerprintSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const text = JSON.stringify(domain.stores.written) + domain.lines.join('')
    expect(text).not.toContain(session)
    expect(text).not.toContain(results[0]?.svids[0]?.token)
  })
})
