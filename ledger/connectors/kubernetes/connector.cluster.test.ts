import { peerIsMissing, startCluster } from '@mintmark/tools/peers'
import type { Cluster } from '@mintmark/tools/peers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMarkingDetector } from './fixtures/marking-detector.ts'
import { base64, readScan, toScan } from './fixtures/read.ts'
import type { Scan } from './fixtures/read.ts'
import { KINDS, openKubernetes, verifyKubernetes } from './index.ts'
import type { KubernetesSettings } from './index.ts'

const signal = new AbortController().signal
const clock = () => new Date(0)
const ROLE = 'scanner'
const SECRETS = 1_100

const rule = ({ group, collection }: (typeof KINDS)[number]) => ({ apiGroups: [group], resources: [collection], verbs: ['get', 'list', 'watch'] })
const role = (without?: string) => ({ metadata: { name: ROLE }, rules: KINDS.filter((row) => row.collection !== without).map(rule) })

describe.skipIf(peerIsMissing('kubernetes'))('a real API server', () => {
  let cluster: Cluster
  let scanner: string
  beforeAll(async () => {
    cluster = await startCluster()
    scanner = await cluster.kubeconfigFor('scanner')
    const containers = [{ name: 'app', image: 'acme/web:1', args: ['--password=canary-argument'], envFrom: [{ secretRef: { name: 's0' } }] }]
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers } }
    await cluster.api.create([
      { path: '/api/v1/namespaces', object: { metadata: { name: 'shop' } } },
      { path: '/apis/rbac.authorization.k8s.io/v1/clusterroles', object: role() },
      {
        path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
        object: {
          metadata: { name: ROLE },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: ROLE },
          subjects: [{ kind: 'User', name: 'scanner' }],
        },
      },
    ])
    await cluster.api.create([
      {
        path: '/apis/apps/v1/namespaces/shop/deployments',
        object: { metadata: { name: 'web' }, spec: { replicas: 0, selector: { matchLabels: { app: 'web' } }, template } },
      },
      ...Array.from({ length: SECRETS }, (_, index) => ({
        path: '/api/v1/namespaces/shop/secrets',
        object: { metadata: { name: `s${index}` }, data: { PASSWORD: base64(`canary-${index}`) } },
      })),
    ])
  })
  afterAll(() => cluster?.stop())

  const settings = (more: Partial<KubernetesSettings> = {}): KubernetesSettings => ({
    source: { type: 'kubeconfig', path: scanner, allowExec: false },
    ...more,
  })

  async function scan(more: Partial<KubernetesSettings> = {}) {
    const source = await openKubernetes(settings(more), signal)
    try {
      return { source: source.source, scan: await readScan(source.collect(createMarkingDetector(), { signal, clock })) }
    } finally {
      await source.close()
    }
  }

  test('is read completely with exactly the ClusterRole, page by page', async () => {
    const result = await scan()
    expect(result.source.key).toMatch(/^[0-9a-f-]{36}$/)
    expect(result.scan.coverage.map((line) => line.coverage.state)).toEqual(Array.from({ length: KINDS.length + 1 }, () => 'complete'))
    const found = result.scan.of('occurrence')
    expect(found).toHaveLength(SECRETS + 1)
    expect(found.every((one) => one.existsSince !== undefined)).toBe(true)
    expect(result.scan.of('use').map((use) => [use.target.name, use.dangling])).toEqual([['s0', undefined]])
  })

  test.each(KINDS.map((row) => row.collection))('without the rule for %s that collection is denied and the others are unharmed', async (collection) => {
    await cluster.api.request('PUT', `/apis/rbac.authorization.k8s.io/v1/clusterroles/${ROLE}`, role(collection))
    const coverage = () =>
      scan({ excludeNamespaces: [] }).then((result) =>
        result.scan.coverage.filter((line) => line.collection !== 'cluster' && line.coverage.state !== 'complete'),
      )
    // The authorizer learns of a changed role a moment later.
    await expect
      .poll(coverage, { timeout: 20_000 })
      .toMatchObject([{ collection, coverage: { state: 'denied', permission: expect.stringContaining(`resources ["${collection}"]`) } }])
  })

  async function watch() {
    const stop = new AbortController()
    const source = await openKubernetes(settings(), signal)
    const detector = createMarkingDetector()
    const full = await readScan(source.collect(detector, { signal, clock, watchAfter: true }))
    const batches = source.watch(detector, { signal: stop.signal, clock })[Symbol.asyncIterator]()
    return {
      full,
      /** The first batch that speaks of an object in the way that is waited for. */
      until: async (name: string, isMeant: (batch: Scan) => boolean = () => true) => {
        for (;;) {
          const { value, done } = await batches.next()
          if (done === true) throw new Error('the watch ended')
          const batch = toScan(value.events)
          const line = batch.coverage.find((one) => one.scope.object === name)
          if (line !== undefined && isMeant(batch)) return { line, batch, found: batch.of('occurrence').filter((one) => one.object.name === name) }
        }
      },
      end: async () => {
        stop.abort()
        await batches.return?.()
        await source.close()
      },
    }
  }

  test('watching survives a crash of the API server and sees what changed', async () => {
    await cluster.api.request('PUT', `/apis/rbac.authorization.k8s.io/v1/clusterroles/${ROLE}`, role())
    await expect.poll(async () => (await scan()).scan.coverage.every((line) => line.coverage.state === 'complete'), { timeout: 20_000 }).toBe(true)
    const { until, end } = await watch()
    const create = (name: string) =>
      cluster.api.create([{ path: '/api/v1/namespaces/shop/secrets', object: { metadata: { name }, data: { PASSWORD: base64(`canary-${name}`) } } }])
    const first = until('late-1')
    await create('late-1')
    expect((await first).found).toHaveLength(1)
    await cluster.restartApiServer('kill')
    await create('late-2')
    expect((await until('late-2')).found).toHaveLength(1)
    await cluster.api.request('DELETE', '/api/v1/namespaces/shop/secrets/late-1')
    expect((await until('late-1')).line).toMatchObject({ objects: 0, coverage: { state: 'complete' } })
    await end()
  })

  test('a Secret that comes, changes its keys or goes is told by the deployments that take it', async () => {
    const secrets = '/api/v1/namespaces/shop/secrets'
    const env = [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'awaited', key: 'token' } } }]
    const template = { metadata: { labels: { app: 'waiter' } }, spec: { containers: [{ name: 'app', image: 'acme/waiter:1', env }] } }
    const object = { metadata: { name: 'waiter' }, spec: { replicas: 0, selector: { matchLabels: { app: 'waiter' } }, template } }
    await cluster.api.create([{ path: '/apis/apps/v1/namespaces/shop/deployments', object }])
    const { full, until, end } = await watch()
    const isDangling = (batch: Scan) => batch.of('use').find((use) => use.target.name === 'awaited')?.dangling === true
    expect(isDangling(full)).toBe(true)
    await cluster.api.create([{ path: secrets, object: { metadata: { name: 'awaited' }, data: { token: base64('canary-token') } } }])
    const came = await until('waiter', (batch) => !isDangling(batch))
    // It closes its own rows, so everything that it says must be there.
    expect(came.line).toMatchObject({ collection: 'deployments', objects: 1, coverage: { state: 'complete' } })
    expect(came.batch.of('deployment').map((one) => one.object.name)).toEqual(['waiter'])
    await cluster.api.request('PATCH', `${secrets}/awaited`, { data: { token: null, other: base64('canary-other') } })
    await until('waiter', isDangling)
    await cluster.api.request('PATCH', `${secrets}/awaited`, { data: { token: base64('canary-again') } })
    await until('waiter', (batch) => !isDangling(batch))
    await cluster.api.request('DELETE', `${secrets}/awaited`)
    await until('waiter', isDangling)
    await end()
  })

  test('a ServiceAccount that changes is told by the deployments that run as it', async () => {
    const accounts = '/api/v1/namespaces/shop/serviceaccounts'
    await cluster.api.create([{ path: accounts, object: { metadata: { name: 'runner' } } }])
    const spec = { serviceAccountName: 'runner', containers: [{ name: 'app', image: 'acme/runner:1' }] }
    const object = {
      metadata: { name: 'runs' },
      spec: { replicas: 0, selector: { matchLabels: { app: 'runs' } }, template: { metadata: { labels: { app: 'runs' } }, spec } },
    }
    await cluster.api.create([{ path: '/apis/apps/v1/namespaces/shop/deployments', object }])
    const { until, end } = await watch()
    const arn = 'arn:aws:iam::111122223333:role/runner'
    const federated = (batch: Scan) => batch.of('link').some((link) => link.relation === 'federated' && link.deployment.endsWith('/runs'))
    await cluster.api.request('PATCH', `${accounts}/runner`, { metadata: { annotations: { 'eks.amazonaws.com/role-arn': arn } } })
    await until('runs', federated)
    await cluster.api.request('PATCH', `${accounts}/runner`, { imagePullSecrets: [{ name: 'pull' }] })
    await until('runs', (batch) => batch.of('use').some((use) => use.via === 'imagePullSecret' && use.target.name === 'pull'))
    await cluster.api.request('DELETE', `${accounts}/runner`)
    await until('runs', (batch) => !federated(batch))
    await end()
  })

  test('verification passes for all that the role grants', async () => {
    const outcomes: string[] = []
    for await (const { outcome } of verifyKubernetes(settings(), signal)) outcomes.push(outcome)
    expect(outcomes).toEqual(Array.from({ length: KINDS.length + 2 }, () => 'passed'))
  })
})
