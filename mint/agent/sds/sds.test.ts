import { create, fromBinary } from '@bufbuild/protobuf'
import { anyUnpack } from '@bufbuild/protobuf/wkt'
import { status } from '../status.ts'
import { envoyDiscovery, envoySecrets, envoySecretService } from '@mintmark/contract/grpc'
import { parseTrustDomain } from '@mintmark/spiffe'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { makeKeyset } from '../testing-keyset.ts'
import { startAgentFixture, type AgentFixture, type FixtureChanges } from '../testing.ts'
import { SECRET_TYPE_URL } from './secrets.ts'

const { method } = envoySecretService.SecretDiscoveryService
const fixtures: AgentFixture[] = []
const myId = `spiffe://one.test/user/${process.getuid?.() ?? 0}`

async function start(changes: FixtureChanges = {}): Promise<AgentFixture> {
  const parsed = parseTrustDomain('two.test')
  if (!parsed.ok) throw new Error(parsed.reason)
  const keyset = await makeKeyset(parsed.trustDomain, new Date())
  const fixture = await startAgentFixture({
    ...changes,
    server: (fake) => {
      fake.federated = [{ trustDomain: parsed.trustDomain, x509Authorities: [keyset.root], jwtAuthorities: [] }]
      changes.server?.(fake)
    },
  })
  fixtures.push(fixture)
  return fixture
}

afterEach(async () => {
  for (const fixture of fixtures.splice(0)) await fixture.close()
})

function secretsIn(response: envoyDiscovery.DiscoveryResponse): envoySecrets.Secret[] {
  return response.resources.map((resource) => {
    const secret = anyUnpack(resource, envoySecrets.SecretSchema)
    if (secret === undefined) throw new Error('A resource is no secret.')
    return secret
  })
}

function bytesOf(source: { specifier: { case?: string | undefined; value?: unknown } } | undefined): string {
  return source?.specifier.value instanceof Uint8Array ? Buffer.from(source.specifier.value).toString() : ''
}

const request = (fields: Parameters<typeof create<typeof envoyDiscovery.DiscoveryRequestSchema>>[1]) =>
  create(envoyDiscovery.DiscoveryRequestSchema, { typeUrl: SECRET_TYPE_URL, ...fields })

describe('Envoy SDS', () => {
  test('default is the SVID with its key, ROOTCA validates the own trust domain; no security header is asked for', async () => {
    const { connect, server } = await start()
    const { call, answers } = connect().duplex(method.streamSecrets)
    call.write(request({ node: { id: 'envoy-1' }, resourceNames: ['default', 'ROOTCA'] }))
    const response = await answers.next()
    const [svid, roots] = secretsIn(response)
    expect([response.typeUrl, response.versionInfo, svid?.name, roots?.name]).toEqual([SECRET_TYPE_URL, '1', 'default', 'ROOTCA'])
    if (svid?.type.case !== 'tlsCertificate' || roots?.type.case !== 'validationContext') throw new Error('The secrets have other kinds.')
    const leaf = new X509Certificate(bytesOf(svid.type.value.certificateChain))
    expect(leaf.subjectAltName).toBe(`URI:${myId}`)
    expect(leaf.checkPrivateKey(createPrivateKey(bytesOf(svid.type.value.privateKey)))).toBe(true)
    const validator = roots.type.value.customValidatorConfig
    expect(validator?.name).toBe('envoy.tls.cert_validator.spiffe')
    const config = fromBinary(envoySecrets.SPIFFECertValidatorConfigSchema, validator?.typedConfig?.value ?? new Uint8Array())
    expect(config.trustDomains.map(({ name }) => name)).toEqual(['one.test'])
    expect(leaf.checkIssued(new X509Certificate(bytesOf(config.trustDomains[0]?.trustBundle)))).toBe(true)
    expect(server.batches).toHaveLength(1)
  })

  test('names: a SPIFFE ID, a trust domain, ALL; nothing asked for is everything; unknown names are left out', async () => {
    const { connect } = await start()
    const client = connect()
    const fetched = await client.unary(
      method.fetchSecrets,
      request({ resourceNames: [myId, 'spiffe://two.test', 'ALL', 'file-root:system', 'spiffe://one.test/other'] }),
    )
    expect(secretsIn(fetched).map(({ name }) => name)).toEqual([myId, 'spiffe://two.test', 'ALL'])
    const all = secretsIn(fetched)[2]
    if (all?.type.case !== 'validationContext') throw new Error('ALL is no validation context.')
    const config = fromBinary(envoySecrets.SPIFFECertValidatorConfigSchema, all.type.value.customValidatorConfig?.typedConfig?.value ?? new Uint8Array())
    expect(config.trustDomains.map(({ name }) => name)).toEqual(['one.test', 'two.test'])
    expect(secretsIn(await client.unary(method.fetchSecrets, request({}))).map(({ name }) => name)).toEqual([myId, 'spiffe://one.test', 'spiffe://two.test'])
  })

  test('an unknown name does not end the stream', async () => {
    const { connect } = await start()
    const { call, answers } = connect().duplex(method.streamSecrets)
    call.write(request({ resourceNames: ['file-root:system'] }))
    const empty = await answers.next()
    expect(empty.resources).toEqual([])
    call.write(request({ versionInfo: '1', responseNonce: empty.nonce, resourceNames: ['file-root:system', 'default'] }))
    expect(secretsIn(await answers.next()).map(({ name }) => name)).toEqual(['default'])
  })

  test.each([
    [
      'an old Envoy',
      { userAgentVersionType: { case: 'userAgentBuildVersion' as const, value: { version: { majorNumber: 1, minorNumber: 17 } } } },
      'trustedCa',
    ],
    ['one that asks to go without', { metadata: { disable_spiffe_cert_validation: true } }, 'trustedCa'],
    ['one that says so in words', { metadata: { disable_spiffe_cert_validation: 'true' } }, 'trustedCa'],
    [
      'a new Envoy',
      { userAgentVersionType: { case: 'userAgentBuildVersion' as const, value: { version: { majorNumber: 1, minorNumber: 40 } } } },
      'customValidatorConfig',
    ],
  ] as const)('%s gets the validation that it understands, also in later answers', async (_who, node, expected) => {
    const fixture = await start()
    const { call, answers } = fixture.connect().duplex(method.streamSecrets)
    call.write(request({ node, resourceNames: ['ROOTCA'] }))
    const first = await answers.next()
    call.write(request({ versionInfo: first.versionInfo, responseNonce: first.nonce, resourceNames: ['ROOTCA'] }))
    await fixture.server.rotate({ taint: false })
    for (const response of [first, await answers.next()]) {
      const [secret] = secretsIn(response)
      if (secret?.type.case !== 'validationContext') throw new Error('ROOTCA is no validation context.')
      expect(Object.keys(secret.type.value)).toContain(expected)
    }
  })

  test('the operator can switch the SPIFFE validator off', async () => {
    const { connect } = await start({ settings: (settings) => ({ ...settings, sds: { ...settings.sds, spiffeValidation: false } }) })
    const [secret] = secretsIn(await connect().unary(method.fetchSecrets, request({ resourceNames: ['ROOTCA'] })))
    if (secret?.type.case !== 'validationContext') throw new Error('ROOTCA is no validation context.')
    expect(secret.type.value.trustedCa).toBeDefined()
  })

  test('an acknowledgement is not answered, a complaint is logged and not answered, a stale nonce changes nothing', async () => {
    const fixture = await start()
    const { call, answers } = fixture.connect().duplex(method.streamSecrets)
    call.write(request({ node: { id: 'envoy-7' }, resourceNames: ['default'] }))
    const first = await answers.next()
    call.write(request({ versionInfo: '1', responseNonce: first.nonce, resourceNames: ['default'] }))
    call.write(request({ versionInfo: '0', responseNonce: first.nonce, resourceNames: ['default'], errorDetail: { code: 13, message: 'bad key' } }))
    call.write(request({ versionInfo: '1', responseNonce: 'stale', resourceNames: ['default', 'ROOTCA'] }))
    call.write(request({ versionInfo: '1', responseNonce: first.nonce, resourceNames: ['ROOTCA', 'default'] }))
    const second = await answers.next()
    expect([second.versionInfo, secretsIn(second).map(({ name }) => name)]).toEqual(['2', ['ROOTCA', 'default']])
    expect(second.nonce).not.toBe(first.nonce)
    expect(await fixture.logged('An Envoy refused its secrets')).toMatchObject({ node: 'envoy-7', reason: 'bad key' })
  })

  test('a rotation is pushed with a new version, and only what was asked for decides', async () => {
    const fixture = await start()
    const { call, answers } = fixture.connect().duplex(method.streamSecrets)
    call.write(request({ resourceNames: ['default'] }))
    const first = await answers.next()
    await fixture.server.rotate()
    const second = await answers.next()
    expect(second.versionInfo).toBe('2')
    expect(secretsIn(second)[0]?.type).not.toEqual(secretsIn(first)[0]?.type)
  })

  test('a caller without an identity is denied; other types and the incremental protocol are refused', async () => {
    const fixture = await start({ server: (fake) => (fake.policy = () => ({ code: status.PERMISSION_DENIED, message: 'No policy matches.' })) })
    const client = fixture.connect()
    const denied = client.duplex(method.streamSecrets)
    denied.call.write(request({ resourceNames: ['default'] }))
    expect(await denied.answers.ended).toMatchObject({ code: status.PERMISSION_DENIED })
    await expect(client.unary(method.fetchSecrets, request({ resourceNames: [] }))).rejects.toMatchObject({ code: status.PERMISSION_DENIED })
    await expect(client.unary(method.fetchSecrets, request({ typeUrl: 'type.googleapis.com/envoy.config.cluster.v3.Cluster' }))).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
    })
    const delta = client.duplex(method.deltaSecrets)
    delta.call.write(create(envoyDiscovery.DeltaDiscoveryRequestSchema, {}))
    expect(await delta.answers.ended).toMatchObject({ code: status.UNIMPLEMENTED })
  })
})
