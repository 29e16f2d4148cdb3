import { create } from '@bufbuild/protobuf'
import { agentApi } from '@mintmark/contract/grpc'
import { generateWorkloadKey, readCertificate } from '@mintmark/spiffe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { attestRequest, connectAgent, openTestDomain, podAttributes, type TestAgent, type TestDomain } from '../server-testing.ts'

let domain: TestDomain
let agent: TestAgent
let session: string

beforeEach(async () => {
  domain = await openTestDomain({ publicUrl: 'https://mint.example.org' })
  const cluster = await domain.addCluster('prod-1')
  await domain.server.administration.configuration.set({
    scope: { kind: 'cluster', id: cluster.row.id },
    documents: JSON.stringify({
      section: 'SVIDIssuancePolicy',
      schema: 'v1',
      spec: {
        policyOverrides: [
          { when: { 'kubernetes.pod.namespace': 'named' }, policy: { x509: { subject: 'CN={{kubernetes.pod.service_account}},O=Shop\\, Inc' } } },
        ],
      },
    }),
    prune: false,
    validateOnly: false,
    actor: 'a test',
  })
  const { address } = await domain.server.listen({ host: '127.0.0.1', port: 0, tls: { from: 'none' } })
  agent = connectAgent(address.port)
  session = (await agent.call<typeof agentApi.AttestResponseSchema>('attest', attestRequest(cluster, domain.now()))).session
})
afterEach(async () => {
  agent.close()
  await domain.close()
})

async function issueX509(namespace: string): Promise<Uint8Array> {
  const item = create(agentApi.X509ItemSchema, { attributes: podAttributes(namespace), key: { case: 'publicKey', value: generateWorkloadKey().publicKey } })
  const request = create(agentApi.IssueX509RequestSchema, { items: [item] })
  const { results } = await agent.call<typeof agentApi.IssueX509ResponseSchema>('issueX509', request, session)
  return results[0]?.svids[0]?.certificates[0] ?? new Uint8Array()
}

async function lastDetails(): Promise<Readonly<Record<string, unknown>>> {
  await domain.server.events.flush()
  return domain.stores.written.at(-1)?.details ?? {}
}

test('the event of a certificate finds it by its serial, its key and its issuer', async () => {
  const read = readCertificate(await issueX509('shop'))
  if (!read.ok) throw new Error(read.reason)
  const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex')
  const details = await lastDetails()
  expect(details).toMatchObject({ serial: hex(read.serial), subjectKeyId: hex(read.subjectKeyId), authorityKeyId: hex(read.authorityKeyId) })
  expect(details).not.toHaveProperty('subject')
  const issuer = readCertificate(domain.authority.current().issuer.certificate)
  expect(details['authorityKeyId']).toBe(issuer.ok && hex(issuer.subjectKeyId))
})

test('the event of a certificate with a subject says the subject', async () => {
  await issueX509('named')
  expect(await lastDetails()).toMatchObject({ subject: 'CN=web,O=Shop\\, Inc' })
})

test('the event of a token says issuer, key and audience', async () => {
  const item = create(agentApi.JwtItemSchema, { attributes: podAttributes(), audience: ['shop', 'till'] })
  await agent.call('issueJwt', create(agentApi.IssueJwtRequestSchema, { items: [item] }), session)
  expect(await lastDetails()).toMatchObject({ iss: 'https://mint.example.org', kid: domain.authority.current().jwt.get('ES256')?.keyId })
  expect(domain.stores.written.at(-1)).toMatchObject({ svidType: 'jwt', audience: ['shop', 'till'] })
})
