import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client, Secret } from '@mintmark/contract/http'
import type { ScanEvent } from '@mintmark/contract/scan'
import { openKubernetes } from '@mintmark/ledger/connectors/kubernetes'
import { createDetector, fingerprintKeyOf } from '@mintmark/ledger/detection'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { createTestPlane, scanHeader, sendScan, type TestPlane } from '../testing.ts'

// Built here, so that no scanner of repositories takes it for a live one.
const PASSWORD = ['Tr4il', 'mix', '88'].join('-')

const MANIFESTS = `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: Secret
metadata: { name: orders-db, namespace: shop }
stringData: { password: ${PASSWORD} }
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: worker
  namespace: shop
  annotations: { eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/orders' }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: orders, namespace: shop }
spec:
  selector: { matchLabels: { app: orders } }
  template:
    metadata: { labels: { app: orders } }
    spec:
      serviceAccountName: worker
      containers:
        - name: main
          image: example.org/orders:1
          env:
            - name: DB_PASSWORD
              valueFrom: { secretKeyRef: { name: orders-db, key: password } }
            - name: CACHE_URL
              value: redis://cache:${['w1nter', 'fox', '31'].join('')}@cache.shop:6379/0
`

let cluster: TestCluster
let plane: TestPlane
let client: Client
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mintmark-inventory-'))
  await writeFile(join(folder, 'shop.yaml'), MANIFESTS)
  cluster = await startTestCluster()
  plane = createTestPlane(await cluster.openFreshStore())
  const signal = new AbortController().signal
  const key = fingerprintKeyOf(new Uint8Array(32))
  const source = await openKubernetes({ source: { type: 'manifests', directory: folder }, clusterName: 'shop-cluster' }, signal)
  const events: ScanEvent[] = []
  for await (const event of source.collect(createDetector({ key }), { signal, clock: () => new Date() })) events.push(event)
  await source.close()
  const scanner = plane.client((await plane.scanner('shop')).token)
  await sendScan(scanner, scanHeader({ source: source.source, fingerprintKeyId: key.id }), events)
  client = plane.client(await plane.administrator())
})

afterAll(async () => {
  await cluster.stop()
  await rm(folder, { recursive: true, force: true })
})

async function passwordOfSecret(): Promise<Secret> {
  const { items } = await client.listSecrets({ query: { levelAtLeast: 'Low', pageSize: 200 } })
  for (const secret of items) {
    const occurrences = await client.listOccurrences({ params: { secretId: secret.id } })
    if (occurrences.items.some(({ object }) => object.kind === 'Secret')) return secret
  }
  throw new Error('The password of the Secret was not found')
}

test('secrets come worst first, each with factors and reasons, and are found again by id and by key', async () => {
  const { items } = await client.listSecrets()
  expect(items.length).toBeGreaterThanOrEqual(2)
  expect(items[0]?.level).toBe('Critical')
  for (const secret of items) {
    expect(secret.factors.every(({ reason }) => reason !== '')).toBe(true)
    expect(await client.getSecret({ params: { secretId: secret.id } })).toEqual(secret)
    expect(await client.getSecret({ params: { secretId: secret.key } })).toEqual(secret)
  }
  expect((await client.listSecrets({ query: { levelAtLeast: 'Critical' } })).items.every(({ level }) => level === 'Critical')).toBe(true)
})

test('pages of one put together are the list, and a token of another list is refused', async () => {
  const whole = (await client.listSecrets()).items
  const paged: Secret[] = []
  let pageToken: string | undefined
  do {
    const page = await client.listSecrets({ query: { pageSize: 1, pageToken } })
    paged.push(...page.items)
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
  expect(paged).toEqual(whole)
  const { nextPageToken } = await client.listSecrets({ query: { pageSize: 1 } })
  await expect(client.listApplications({ query: { pageToken: nextPageToken } })).rejects.toMatchObject({
    problem: { type: 'urn:mintmark:problem:page-token-invalid' },
  })
  await expect(client.listSecrets({ query: { pageToken: 'made-up' } })).rejects.toMatchObject({ problem: { status: 400 } })
})

test('the trace of a secret leads to the application and to the deployment that takes it, and how', async () => {
  const secret = await passwordOfSecret()
  const trace = await client.traceSecret({ params: { secretId: secret.id } })
  expect(trace).toMatchObject({
    secret: { id: secret.id },
    applications: [
      {
        name: 'orders',
        deployments: [{ namespace: 'shop', kind: 'Deployment', name: 'orders', uses: [{ container: 'main', via: 'env', variable: 'DB_PASSWORD' }] }],
      },
    ],
    truncated: false,
  })
  expect(trace.applications[0]?.id).toBeDefined()
  expect(trace.applications[0]?.deployments[0]?.id).toBeDefined()
})

test('the traces of application and deployment lead to the secrets, and to the federated identity', async () => {
  const [application] = (await client.listApplications()).items
  const [deployment] = (await client.listDeployments({ query: { namespace: 'shop' } })).items
  const ofApplication = await client.traceApplication({ params: { applicationId: application?.id ?? '' } })
  expect(ofApplication.deployments.map(({ name }) => name)).toEqual(['orders'])
  expect(ofApplication.secrets).toHaveLength(2)
  const ofDeployment = await client.traceDeployment({ params: { deploymentId: deployment?.id ?? '' } })
  expect(ofDeployment.application?.id).toBe(application?.id)
  const role = ofDeployment.identities.find(({ link }) => link.relation === 'federated')
  expect(role?.identity?.name).toContain('role/orders')
  const ofIdentity = await client.traceIdentity({ params: { identityId: role?.identity?.id ?? '' } })
  expect(ofIdentity.identity.id).toBe(role?.identity?.id)
})

test('filters narrow a list', async () => {
  expect((await client.listApplications({ query: { name: 'ord' } })).items).toHaveLength(1)
  expect((await client.listApplications({ query: { name: 'nothing' } })).items).toEqual([])
  expect((await client.listSecrets({ query: { namespace: 'elsewhere' } })).items).toEqual([])
  expect((await client.listIdentities({ query: { kind: 'aws-iam-role' } })).items).toHaveLength(1)
})

test('what does not exist is not found, in every kind', async () => {
  const missing = { problem: { type: 'urn:mintmark:problem:not-found' } }
  await expect(client.getSecret({ params: { secretId: 'x' } })).rejects.toMatchObject(missing)
  await expect(client.traceSecret({ params: { secretId: 'x' } })).rejects.toMatchObject(missing)
  await expect(client.listOccurrences({ params: { secretId: 'x' } })).rejects.toMatchObject(missing)
  await expect(client.traceApplication({ params: { applicationId: 'x' } })).rejects.toMatchObject(missing)
  await expect(client.traceDeployment({ params: { deploymentId: 'x' } })).rejects.toMatchObject(missing)
  await expect(client.traceIdentity({ params: { identityId: 'x' } })).rejects.toMatchObject(missing)
  await expect(client.getIntegration({ params: { integrationId: 'x' } })).rejects.toMatchObject(missing)
})

test('an integration is created once, shown without its key, and listed with its last scan', async () => {
  const created = await client.createIntegration({ body: { kind: 'kubernetes', name: 'new cluster' } })
  expect(created.key.file).toContain(created.integration.id)
  expect(await client.getIntegration({ params: { integrationId: 'new cluster' } })).toEqual(created.integration)
  expect(JSON.stringify(await client.listIntegrations())).not.toContain('PRIVATE')
  await expect(client.createIntegration({ body: { kind: 'kubernetes', name: 'new cluster' } })).rejects.toMatchObject({
    problem: { type: 'urn:mintmark:problem:name-taken' },
  })
  expect((await client.getIntegration({ params: { integrationId: 'shop' } })).lastScan).toBeDefined()
})

test.each(['', ' x', 'a/b', '../x', 'x\n', 'x'.repeat(254)])('an integration is not called %j', async (name) => {
  await expect(client.createIntegration({ body: { kind: 'kubernetes', name } })).rejects.toMatchObject({
    problem: { status: 400, errors: expect.arrayContaining([expect.objectContaining({ field: 'json.name' })]) },
  })
})

test('the planted password is in no answer, no log and no metric', async () => {
  const answers = await Promise.all([
    client.listSecrets(),
    client.traceSecret({ params: { secretId: (await passwordOfSecret()).id } }),
    client.listReferences(),
    client.listScans(),
    client.getMetrics(),
  ])
  expect(JSON.stringify(answers) + plane.logged()).not.toContain(PASSWORD)
})
