import { describe, expect, test } from 'vitest'
import { createMarkingDetector } from './fixtures/marking-detector.ts'
import { base64, scanObjects, workload } from './fixtures/read.ts'

const secret = (name: string, data: Readonly<Record<string, string>>, metadata: Readonly<Record<string, unknown>> = {}) => ({
  kind: 'Secret',
  metadata: { name, namespace: 'shop', ...metadata },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
})
const byText = (one: unknown, other: unknown) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)
const pathsOf = (scan: Awaited<ReturnType<typeof scanObjects>>) => scan.of('occurrence').map((one) => one.path)

describe('places of values', () => {
  const pod = 'spec.template.spec.containers[0]'
  test.each([
    [
      'an environment literal',
      {
        env: [
          { name: 'A', value: 'x' },
          { name: 'B', value: 'canary-b' },
        ],
      },
      [`${pod}.env[1].value`],
    ],
    [
      'a literal composed of literals',
      {
        env: [
          { name: 'A', value: 'canary-a' },
          { name: 'B', value: 'u:$(A)@h' },
        ],
      },
      [`${pod}.env[0].value`, `${pod}.env[1].value`],
    ],
    ['a command and its arguments', { command: ['sh'], args: ['-c', 'run canary-c'] }, [`${pod}.args[1]`]],
    ['an argument that names a variable', { env: [{ name: 'A', value: 'canary-a' }], args: ['--p=$(A)'] }, [`${pod}.env[0].value`, `${pod}.args[0]`]],
    [
      'a probe header',
      { livenessProbe: { httpGet: { httpHeaders: [{ name: 'Authorization', value: 'canary-h' }] } } },
      [`${pod}.livenessProbe.httpGet.httpHeaders[0].value`],
    ],
    ['a lifecycle command', { lifecycle: { preStop: { exec: { command: ['curl', 'canary-l'] } } } }, [`${pod}.lifecycle.preStop.exec.command[1]`]],
  ])('%s', async (_name, container, paths) => {
    const scan = await scanObjects([workload('Deployment', 'web', container)])
    expect(pathsOf(scan)).toEqual(paths)
    expect(scan.of('occurrence').every(({ exposure, container: name }) => exposure === 'workload' && name === 'app')).toBe(true)
  })

  test('an initContainer of a CronJob has the long way', async () => {
    const scan = await scanObjects([workload('CronJob', 'report', {}, { initContainers: [{ name: 'init', env: [{ name: 'A', value: 'canary-i' }] }] })])
    expect(pathsOf(scan)).toEqual(['spec.jobTemplate.spec.template.spec.initContainers[0].env[0].value'])
  })

  test('annotations of template, ServiceAccount and namespace are read, each by its own exposure', async () => {
    const scan = await scanObjects([
      { kind: 'Namespace', metadata: { name: 'shop', annotations: { note: 'canary-n' } } },
      { kind: 'ServiceAccount', metadata: { name: 'web', namespace: 'shop', annotations: { note: 'canary-s' } } },
      workload('Deployment', 'web', {}, { annotations: { 'ad.example/check': 'canary-t' } }),
    ])
    expect(scan.of('occurrence').map((one) => [one.object.kind, one.path, one.exposure])).toEqual([
      ['Namespace', 'metadata.annotations[note]', 'metadata'],
      ['ServiceAccount', 'metadata.annotations[note]', 'metadata'],
      ['Deployment', 'spec.template.metadata.annotations[ad.example/check]', 'workload'],
    ])
  })

  test('stringData goes before data of the same key', async () => {
    const scan = await scanObjects([{ ...secret('db', { password: 'canary-old' }), stringData: { password: 'canary-new' } }])
    expect(pathsOf(scan)).toEqual(['stringData[password]'])
  })

  test('last-applied is opened as an object and is history', async () => {
    const applied = { kind: 'Secret', metadata: { name: 'db' }, stringData: { password: 'canary-now', older: 'canary-then' } }
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied) }
    const scan = await scanObjects([secret('db', { password: 'canary-now' }, { annotations })])
    const place = 'metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]'
    expect(scan.of('occurrence').map((one) => [one.path, one.field, one.historic?.split(' ').slice(2).join(' ')])).toEqual([
      ['data[password]', undefined, undefined],
      [place, 'stringData[password]', 'a copy of a value that the object holds now'],
      [place, 'stringData[older]', 'a value that the object no longer holds'],
    ])
  })

  test('an unchanged copy is not judged again', async () => {
    const detector = createMarkingDetector()
    const applied = secret('db', { password: 'canary-now' })
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied) }
    const scan = await scanObjects([secret('db', { password: 'canary-now' }, { annotations })], { detector })
    expect(detector.calls).toHaveLength(1)
    expect(scan.of('occurrence')).toHaveLength(2)
  })

  test('a problem names object and field, never the value', async () => {
    const scan = await scanObjects([{ kind: 'Secret', metadata: { name: 'db', namespace: 'shop' }, data: { password: 'canary-%%%' } }])
    expect(scan.problems).toMatchObject([{ collection: 'secrets', namespace: 'shop', object: 'db', field: 'data[password]' }])
    expect(JSON.stringify(scan.events)).not.toContain('canary')
  })

  test('the same ConfigMap in every namespace is judged once', async () => {
    const detector = createMarkingDetector()
    const root = (namespace: string) => ({
      kind: 'ConfigMap',
      metadata: { name: 'kube-root-ca.crt', namespace },
      data: { 'ca.crt': '-----BEGIN CERTIFICATE-----' },
    })
    const scan = await scanObjects([root('a'), root('b'), root('c')], { detector })
    expect(detector.calls).toHaveLength(1)
    expect(scan.coverage.find((line) => line.collection === 'configmaps')?.objects).toBe(3)
  })
})

describe('since when a value is there', () => {
  const owner = (time: string, fieldsV1: unknown) => ({ manager: 'kubectl', operation: 'Update', time, fieldsV1 })
  const sinceOf = async (object: Readonly<Record<string, unknown>>) => (await scanObjects([object])).of('occurrence')[0]?.existsSince?.at

  test('the earliest owner of the field counts', async () => {
    const managedFields = [
      owner('2026-03-01T00:00:00Z', { 'f:data': { 'f:password': {} } }),
      owner('2026-01-01T00:00:00Z', { 'f:data': { 'f:password': {}, 'f:other': {} } }),
      owner('2020-01-01T00:00:00Z', { 'f:data': { 'f:other': {} }, 'f:type': {} }),
    ]
    expect(await sinceOf(secret('db', { password: 'canary-a' }, { managedFields }))).toBe('2026-01-01T00:00:00Z')
  })

  test('list items are found by their names', async () => {
    const fieldsV1 = {
      'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { 'f:env': { 'k:{"name":"A"}': { 'f:value': {} } } } } } } },
    }
    const metadata = { managedFields: [owner('2026-02-02T00:00:00Z', fieldsV1)] }
    expect(await sinceOf(workload('Deployment', 'web', { env: [{ name: 'A', value: 'canary-a' }] }, {}, metadata))).toBe('2026-02-02T00:00:00Z')
  })

  test('the template of a Job is as old as the Job; a Secret says nothing by its creation', async () => {
    const metadata = { creationTimestamp: '2026-04-04T00:00:00Z' }
    expect(await sinceOf(workload('Job', 'once', { args: ['canary-a'] }, {}, metadata))).toBe('2026-04-04T00:00:00Z')
    expect(await sinceOf(secret('db', { password: 'canary-a' }, metadata))).toBeUndefined()
  })
})

describe('edges', () => {
  test('values are judged with the names by which consumers know them', async () => {
    const container = {
      env: [{ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'p' } } }],
      envFrom: [{ prefix: 'DB_', secretRef: { name: 'db' } }],
    }
    const scan = await scanObjects([workload('Deployment', 'web', container), secret('db', { p: 'canary-p' })])
    expect(scan.of('occurrence')[0]?.finding.attributes).toEqual({ aliases: 'DB_PASSWORD DB_p' })
  })

  test('a later source, and env, hide keys of an earlier source', async () => {
    const container = {
      env: [{ name: 'USER', value: 'x' }],
      envFrom: [{ secretRef: { name: 'first' } }, { secretRef: { name: 'second' } }],
    }
    const scan = await scanObjects([
      workload('Deployment', 'web', container),
      secret('first', { PASSWORD: 'a', USER: 'b', HOST: 'c' }),
      secret('second', { PASSWORD: 'd' }),
    ])
    const uses = scan.of('use').map((use) => [use.target.name, use.entry, use.overridden?.split(' ')[0]])
    expect(uses.toSorted(byText)).toEqual([
      ['first', 'HOST', undefined],
      ['first', 'PASSWORD', 'envFrom[1]'],
      ['first', 'USER', 'An'],
      ['second', undefined, undefined],
    ])
  })

  test('names that an older kubelet does not take are skipped', async () => {
    const objects = [workload('Deployment', 'web', { envFrom: [{ secretRef: { name: 'db' } }] }), secret('db', { '1st': 'a' })]
    expect((await scanObjects(objects, { facts: { version: 'v1.29.4' } })).of('use')[0]?.overridden).toContain('1st')
    expect((await scanObjects(objects, { facts: { version: 'v1.34.1' } })).of('use')[0]?.overridden).toBeUndefined()
  })

  test('volumes count for containers that mount them; items and subPath choose keys', async () => {
    const volumes = [
      {
        name: 'a',
        secret: {
          secretName: 'db',
          items: [
            { key: 'p', path: 'conf/password.txt' },
            { key: 'q', path: 'q' },
          ],
        },
      },
      { name: 'b', projected: { sources: [{ configMap: { name: 'settings' } }, { secret: { name: 'tls' } }] } },
      { name: 'unused', secret: { secretName: 'idle' } },
      { name: 'csi', csi: { driver: 'x', nodePublishSecretRef: { name: 'driver' } } },
      { name: 'share', azureFile: { secretName: 'share' } },
    ]
    const volumeMounts = [
      { name: 'a', mountPath: '/etc/db', subPath: 'conf' },
      { name: 'b', mountPath: '/etc/all' },
    ]
    const scan = await scanObjects([workload('Deployment', 'web', { volumeMounts }, { volumes })])
    expect(
      scan
        .of('use')
        .map((use) => [use.target.kind, use.target.name, use.entry, use.container, use.via, use.overridden])
        .toSorted(byText),
    ).toEqual([
      ['ConfigMap', 'settings', undefined, 'app', 'volume', undefined],
      ['Secret', 'db', 'p', 'app', 'volume', undefined],
      ['Secret', 'driver', undefined, '', 'volumeSecretRef', undefined],
      ['Secret', 'idle', undefined, '', 'volume', 'No container mounts the volume'],
      ['Secret', 'share', undefined, '', 'volumeSecretRef', undefined],
      ['Secret', 'tls', undefined, 'app', 'volume', undefined],
    ])
  })

  test('pull secrets come from the pod, or else from its ServiceAccount', async () => {
    const account = { kind: 'ServiceAccount', metadata: { name: 'web', namespace: 'shop' }, imagePullSecrets: [{ name: 'from-account' }] }
    const inherits = workload('Deployment', 'a', {}, { serviceAccountName: 'web' })
    const names = workload('Deployment', 'b', {}, { serviceAccountName: 'web', imagePullSecrets: [{ name: 'from-pod' }] })
    const scan = await scanObjects([account, inherits, names])
    expect(scan.of('use').map((use) => [use.deployment.split('/').at(-1), use.target.name, use.via])).toEqual([
      ['a', 'from-account', 'imagePullSecret'],
      ['b', 'from-pod', 'imagePullSecret'],
    ])
  })

  test('an edge dangles only where everything was read', async () => {
    const container = { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'missing', key: 'k' } } }] }
    expect((await scanObjects([workload('Deployment', 'web', container)])).of('use')[0]?.dangling).toBe(true)
    expect((await scanObjects([workload('Deployment', 'web', container)], { denied: ['secrets'] })).of('use')[0]?.dangling).toBeUndefined()
  })
})

describe('owners', () => {
  const run = (name: string, owner: string) =>
    workload('Job', name, { args: ['canary-a'] }, {}, { ownerReferences: [{ kind: 'CronJob', name: owner, controller: true }] })

  test('a run of a CronJob is no application; its values are history', async () => {
    const scan = await scanObjects([workload('CronJob', 'report', { args: ['canary-a'] }), run('report-1', 'report')])
    expect(scan.of('deployment').map((one) => one.object.kind)).toEqual(['CronJob'])
    expect(scan.of('occurrence').map((one) => [one.object.kind, one.historic === undefined])).toEqual([
      ['CronJob', true],
      ['Job', false],
    ])
  })

  test('runs of a CronJob that is gone are one application', async () => {
    const scan = await scanObjects([run('report-1', 'report'), run('report-2', 'report')])
    expect(new Set(scan.of('deployment').map((one) => one.application.key))).toEqual(new Set(['name:report']))
    expect(scan.of('deployment')[0]?.application.evidence).toContain('no longer exists')
  })

  test('owners in a circle end nowhere', async () => {
    const a = workload('Job', 'a', {}, {}, { ownerReferences: [{ kind: 'Job', name: 'b', controller: true }] })
    const b = workload('Job', 'b', {}, {}, { ownerReferences: [{ kind: 'Job', name: 'a', controller: true }] })
    expect((await scanObjects([a, b])).of('deployment')).toHaveLength(2)
  })
})

describe('coverage', () => {
  test('a denied collection harms no other', async () => {
    const objects = [workload('Deployment', 'web', { args: ['canary-a'] }), secret('db', { p: 'canary-p' })]
    const scan = await scanObjects(objects, { denied: ['secrets'] })
    expect(scan.of('occurrence').map((one) => one.object.kind)).toEqual(['Deployment'])
    const states = new Map(scan.coverage.map((line) => [line.collection, line.coverage.state]))
    expect(states.get('secrets')).toBe('denied')
    expect([...states].filter(([, state]) => state === 'complete')).toHaveLength(10)
  })

  test('chosen namespaces are the scopes', async () => {
    const objects = [secret('a', {}), { ...secret('b', {}), metadata: { name: 'b', namespace: 'other' } }]
    const scan = await scanObjects(objects, { settings: { namespaces: ['shop'] } })
    expect(scan.coverage.find((line) => line.collection === 'secrets')).toMatchObject({ scope: { namespace: 'shop' }, objects: 1 })
  })

  test('with namespaces left out, nothing is said of the whole cluster', async () => {
    const objects = [secret('a', {}), { ...secret('b', {}), metadata: { name: 'b', namespace: 'other' } }]
    const scan = await scanObjects(objects, { settings: { excludeNamespaces: ['other'] } })
    expect(scan.coverage.filter((line) => line.collection === 'secrets').map((line) => line.scope)).toEqual([{ namespace: 'shop' }])
  })
})

describe('the cluster', () => {
  const node = (providerID: string, labels: Readonly<Record<string, string>> = {}) => ({ kind: 'Node', metadata: { name: 'n1', labels }, spec: { providerID } })
  const role = (name: string, account: string) => ({
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'shop', annotations: { 'eks.amazonaws.com/role-arn': `arn:aws:iam::${account}:role/r` } },
  })
  const subscription = '11111111-2222-3333-4444-555555555555'

  test.each([
    [
      'eks',
      [node('aws:///eu-west-1b/i-0', { 'eks.amazonaws.com/nodegroup': 'x' }), role('a', '111122223333'), role('b', '111122223333'), role('c', '999999999999')],
      'eu-west-1',
      '111122223333',
    ],
    [
      'aks',
      [
        node(`azure:///subscriptions/${subscription}/resourceGroups/mc_x/p`, {
          'kubernetes.azure.com/cluster': 'x',
          'topology.kubernetes.io/region': 'westeurope',
        }),
      ],
      'westeurope',
      subscription,
    ],
    ['gke', [node('gce://my-project/europe-west1-b/n', { 'cloud.google.com/gke-nodepool': 'p' })], 'europe-west1', 'my-project'],
    ['openshift', [node('aws:///us-east-1a/i-0', { 'node.openshift.io/os_id': 'rhcos' })], 'us-east-1', undefined],
    ['aws', [node('aws:///us-east-1a/i-0')], 'us-east-1', undefined],
    ['kind', [node('kind://docker/kind/kind-control-plane')], undefined, undefined],
    ['unknown', [node('')], undefined, undefined],
  ])('%s is recognised', async (kind, objects, region, account) => {
    const { platform } = (await scanObjects(objects)).of('cluster')[0] ?? {}
    expect([platform?.kind, platform?.region, platform?.account?.id]).toEqual([kind, region, account])
    expect(platform?.evidence).not.toEqual([])
  })

  test('Mint is installed, absent, or unknown where its kind was denied', async () => {
    const agent = workload('DaemonSet', 'spirl-agent', { image: 'ghcr.io/spirl/spirl-agent:1' })
    const other = workload('Deployment', 'kubernetes-reflector', { image: 'emberstack/kubernetes-reflector' })
    const mint = (await scanObjects([agent, other])).of('cluster')[0]?.mint
    expect([mint?.agent.state, mint?.reflector.state]).toEqual(['installed', 'absent'])
    expect((await scanObjects([], { denied: ['daemonsets'] })).of('cluster')[0]?.mint.agent.state).toBe('unknown')
  })

  test('a deployment tells whether it asks for Mint and which SPIFFE ID it would get', async () => {
    const labels = { 'k8s.spirl.com/spiffe-csi': 'enabled' }
    const scan = await scanObjects([workload('Deployment', 'web', {}, { labels, serviceAccountName: 'payments' })])
    expect(scan.of('deployment')[0]?.mint).toMatchObject({ injection: 'enabled', spiffeIdPath: '/west/ns/shop/sa/payments' })
  })

  test.each([
    ['eks.amazonaws.com/role-arn', 'arn:aws:iam::111122223333:role/path/web', 'aws:iam:arn:aws:iam::111122223333:role/path/web'],
    ['azure.workload.identity/client-id', 'AAAAAAAA-2222-3333-4444-555555555555', 'entra:application:aaaaaaaa-2222-3333-4444-555555555555'],
    ['iam.gke.io/gcp-service-account', 'web@my-project.iam.gserviceaccount.com', 'gcp:service-account:web@my-project.iam.gserviceaccount.com'],
  ])('%s is a federated identity of the deployment', async (annotation, value, key) => {
    const account = { kind: 'ServiceAccount', metadata: { name: 'web', namespace: 'shop', annotations: { [annotation]: value } } }
    const scan = await scanObjects([account, workload('Deployment', 'web', {}, { serviceAccountName: 'web' })])
    expect(scan.of('identity').map((one) => one.key)).toContain(key)
    expect(scan.of('link').map((one) => [one.relation, one.identity])).toEqual([
      ['runs-as', 'kubernetes:service-account:cluster-1/shop/web'],
      ['federated', key],
    ])
  })
})

test('a value of 1 MB and hostile names stay inside the limits of the document', async () => {
  const long = 'n'.repeat(5_000)
  const container = { name: long, image: long, env: [{ name: long, value: `canary-a ${'x'.repeat(1024 * 1024)}` }] }
  const scan = await scanObjects([
    workload('Deployment', long, container),
    { kind: 'Secret', metadata: { name: 'db', namespace: 'shop' }, data: { [long]: base64('canary-b') } },
  ])
  expect(scan.of('occurrence')).toHaveLength(2)
})
