import { generateKeyPairSync, sign } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { agentApi } from '@mintmark/contract/grpc'
import { generateWorkloadKey } from '@mintmark/spiffe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SERVER_LIMITS } from './limits.ts'
import { attestRequest, listenAndConnect, openTestDomain, podAttributes, type TestAgent, type TestCluster, type TestDomain } from './server-testing.ts'

let domain: TestDomain
let cluster: TestCluster
let agent: TestAgent
let session: string

beforeEach(async () => {
  domain = await openTestDomain()
  cluster = await domain.addCluster('prod-1')
  agent = await listenAndConnect(domain)
  ;({ session } = await attest())
})

afterEach(async () => {
  agent.close()
  await domain.close()
})

const attest = () => agent.call<typeof agentApi.AttestResponseSchema>('attest', attestRequest(cluster, domain.now(), agent.thumbprint))
const evidenceOf = (type: string, payload: Uint8Array) => create(agentApi.EvidenceSchema, { type, payload })
const wants = (attributes: agentApi.Attribute[]) =>
  create(agentApi.X509ItemSchema, { attributes, key: { case: 'publicKey', value: generateWorkloadKey().publicKey } })
const issue = async (items: readonly agentApi.X509Item[], by: string) => {
  const request = create(agentApi.IssueX509RequestSchema, { items: [...items] })
  return (await agent.call<typeof agentApi.IssueX509ResponseSchema>('issueX509', request, by)).results
}
const setAttestation = (policies: readonly object[]) =>
  domain.server.administration.configuration.set({
    scope: { kind: 'cluster', id: cluster.row.id },
    documents: JSON.stringify({ section: 'AgentAttestation', schema: 'v1', spec: { policies } }),
    prune: false,
    validateOnly: false,
    actor: 'an administrator',
  })
const jwtIssuer = () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return {
    pem: publicKey.export({ type: 'spki', format: 'pem' }),
    token: (more: object): Buffer => {
      const claims = { iss: 'ci', aud: 'us', sub: 'agent', exp: Math.floor(domain.now().getTime() / 1000) + 60, ...more }
      const signed = [{ alg: 'EdDSA' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
      return Buffer.from(`${signed}.${sign(undefined, Buffer.from(signed), privateKey).toString('base64url')}`)
    },
  }
}

describe('attestation', () => {
  test('is limited by who attests and never by address: others behind the same address are not hindered', async () => {
    for (let attempt = 1; attempt < 10; attempt += 1) await attest()
    await expect(attest()).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED })
    const request = { ...attestRequest(cluster, domain.now(), agent.thumbprint), instanceId: 'instance-2' }
    await expect(agent.call('attest', request)).resolves.toBeDefined()
    domain.advance(3)
    await expect(attest()).resolves.toBeDefined()
  })

  test.each<[string, (request: agentApi.AttestRequest) => object, number]>([
    ['a cluster that nobody registered', () => ({ clusterName: 'prod-9' }), status.PERMISSION_DENIED],
    ['no cluster and no evidence', () => ({ evidence: [] }), status.INVALID_ARGUMENT],
    ['no evidence', () => ({ clusterName: 'prod-1', evidence: [] }), status.UNAUTHENTICATED],
    ['nine pieces of evidence', ({ evidence }) => ({ evidence: Array.from({ length: 9 }, () => evidence[0]) }), status.INVALID_ARGUMENT],
    ['evidence of 17 KiB', () => ({ evidence: [evidenceOf('cvk', Buffer.alloc(17 * 1024))] }), status.INVALID_ARGUMENT],
    ['a node name of a thousand characters', () => ({ nodeName: 'x'.repeat(1000) }), status.INVALID_ARGUMENT],
    ['evidence of a type that nobody knows', () => ({ clusterName: 'prod-1', evidence: [evidenceOf('word', Buffer.from('please'))] }), status.UNAUTHENTICATED],
  ])('with %s is refused', async (_what, change, code) => {
    const request = attestRequest(cluster, domain.now(), agent.thumbprint)
    await expect(agent.call('attest', { ...request, ...change(request) })).rejects.toMatchObject({ code })
  })

  test('a flood of failures is cut short on record, so that it drops nobody else’s events', async () => {
    const request = { ...attestRequest(cluster, domain.now(), agent.thumbprint), clusterName: 'prod-1', evidence: [evidenceOf('cvk', Buffer.from('word'))] }
    for (let attempt = 0; attempt < 120; attempt += 1) await agent.call('attest', request).catch(() => undefined)
    await domain.server.events.flush()
    const failed = domain.stores.written.filter(({ outcome }) => outcome === 'failure').length
    expect(failed).toBeGreaterThanOrEqual(100)
    expect(failed).toBeLessThan(120)
    await expect(attest()).resolves.toBeDefined()
  })

  test('clusters that somebody makes up push no real one out of memory while the database is away', async () => {
    for (let name = 0; name < 50; name += 1) {
      const request = { ...attestRequest(cluster, domain.now(), agent.thumbprint), clusterName: `made-up-${name}` }
      await expect(agent.call('attest', request)).rejects.toMatchObject({ code: status.PERMISSION_DENIED })
    }
    domain.stores.setAway(true)
    await expect(attest()).resolves.toBeDefined()
    const unknown = { ...attestRequest(cluster, domain.now(), agent.thumbprint), clusterName: 'made-up-0' }
    await expect(agent.call('attest', unknown)).rejects.toMatchObject({ code: status.UNAVAILABLE })
    domain.stores.setAway(false)
  })
})

test('neither logs nor events nor answers hold a session, an assertion or a private key', async () => {
  const request = attestRequest(cluster, domain.now(), agent.thumbprint)
  await agent.call('attest', request)
  await agent.call('attest', request).catch(() => undefined)
  await issue([wants(podAttributes()), wants(podAttributes('shop', 'a/b'))], session)
  await domain.server.events.flush()
  const all = JSON.stringify([domain.lines, domain.stores.written])
  const secrets = [Buffer.from(request.evidence[0]?.payload ?? '').toString(), session, cluster.privateKeyPem.split('\n')[1] ?? '']
  for (const secret of secrets) for (const part of secret.split('.')) if (part.length > 40) expect(all).not.toContain(part)
  expect(domain.stores.written.map(({ type, outcome }) => `${type} ${outcome}`)).toEqual([
    'agent_attestation success',
    'agent_attestation success',
    'agent_attestation failure',
    'workload_credential_issued success',
    'workload_credential_error failure',
  ])
})

const names = Array.from({ length: 10 }, (_none, index) => `c${index}`)

test('what attestation proves of an agent fits into a session, or the agent is told what to change', async () => {
  const issuer = jwtIssuer()
  await setAttestation([{ requiredAttestors: [{ type: 'custom_jwt', issuer: 'ci', audience: 'us', pem: issuer.pem, attributeClaims: names }] }])
  const attestWith = (length: number) =>
    agent.call<typeof agentApi.AttestResponseSchema>('attest', {
      ...attestRequest(cluster, domain.now()),
      clusterName: 'prod-1',
      evidence: [evidenceOf('custom_jwt', issuer.token(Object.fromEntries(names.map((name) => [name, 'x'.repeat(length)]))))],
    })
  const [result] = await issue([wants(podAttributes())], (await attestWith(100)).session)
  expect(result?.code).toBe(status.OK)
  await expect(attestWith(1000)).rejects.toMatchObject({
    code: status.FAILED_PRECONDITION,
    details: expect.stringContaining(`${SERVER_LIMITS.sessionBytesMax} bytes`),
  })
})

test('between policies one is enough, also when another cannot be looked at because the database is away', async () => {
  const issuer = jwtIssuer()
  const custom = { type: 'custom_jwt', issuer: 'ci', audience: 'us', pem: issuer.pem }
  await setAttestation([{ requiredAttestors: [{ type: 'cvk' }] }, { requiredAttestors: [custom] }])
  const unknown = { ...cluster, versionId: 'cv-unknown' }
  const request = () => ({ ...attestRequest(unknown, domain.now(), agent.thumbprint), clusterName: 'prod-1' })
  const both = () => ({ ...request(), evidence: [...request().evidence, evidenceOf('custom_jwt', issuer.token({}))] })
  await agent.call('attest', both())
  domain.stores.setAway(true)
  await expect(agent.call('attest', both())).resolves.toBeDefined()
  await expect(agent.call('attest', request())).rejects.toMatchObject({ code: status.UNAVAILABLE })
  domain.stores.setAway(false)
})
