import type { ScanEvent } from '@mintmark/contract/scan'
import type { Client } from '@mintmark/contract/http'
import type { Store } from '@mintmark/storage'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestPlane, scanEvents, scanHeader, sendScan } from '../testing.ts'

const NOW = new Date('2026-05-02T00:00:00.000Z')
const ISSUED_AT = '2026-05-01T12:00:00.000Z'

/** A Deployment of cluster "production", whose pods run as service account web. */
function deployment(name: string, serviceAccount: string): ScanEvent {
  return {
    type: 'observation',
    collection: 'deployments',
    namespace: 'shop',
    object: name,
    observation: {
      entity: 'deployment',
      key: `cluster-1/shop/Deployment/${name}`,
      object: { kind: 'Deployment', namespace: 'shop', name },
      application: { key: `cluster-1/${name}`, name, rule: 'name', evidence: 'its name' },
      serviceAccount,
      images: ['web:1'],
      mint: { injection: 'enabled', spiffeIdPath: `/production/ns/shop/sa/${serviceAccount}`, evidence: 'label' },
    },
  }
}

let cluster: TestCluster
let store: Store
let client: Client
let clusterId: string
let scan: number

beforeAll(async () => {
  cluster = await startTestCluster()
})
afterAll(() => cluster.stop())

beforeEach(async () => {
  store = await cluster.openFreshStore()
  const plane = createTestPlane(store, { clock: () => NOW })
  const { token } = await plane.scanner('one')
  const events = [...scanEvents(['a']), deployment('web', 'web'), deployment('idle', 'idle')]
  scan = (await sendScan(plane.client(token), scanHeader(), events)).number ?? 0
  client = plane.client(await plane.administrator())
})

/** Registers "production" and lets it issue for service account web. */
async function issue(spiffeId = 'spiffe://example.org/production/ns/shop/sa/web'): Promise<void> {
  const { registry, events } = store.mint
  const trustDomain = (await registry.trustDomain('example.org')) ?? (await registry.createTrustDomain({ name: 'example.org', now: NOW }))
  const row =
    (await registry.cluster(trustDomain.id, 'production')) ??
    (await registry.createCluster({ trustDomainId: trustDomain.id, name: 'production', platform: 'k8s', now: NOW }))
  clusterId = row.id
  const attributes = { 'kubernetes.pod.namespace': 'shop', 'kubernetes.pod.service_account': 'web', 'kubernetes.pod.owner': 'ReplicaSet/web-6d5f' }
  await events.append([
    {
      id: `ev-${spiffeId}`,
      at: ISSUED_AT,
      type: 'workload_credential_issued',
      trustDomainId: trustDomain.id,
      clusterId,
      outcome: 'success',
      spiffeId,
      svidType: 'x509',
      expiresAt: '2026-05-01T13:00:00.000Z',
      details: { attributes },
    },
  ])
}

const keyOf = (name: string): { deploymentId: string } => ({ deploymentId: `cluster-1/shop/Deployment/${name}` })

describe('a deployment and what it is issued', () => {
  test('unknown is a value: without a cluster of that name nothing can be said', async () => {
    const { issuance } = await client.getDeployment({ params: keyOf('web') })
    expect(issuance).toMatchObject({ state: 'unknown', identities: [], evidence: [expect.stringContaining('"production"')] })
    expect(issuance).not.toHaveProperty('lastIssuedAt')
  })

  test('it shows the identity that it was given last, and when', async () => {
    await issue()
    const { issuance } = await client.getDeployment({ params: keyOf('web') })
    expect(issuance).toMatchObject({ state: 'issued', spiffeId: 'spiffe://example.org/production/ns/shop/sa/web', lastIssuedAt: ISSUED_AT })
    expect(issuance?.evidence.join(' ')).toContain('ReplicaSet/web-6d5f')
  })

  test('one that never asked shows what it would get, and since when nothing was issued', async () => {
    await issue()
    const { issuance } = await client.getDeployment({ params: keyOf('idle') })
    expect(issuance).toMatchObject({ state: 'not-issued', spiffeId: 'spiffe://example.org/production/ns/shop/sa/idle', identities: [] })
  })

  test('the past stays as it was scanned', async () => {
    await issue()
    expect(await client.getDeployment({ params: keyOf('web'), query: { asOf: scan } })).not.toHaveProperty('issuance')
    expect((await client.listIdentities({ query: { asOf: scan, kind: 'spiffe-id' } })).items).toEqual([])
  })
})

describe('identities that were issued', () => {
  test('they stand in the inventory, each once, behind those of scans, on pages of any size', async () => {
    await issue()
    await issue('spiffe://example.org/production/ns/shop/sa/web/second')
    const whole = await client.listIdentities({})
    const spiffe = whole.items.filter(({ kind }) => kind === 'spiffe-id')
    expect(spiffe.map(({ name }) => name)).toEqual(['spiffe://example.org/production/ns/shop/sa/web', 'spiffe://example.org/production/ns/shop/sa/web/second'])
    const paged: string[] = []
    let pageToken: string | undefined
    do {
      const page = await client.listIdentities({ query: { pageSize: 1, ...(pageToken === undefined ? {} : { pageToken }) } })
      paged.push(...page.items.map(({ key }) => key))
      pageToken = page.nextPageToken
    } while (pageToken !== undefined)
    expect(paged).toEqual(whole.items.map(({ key }) => key))
    expect((await client.listIdentities({ query: { kind: 'spiffe-id', name: 'SECOND' } })).items).toHaveLength(1)
    expect((await client.listIdentities({ query: { kind: 'aws-iam-role' } })).items).toEqual([])
  })

  test('one is found by its id and by its key, and leads to its deployments and back', async () => {
    await issue()
    const [listed] = (await client.listIdentities({ query: { kind: 'spiffe-id' } })).items
    if (listed === undefined) throw new Error('Nothing is listed')
    expect(listed).toMatchObject({ provider: 'mintmark', attributes: { cluster: 'production', lastIssuedAt: ISSUED_AT, active: 'false' } })
    for (const identityId of [listed.id, listed.key]) expect(await client.getIdentity({ params: { identityId } })).toEqual(listed)
    const trace = await client.traceIdentity({ params: { identityId: listed.key } })
    expect(trace).toMatchObject({ deployments: [{ name: 'web' }], secrets: [], truncated: false })
    const back = await client.traceDeployment({ params: keyOf('web') })
    expect(back.identities).toContainEqual({
      identity: listed,
      link: expect.objectContaining({ relation: 'runs-as', target: listed.key, confidence: 'medium' }),
    })
    await expect(client.getIdentity({ params: { identityId: 'spi-nothing' } })).rejects.toThrow()
  })
})
