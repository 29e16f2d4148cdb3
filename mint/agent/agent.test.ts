import { create, fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { Metadata, status } from '@grpc/grpc-js'
import { healthApi, reflectionAlphaApi, reflectionApi, workloadApi } from '@mintmark/contract/grpc'
import { AttestationError } from '@mintmark/mint/attestation'
import { afterEach, describe, expect, test } from 'vitest'
import { startFakeServer } from './testing-server.ts'
import { startAgentFixture, type AgentFixture, type FixtureChanges } from './testing.ts'

const { method } = workloadApi.SpiffeWorkloadAPI
const fixtures: AgentFixture[] = []
const closers: (() => Promise<void>)[] = []

async function start(changes?: FixtureChanges): Promise<AgentFixture> {
  const fixture = await startAgentFixture(changes)
  fixtures.push(fixture)
  return fixture
}

afterEach(async () => {
  for (const fixture of fixtures.splice(0)) await fixture.close()
  for (const close of closers.splice(0)) await close()
})

async function page(address: { readonly port: number } | undefined, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`http://127.0.0.1:${address?.port}${path}`)
  return { status: response.status, text: await response.text() }
}

describe('an agent', () => {
  test('says that it is ready and which bundles it has, in the words that installation guides quote', async () => {
    const fixture = await start()
    expect(await fixture.logged('Health check passed - all systems operational')).toMatchObject({ logger: 'agent.readyChecker' })
    expect(await fixture.logged('Bundle added or updated')).toMatchObject({ logger: 'agent.bundleRefresher', trustDomain: 'one.test' })
    expect(await page(fixture.agent.addresses.health, '/ready')).toEqual({ status: 200, text: 'ok\n' })
    expect((await page(fixture.agent.addresses.health, '/live')).status).toBe(200)
    expect(fixture.server.evidence).toEqual([{ type: 'k8s_token', text: 'a token of the test' }])
  })

  test('waits for its server, and is ready when it comes', async () => {
    const fixture = await start({ server: (fake) => (fake.outage = status.UNAVAILABLE) })
    expect(await page(fixture.agent.addresses.health, '/ready')).toMatchObject({ status: 503 })
    const early = fixture.connect().stream(method.fetchX509SVID, {})
    fixture.server.outage = undefined
    await fixture.logged('Health check passed - all systems operational')
    await Promise.race([early.next(), early.ended])
    expect((await fixture.connect().stream(method.fetchX509SVID, {}).next()).svids).toHaveLength(1)
  })

  test('a server that lost its sessions is attested to again, and callers notice nothing', async () => {
    const fixture = await start()
    await fixture.logged('Health check passed - all systems operational')
    fixture.server.dropSessions()
    expect((await fixture.connect().stream(method.fetchX509SVID, {}).next()).svids).toHaveLength(1)
    expect(fixture.server.evidence).toHaveLength(2)
  })

  test('fails over to the next endpoint, in the middle of calls', async () => {
    const second = await startFakeServer({ trustDomain: 'one.test' })
    closers.push(second.close)
    const dead = await startFakeServer({ trustDomain: 'one.test' })
    await dead.close()
    const fixture = await start({ endpoints: [dead.endpoint, second.endpoint] })
    expect((await fixture.connect().stream(method.fetchX509SVID, {}).next()).svids).toHaveLength(1)
    expect(second.batches).toHaveLength(1)
    expect(await fixture.logged('An endpoint does not answer; the next one is used')).toMatchObject({ endpoint: dead.endpoint })
  })

  test('the server goes away: cached identities are served on, and nobody is cut off', async () => {
    const fixture = await start()
    const client = fixture.connect()
    const stream = client.stream(method.fetchX509SVID, {})
    const first = await stream.next()
    const token = await client.unary(method.fetchJWTSVID, { audience: ['a'] })
    fixture.server.outage = status.UNAVAILABLE
    fixture.server.interrupt(status.UNAVAILABLE)
    await fixture.logged('The stream of trust and configuration is interrupted')
    expect(await client.unary(method.fetchJWTSVID, { audience: ['a'] })).toEqual(token)
    expect((await fixture.connect().stream(method.fetchX509SVID, {}).next()).svids).toEqual(first.svids)
    await expect(client.unary(method.fetchJWTSVID, { audience: ['new'] })).rejects.toMatchObject({ code: status.UNAVAILABLE })
    const { status: health } = await client.unary(healthApi.Health.method.check, {}, new Metadata())
    expect(health).toBe(healthApi.HealthCheckResponse_ServingStatus.SERVING)
  })

  test('a workload that lost its entitlement keeps no token of the time before', async () => {
    const fixture = await start()
    const client = fixture.connect()
    await client.unary(method.fetchJWTSVID, { audience: ['a'] })
    const stream = client.stream(method.fetchX509SVID, {})
    await stream.next()
    fixture.server.policy = () => ({ code: status.PERMISSION_DENIED, message: 'No policy matches.' })
    await fixture.server.rotate()
    await stream.ended
    await expect(client.unary(method.fetchJWTSVID, { audience: ['a'] })).rejects.toMatchObject({ code: status.PERMISSION_DENIED })
  })

  test('a server that sheds load is asked again a moment later', async () => {
    const fixture = await start()
    await fixture.logged('Health check passed - all systems operational')
    fixture.server.outage = status.RESOURCE_EXHAUSTED
    const answer = fixture.connect().stream(method.fetchX509SVID, {}).next()
    while (fixture.server.batches.length < 2) await new Promise((resolve) => setImmediate(resolve))
    fixture.server.outage = undefined
    expect((await answer).svids).toHaveLength(1)
  })

  test('only allowed attributes leave the agent; what stays is logged by name, never by value', async () => {
    const seen: ReadonlyMap<string, string>[] = []
    const fixture = await start({
      settings: (settings) => ({ ...settings, allowedAttributes: ['linux.user.*'] }),
      server: (fake) => {
        const policy = fake.policy
        fake.policy = (attributes) => {
          seen.push(attributes)
          return policy(attributes)
        }
      },
    })
    fixture.attributes = () =>
      new Map([
        ['linux.user.id', '7'],
        ['kubernetes.pod.label.owner', 'canary-value'],
      ])
    await fixture.connect().stream(method.fetchX509SVID, {}).next()
    expect(seen).toEqual([new Map([['linux.user.id', '7']])])
    expect(await fixture.logged('Attributes do not leave the agent')).toMatchObject({ redactions: ['kubernetes.pod.label.owner'] })
    expect(JSON.stringify(fixture.lines)).not.toContain('canary-value')
  })

  test('managed redaction is live: open streams are attested again, and a section that makes no sense changes nothing', async () => {
    const fixture = await start()
    fixture.attributes = () =>
      new Map([
        ['linux.user.id', '7'],
        ['linux.group.id', '8'],
      ])
    fixture.server.policy = (attributes) => [{ path: `/${[...attributes.keys()].sort().join('/')}` }]
    const stream = fixture.connect().stream(method.fetchX509SVID, {})
    expect((await stream.next()).svids[0]?.spiffeId).toBe('spiffe://one.test/linux.group.id/linux.user.id')
    fixture.server.configuration = { AttributeRedaction: JSON.stringify({ policy: { allowList: { filters: ['linux.user.id'] } } }) }
    fixture.server.push()
    expect((await stream.next()).svids[0]?.spiffeId).toBe('spiffe://one.test/linux.user.id')
    fixture.server.configuration = { AttributeRedaction: JSON.stringify({ policy: { allowList: { filters: 'no list' } } }) }
    fixture.server.push()
    await fixture.logged('A section of the managed configuration cannot be used and is left as it was')
    expect((await fixture.connect().stream(method.fetchX509SVID, {}).next()).svids[0]?.spiffeId).toBe('spiffe://one.test/linux.user.id')
  })

  test('rule 27: an attestor that fails decides the code', async () => {
    const fixture = await start()
    fixture.attributes = () => {
      throw new AttestationError('UNAVAILABLE', 'The kubelet does not answer.')
    }
    expect(await fixture.connect().stream(method.fetchX509SVID, {}).ended).toMatchObject({ code: status.UNAVAILABLE, details: 'The kubelet does not answer.' })
    fixture.attributes = () => {
      throw new Error('secret inside')
    }
    const ended = await fixture.connect().stream(method.fetchX509SVID, {}).ended
    expect(ended).toMatchObject({ code: status.INTERNAL })
    expect(ended?.details).not.toContain('secret inside')
  })

  test('counts what it does, for whoever scrapes', async () => {
    const fixture = await start()
    await fixture.connect().stream(method.fetchX509SVID, {}).next()
    await fixture.connect().unary(method.fetchJWTSVID, { audience: ['a'] })
    const { text } = await page(fixture.agent.addresses.metrics, '/metrics')
    for (const line of [
      'spirl_agent_mint_svid_total{svid_type="X509",status_code="OK"} 1',
      'spirl_agent_mint_svid_total{svid_type="JWT",status_code="OK"} 1',
      'spirl_agent_mint_svid_duration_seconds_count{svid_type="X509"} 1',
      'spirl_agent_svid_expiring 0',
      'mintmark_agent_cache_entries{svid_type="X509"} 1',
      'mintmark_agent_upstream_connected 1',
    ])
      expect(text.split('\n')).toContain(line)
    expect(text).toMatch(/grpc_server_handling_seconds_count\{grpc_type="unary",grpc_service="SpiffeWorkloadAPI",grpc_method="FetchJWTSVID"\} 1/)
    expect(text).toMatch(/spirl_agent_svid_expiry_timestamp_seconds\{spiffe_id="spiffe:\/\/one.test\/user\/\d+"\} \d{10}/)
  })

  test('rules 25, 28: health and reflection need no header, in both versions of reflection', async () => {
    const { connect } = await start()
    const client = connect()
    const schema = reflectionApi.ServerReflectionRequestSchema
    const { serverReflectionInfo } = reflectionApi.ServerReflection.method
    for (const parent of [reflectionApi.ServerReflection, reflectionAlphaApi.ServerReflection]) {
      const { call, answers } = client.duplex({ ...serverReflectionInfo, parent })
      call.write(create(schema, { messageRequest: { case: 'listServices', value: '*' } }))
      const listed = (await answers.next()).messageResponse
      expect(listed.case === 'listServicesResponse' && listed.value.service.map(({ name }) => name)).toContain('SpiffeWorkloadAPI')
      call.write(create(schema, { messageRequest: { case: 'fileContainingSymbol', value: 'SpiffeWorkloadAPI.FetchX509SVID' } }))
      const file = (await answers.next()).messageResponse
      const names =
        file.case === 'fileDescriptorResponse' ? file.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name) : []
      expect(names).toEqual(['spiffe/workload.proto', 'google/protobuf/struct.proto'])
      call.write(create(schema, { messageRequest: { case: 'fileByFilename', value: 'nothing.proto' } }))
      expect((await answers.next()).messageResponse).toMatchObject({ case: 'errorResponse', value: { errorCode: status.NOT_FOUND } })
      call.end()
    }
    await expect(client.unary(healthApi.Health.method.check, { service: 'nothing' }, new Metadata())).rejects.toMatchObject({ code: status.NOT_FOUND })
  })

  test('stops in order: open streams are told to come back, the socket is gone', async () => {
    const fixture = await startAgentFixture()
    const stream = fixture.connect().stream(method.fetchX509SVID, {})
    await stream.next()
    await fixture.close()
    expect(await stream.ended).toMatchObject({ code: status.UNAVAILABLE })
  })
})

describe('a herd', () => {
  test('a thousand callers at once are all answered, and a lone call works afterwards', async () => {
    const fixture = await start()
    const clients = Array.from({ length: 250 }, () => fixture.connect())
    const streams = clients.flatMap((client) => Array.from({ length: 4 }, () => client.stream(method.fetchX509SVID, {})))
    const messages = await Promise.all(streams.map((stream) => stream.next()))
    expect(messages).toHaveLength(1_000)
    expect(fixture.server.batches).toEqual([{ kind: 'x509', size: 1 }])
    expect((await fixture.connect().stream(method.fetchX509SVID, {}).next()).svids).toHaveLength(1)
  })

  test('a thousand different workloads at once are issued in a handful of batches', async () => {
    const fixture = await start()
    let next = 0
    fixture.attributes = () => new Map([['linux.user.id', String(next++)]])
    const clients = Array.from({ length: 200 }, () => fixture.connect())
    const messages = await Promise.all(clients.map((client) => client.stream(method.fetchX509SVID, {}).next()))
    expect(new Set(messages.map(({ svids }) => svids[0]?.spiffeId)).size).toBe(200)
    expect(fixture.server.batches.length).toBeLessThan(200)
  })
})
