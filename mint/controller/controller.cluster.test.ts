import { type Cluster, peerIsMissing, startCluster } from '@mintmark/tools/peers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Controller, type ControllerSettings, startController } from './controller.ts'
import { DEFAULT_NAMESPACE_SELECTOR, DEFAULT_OBJECT_SELECTOR, injectionSettings } from './settings.ts'
import { administratorApi } from './testing.ts'

const SECRET = '/api/v1/namespaces/default/secrets/spirl-controller-webhook'
const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/spirl-controller'

interface PodAnswer {
  readonly spec: {
    readonly containers: readonly { readonly volumeMounts: readonly { readonly name: string }[] }[]
    readonly initContainers?: PodAnswer['spec']['containers']
  }
}

describe.skipIf(peerIsMissing('kubernetes'))('controller on a real API server', () => {
  let cluster: Cluster
  let api: Awaited<ReturnType<typeof administratorApi>>
  const lines: Readonly<Record<string, unknown>>[] = []
  const running: Controller[] = []

  const settings: ControllerSettings = {
    host: '127.0.0.1',
    port: 0,
    injection: injectionSettings('k8s'),
    registration: {
      name: 'spirl-controller',
      address: { url: 'https://127.0.0.1:0' },
      namespaceSelector: DEFAULT_NAMESPACE_SELECTOR,
      objectSelector: DEFAULT_OBJECT_SELECTOR,
      failure: 'closed',
    },
    names: ['127.0.0.1', 'spirl-controller.default.svc'],
    secret: { namespace: 'default', name: 'spirl-controller-webhook' },
  }
  const start = async (change: Partial<ControllerSettings> = {}): Promise<Controller> => {
    const controller = await startController({ ...settings, ...change }, { api, now: () => new Date(), log: (fields) => lines.push(fields) })
    running.push(controller)
    return controller
  }
  const createPod = async (name: string, labels: Readonly<Record<string, string>>): Promise<{ status: number; body: PodAnswer }> => {
    const spec = {
      initContainers: [{ name: 'setup', image: 'x' }],
      containers: [
        { name: 'app', image: 'x' },
        { name: 'proxy', image: 'x' },
      ],
    }
    const answer = await cluster.api.request('POST', '/api/v1/namespaces/default/pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec })
    return { status: answer.status, body: JSON.parse(answer.body) as PodAnswer }
  }
  const enabled = { 'k8s.spirl.com/spiffe-csi': 'enabled' }
  const mountsOf = (pod: PodAnswer): number =>
    [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].filter(({ volumeMounts }) => volumeMounts.some(({ name }) => name === 'spirl-agent-socket'))
      .length

  beforeAll(async () => {
    cluster = await startCluster()
    api = await administratorApi(cluster)
  })
  afterAll(async () => {
    for (const controller of running) await controller.close()
    api?.close()
    await cluster?.stop()
  })

  test('a labelled pod gets the socket in all of its containers, another pod is not touched', async () => {
    await start()
    const labelled = await createPod('labelled', enabled)
    expect(labelled.status).toBe(201)
    expect(mountsOf(labelled.body)).toBe(3)
    const plain = await createPod('plain', {})
    expect(mountsOf(plain.body)).toBe(0)
  })

  test('a debug container of a running pod gets the socket too', async () => {
    const answer = await api.request(
      'PATCH',
      '/api/v1/namespaces/default/pods/labelled/ephemeralcontainers',
      { spec: { ephemeralContainers: [{ name: 'debugger', image: 'x' }] } },
      'application/strategic-merge-patch+json',
    )
    expect(answer.status).toBe(200)
    expect(JSON.stringify((answer.body as { spec: { ephemeralContainers: unknown } }).spec.ephemeralContainers)).toContain('"spirl-agent-socket"')
  })

  test('the authority renews itself, and every replica goes on answering through the change', async () => {
    const [first] = running
    const before = await api.request('GET', CONFIGURATION)
    // For a replica that wants longer lives the authority of the first is past its half.
    // It points the API server to the first, which still serves with the authority of before: both are trusted.
    const address = { url: `https://127.0.0.1:${first?.port}` }
    const second = await start({ authorityDays: 400, registration: { ...settings.registration, address } })
    expect(mountsOf((await createPod('during-renewal', enabled)).body)).toBe(3)
    await second.close()
    const after = await api.request('GET', CONFIGURATION)
    expect(JSON.stringify(after.body)).not.toBe(JSON.stringify(before.body))
    await first?.tick()
    expect(lines.some(({ msg, authorityChanged }) => msg === 'Serving certificate renewed' && authorityChanged === true)).toBe(true)
    const pod = await createPod('after-renewal', enabled)
    expect(pod.status).toBe(201)
    expect(mountsOf(pod.body)).toBe(3)
  })

  test('a Secret that somebody spoiled is written anew', async () => {
    const [first] = running
    await api.request('PATCH', SECRET, { data: { 'authority.json': Buffer.from('{').toString('base64') } }, 'application/merge-patch+json')
    await first?.tick()
    expect(mountsOf((await createPod('after-spoiling', enabled)).body)).toBe(3)
  })

  test('without a controller, failing closed keeps pods waiting and failing open starts them', async () => {
    for (const controller of running.splice(0)) await controller.close()
    expect((await createPod('refused', enabled)).status).toBe(500)
    const open = await start({ registration: { ...settings.registration, failure: 'open' } })
    await open.close()
    // The API server watches registrations: it hears of the new one a moment after it was written.
    let pod = await createPod('let-through', enabled)
    while (pod.status === 500) pod = await createPod('let-through', enabled)
    expect(pod.status).toBe(201)
    expect(mountsOf(pod.body)).toBe(0)
  })
})
