import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { injectSocket, type PatchOperation } from './injection.ts'
import type { Pod } from './pod.ts'
import { injectionSettings } from './settings.ts'

const k8s = injectionSettings('k8s')

/** Applies additions to a copy, as an API server does. */
function apply(pod: Pod, patch: readonly PatchOperation[]): Pod {
  const copy = structuredClone(pod)
  for (const { path, value } of patch) {
    const keys = path.split('/').slice(1)
    const last = keys.pop() ?? ''
    const holder = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, copy)
    if (last === '-') (holder as unknown as unknown[]).push(structuredClone(value))
    else holder[last] = structuredClone(value)
  }
  return copy
}

const pod = (spec: Partial<Pod['spec']>): Pod => ({ spec: { containers: [{ name: 'app' }], ...spec } })

const anyContainer = fc.record(
  {
    name: fc.stringMatching(/^[a-z]{1,5}$/),
    volumeMounts: fc.array(
      fc.record({ name: fc.constantFrom('data', 'spirl-agent-socket'), mountPath: fc.constantFrom('/data', '/spirl-agent-socket', '/spirl-agent-socket/') }),
    ),
    env: fc.array(fc.record({ name: fc.constantFrom('A', 'SPIFFE_ENDPOINT_SOCKET') })),
  },
  { requiredKeys: ['name'] },
)
const anyPod = fc.record({
  spec: fc.record(
    {
      containers: fc.array(anyContainer, { minLength: 1, maxLength: 3 }),
      initContainers: fc.array(anyContainer, { maxLength: 2 }),
      volumes: fc.array(
        fc.record({ name: fc.constantFrom('data', 'spirl-agent-socket', 'other'), csi: fc.constantFrom(undefined, { driver: 'csi.spiffe.io' }) }),
        { maxLength: 2 },
      ),
    },
    { requiredKeys: ['containers'] },
  ),
})

describe('injection', () => {
  test('every container gets the socket: containers, init containers and sidecars', () => {
    const before = pod({ containers: [{ name: 'app' }, { name: 'proxy' }], initContainers: [{ name: 'setup' }, { name: 'sidecar' }] })
    const after = apply(before, injectSocket(before, k8s).patch)
    expect(after.spec.volumes).toEqual([{ name: 'spirl-agent-socket', csi: { driver: 'csi.spiffe.io', readOnly: true } }])
    for (const container of [...(after.spec.containers ?? []), ...(after.spec.initContainers ?? [])]) {
      expect(container.volumeMounts).toEqual([{ name: 'spirl-agent-socket', mountPath: '/spirl-agent-socket', readOnly: true }])
      expect(container.env).toEqual([{ name: 'SPIFFE_ENDPOINT_SOCKET', value: 'unix:///spirl-agent-socket/agent.sock' }])
    }
  })

  test('in a mesh the socket lies where istio-proxy looks for it', () => {
    const after = apply(pod({}), injectSocket(pod({}), injectionSettings('istio')).patch)
    expect(after.spec.volumes?.[0]?.name).toBe('workload-socket')
    expect(after.spec.containers?.[0]?.volumeMounts?.[0]?.mountPath).toBe('/run/secrets/workload-spiffe-uds')
  })

  test('applying it twice changes nothing', () => {
    fc.assert(
      fc.property(anyPod, (before) => {
        const once = apply(before, injectSocket(before, k8s).patch)
        expect(injectSocket(once, k8s).patch).toEqual([])
      }),
    )
  })

  test('nothing that was there is changed or moved', () => {
    fc.assert(
      fc.property(anyPod, (before) => {
        const after = apply(before, injectSocket(before, k8s).patch)
        expect(after.spec.volumes?.slice(0, before.spec.volumes?.length ?? 0) ?? []).toEqual(before.spec.volumes ?? [])
        for (const [index, container] of (before.spec.containers ?? []).entries()) {
          expect(after.spec.containers?.[index]?.env?.slice(0, container.env?.length ?? 0) ?? []).toEqual(container.env ?? [])
        }
      }),
    )
  })

  test('a volume of the driver that the author added is used, and the variable follows its mount', () => {
    const before = pod({
      volumes: [{ name: 'mine', csi: { driver: 'csi.spiffe.io' } }],
      containers: [{ name: 'app', volumeMounts: [{ name: 'mine', mountPath: '/spiffe/' }] }],
    })
    expect(injectSocket(before, k8s).patch).toEqual([
      { op: 'add', path: '/spec/containers/0/env', value: [{ name: 'SPIFFE_ENDPOINT_SOCKET', value: 'unix:///spiffe/agent.sock' }] },
    ])
  })

  test('a variable that the author set stays', () => {
    const before = pod({ containers: [{ name: 'app', env: [{ name: 'SPIFFE_ENDPOINT_SOCKET' }] }] })
    expect(injectSocket(before, k8s).patch.map(({ path }) => path)).toEqual(['/spec/volumes', '/spec/containers/0/volumeMounts'])
  })

  test('a volume of another kind with our name is left alone', () => {
    const before = pod({ volumes: [{ name: 'spirl-agent-socket' }] })
    const after = apply(before, injectSocket(before, k8s).patch)
    expect(after.spec.volumes?.map(({ name }) => name)).toEqual(['spirl-agent-socket', 'spirl-agent-socket-2'])
  })

  test('something else at our path is named and not covered', () => {
    const before = pod({ volumes: [{ name: 'data' }], containers: [{ name: 'app', volumeMounts: [{ name: 'data', mountPath: '/spirl-agent-socket' }] }] })
    const { patch, warnings } = injectSocket(before, k8s)
    expect(patch.map(({ path }) => path)).toEqual(['/spec/volumes/-'])
    expect(warnings).toEqual(['container app has the volume data at /spirl-agent-socket; the SPIFFE socket was not added to it'])
  })

  test('a container that is added to a running pod is given the volume that the pod has', () => {
    const running = pod({ volumes: [{ name: 'spirl-agent-socket', csi: { driver: 'csi.spiffe.io' } }], ephemeralContainers: [{ name: 'debugger' }] })
    expect(injectSocket(running, k8s, true).patch.map(({ path }) => path)).toEqual([
      '/spec/ephemeralContainers/0/volumeMounts',
      '/spec/ephemeralContainers/0/env',
    ])
    expect(injectSocket(pod({ ephemeralContainers: [{ name: 'debugger' }] }), k8s, true)).toMatchObject({
      patch: [],
      warnings: [expect.stringContaining('without its volume')],
    })
  })

  test('pods of Windows nodes are left alone, with a word why', () => {
    expect(injectSocket(pod({ os: { name: 'windows' } }), k8s)).toMatchObject({ patch: [], warnings: [expect.stringContaining('Linux')] })
  })
})
