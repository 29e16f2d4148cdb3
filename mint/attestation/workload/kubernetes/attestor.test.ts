import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeSelfSigned, sketchPod, startFakeKubelet, type FakeKubelet, type SelfSigned } from '@mintmark/tools/fakes/kubelet'
import type { Attributes, Peer } from '../../model.ts'
import { createWaitingClock } from '../clock-testing.ts'
import { createKubernetesAttestor, type KubernetesSettings } from './attestor.ts'
import { openKubelet, type KubeletSettings } from './kubelet.ts'
import { createPodDirectory, KUBELET_INTERVAL_MS } from './pod-directory.ts'

const uid = '2c48913c-b29f-11e7-9350-020968147796'
const cid = 'a'.repeat(64)
const otherCid = 'b'.repeat(64)
const peer: Peer = { pid: 7, uid: 1000, gid: 1000, isAlive: () => true }

let folder: string
let certificate: SelfSigned
let kubelet: FakeKubelet
let tokenFile: string
const closers: (() => void)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-kubernetes-'))
  certificate = makeSelfSigned(folder, 'node-1')
})
beforeEach(async () => {
  tokenFile = join(folder, 'token')
  await writeFile(tokenFile, 'first\n')
  kubelet = await startFakeKubelet({ certificate, tokens: new Map([['first', ['nodes/pods']]]) })
})
afterEach(async () => {
  for (const close of closers.splice(0)) close()
  await kubelet.close()
})
afterAll(() => rm(folder, { recursive: true }))

function start(settings: KubernetesSettings = {}, cgroup = `0::/kubepods/pod${uid}/${cid}`, client: KubeletSettings = {}) {
  const clock = createWaitingClock()
  const opened = openKubelet({ port: kubelet.port, tokenFile, ...client })
  closers.push(() => opened.close())
  let fetches = 0
  const directory = createPodDirectory((signal) => {
    fetches += 1
    return opened.fetchPods(signal)
  }, clock)
  const state = { cgroup }
  const attestor = createKubernetesAttestor(settings, { files: { read: () => state.cgroup }, directory, clock })
  return {
    clock,
    state,
    fetches: () => fetches,
    attest: (signal = new AbortController().signal): Promise<Attributes> => attestor.attest({ peer, signal }),
  }
}

const web = sketchPod({
  name: 'web-5cfd45f6c9-x2x7z',
  uid,
  labels: { app: 'web', 'app.kubernetes.io/name': 'web' },
  annotations: { 'example.com/team': 'blue', 'other.org/note': 'secret' },
  serviceAccount: 'web',
  owners: [
    { kind: 'Thing', name: 'thing', uid: 'u-1' },
    { kind: 'ReplicaSet', name: 'web-5cfd45f6c9', uid: 'u-2', controller: true },
  ],
  containers: [
    { name: 'app', image: 'registry.example.org/web:3', id: cid },
    { name: 'proxy', id: otherCid },
  ],
  initContainers: [{ name: 'setup', id: 'c'.repeat(64) }],
  ephemeralContainers: [{ name: 'debug', id: 'd'.repeat(64) }],
})

describe('the kubernetes attestor', () => {
  test('names everything as documented', async () => {
    kubelet.setPods([web])
    const attributes = await start({ includeAnnotationPrefixes: ['example.com/'] }).attest()
    expect(Object.fromEntries(attributes)).toEqual({
      'kubernetes.pod.name': 'web-5cfd45f6c9-x2x7z',
      'kubernetes.pod.namespace': 'shop',
      'kubernetes.pod.uid': uid,
      'kubernetes.pod.node.name': 'node-1',
      'kubernetes.pod.owner': 'ReplicaSet:web-5cfd45f6c9',
      'kubernetes.pod.owner_uid': 'u-2',
      'kubernetes.pod.service_account': 'web',
      'kubernetes.pod.image_count': '2',
      'kubernetes.pod.init_image_count': '1',
      'kubernetes.pod.container.name': 'app',
      'kubernetes.pod.label.app': 'web',
      "kubernetes.pod.label.'app.kubernetes.io/name'": 'web',
      "kubernetes.pod.annotation.'example.com/team'": 'blue',
      'kubernetes.pod.container.app.image.name': 'registry.example.org/web:3',
      'kubernetes.pod.container.app.image.id': `registry.example.org/app@sha256:${cid}`,
      'kubernetes.pod.container.proxy.image.name': 'registry.example.org/proxy:1',
      'kubernetes.pod.container.proxy.image.id': `registry.example.org/proxy@sha256:${otherCid}`,
      'kubernetes.pod.init_container.setup.image.name': 'registry.example.org/setup:1',
      'kubernetes.pod.init_container.setup.image.id': `registry.example.org/setup@sha256:${'c'.repeat(64)}`,
    })
  })

  test('without prefixes no annotation is an attribute', async () => {
    kubelet.setPods([web])
    expect([...(await start().attest()).keys()].filter((name) => name.includes('annotation'))).toEqual([])
  })

  test.each([
    ['an init container', 'c', 'setup'],
    ['an ephemeral container', 'd', 'debug'],
  ])('%s is known', async (_name, letter, container) => {
    kubelet.setPods([web])
    const attributes = await start({}, `0::/kubepods/pod${uid}/${letter.repeat(64)}`).attest()
    expect(attributes.get('kubernetes.pod.container.name')).toBe(container)
  })

  test('vector c7: without a pod in the cgroup every pod is searched', async () => {
    kubelet.setPods([sketchPod({ name: 'db', uid: 'u', containers: [{ name: 'db', id: otherCid }] }), web])
    expect((await start({}, `0::/../crio-${cid}.scope`).attest()).get('kubernetes.pod.uid')).toBe(uid)
  })

  test('vector c8: a static pod is known by the number in its cgroup', async () => {
    const hash = '2732ca68f6358eba7703fb6f82a25c94'
    kubelet.setPods([
      sketchPod({ name: 'etcd-node-1', uid: hash, annotations: { 'kubernetes.io/config.hash': hash }, containers: [{ name: 'etcd', id: cid }] }),
    ])
    const attributes = await start({}, `0::/kubepods/burstable/pod${hash}/${cid}`).attest()
    expect(attributes.get('kubernetes.pod.name')).toBe('etcd-node-1')
    expect(attributes.has('kubernetes.pod.service_account')).toBe(false)
  })

  test('a process in no container has no attributes, and the kubelet is not asked', async () => {
    const { attest, fetches } = start({}, '0::/system.slice/sshd.service')
    expect((await attest()).size).toBe(0)
    expect(fetches()).toBe(0)
  })

  test('a container of another engine is in no pod', async () => {
    kubelet.setPods([web])
    expect((await start({}, `0::/system.slice/docker-${'e'.repeat(64)}.scope`).attest()).size).toBe(0)
  })

  test.each([
    ['two pods that claim one container', [web, sketchPod({ name: 'evil', uid: 'u', containers: [{ name: 'x', id: cid }] })], `0::/kubepods/pod${uid}/${cid}`],
    [
      'a cgroup of another pod',
      [web, sketchPod({ name: 'db', uid: 'a4e48913-b29f-11e7-9350-020968147796' })],
      `0::/kubepods/poda4e48913-b29f-11e7-9350-020968147796/${cid}`,
    ],
    [
      'a cgroup made below a container of this node',
      [web, sketchPod({ name: 'evil', uid: 'u', containers: [{ name: 'x', id: 'f'.repeat(64) }] })],
      `0::/kubepods/${'f'.repeat(64)}/kubepods/pod${uid}/${cid}`,
    ],
  ])('%s are refused', async (_name, pods, cgroup) => {
    kubelet.setPods(pods)
    await expect(start({}, cgroup).attest()).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' })
  })

  test('a cluster inside a container of something else is served', async () => {
    kubelet.setPods([web])
    expect((await start({}, `0::/docker/${'f'.repeat(64)}/kubepods/pod${uid}/${cid}`).attest()).get('kubernetes.pod.uid')).toBe(uid)
  })
})

describe('waiting for a container', () => {
  const creating = sketchPod({ name: 'web', uid, containers: [{ name: 'app' }] })

  test('ends as soon as the kubelet reports it', async () => {
    kubelet.setPods([creating])
    const { clock, attest, fetches } = start()
    const wait = clock.wait.bind(clock)
    clock.wait = async (milliseconds, signal) => {
      if (fetches() === 3) kubelet.setPods([web])
      await wait(milliseconds, signal)
    }
    expect((await attest()).get('kubernetes.pod.container.name')).toBe('app')
    expect(fetches()).toBe(4)
  })

  test('is bounded', async () => {
    kubelet.setPods([creating])
    const { clock, attest, fetches } = start({ containerWaitSeconds: 5 })
    const begun = clock.now()
    await expect(attest()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(clock.now() - begun).toBeLessThanOrEqual(5000)
    expect(fetches()).toBeLessThanOrEqual(11)
  })

  test('is not done where a pod is enough', async () => {
    kubelet.setPods([creating])
    const { attest, fetches } = start({ matchPodBeforeContainer: true })
    const attributes = await attest()
    expect(attributes.get('kubernetes.pod.name')).toBe('web')
    expect(attributes.has('kubernetes.pod.container.name')).toBe(false)
    expect(fetches()).toBe(1)
  })

  test('ends when the caller leaves', async () => {
    kubelet.behave('stalling')
    const leaving = new AbortController()
    const attesting = start().attest(leaving.signal)
    leaving.abort(new Error('the caller has left'))
    await expect(attesting).rejects.toThrow('the caller has left')
    kubelet.release()
  })
})

describe('the kubelet', () => {
  test('is asked once for all who wait', async () => {
    kubelet.setPods([web])
    const { attest } = start()
    const all = await Promise.all(Array.from({ length: 200 }, () => attest()))
    expect(new Set(all.map((attributes) => attributes.get('kubernetes.pod.uid')))).toEqual(new Set([uid]))
    expect(kubelet.requests).toBe(1)
    expect(kubelet.concurrentMax).toBe(1)
  })

  test('is asked no more often than every half second', async () => {
    kubelet.setPods([])
    const { attest, clock, fetches } = start({ containerWaitSeconds: 3 })
    const begun = clock.now()
    await Promise.allSettled([attest(), attest(), attest()])
    expect(fetches()).toBeLessThanOrEqual(1 + (clock.now() - begun) / KUBELET_INTERVAL_MS)
  })

  test('is asked again after a few seconds, because labels change', async () => {
    kubelet.setPods([web])
    const { attest, clock, fetches } = start()
    await attest()
    await attest()
    expect(fetches()).toBe(1)
    await clock.wait(6000, new AbortController().signal)
    await attest()
    expect(fetches()).toBe(2)
  })

  test('is shown the token that is in the file now', async () => {
    kubelet.setPods([web])
    const { attest, clock } = start()
    await attest()
    await writeFile(tokenFile, 'second')
    kubelet.setTokens(new Map([['second', ['nodes/proxy']]]))
    await clock.wait(6000, new AbortController().signal)
    expect((await attest()).get('kubernetes.pod.uid')).toBe(uid)
  })

  test.each([
    ['a wrong token', () => kubelet.setTokens(new Map()), /does not accept the agent's token/],
    ['a missing right', () => kubelet.setTokens(new Map([['first', []]])), /nodes\/pods.*nodes\/proxy/],
    ['an error', () => kubelet.behave('failing'), /status 500/],
    ['nonsense', () => kubelet.behave('talking nonsense'), /list of pods/],
  ])('%s makes attestation unavailable and says why', async (_name, spoil, reason) => {
    kubelet.setPods([web])
    spoil()
    const failure = await start()
      .attest()
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(reason) })
    expect(String(failure)).not.toContain('first')
  })

  test('is verified when that is asked for', async () => {
    kubelet.setPods([web])
    const authorityFile = join(folder, 'node-1.crt')
    await expect(start({}, undefined, { skipVerification: false, authorityFile }).attest()).resolves.toBeDefined()
    const other = makeSelfSigned(folder, 'other')
    await writeFile(join(folder, 'other.pem'), other.certificate)
    await expect(start({}, undefined, { skipVerification: false, authorityFile: join(folder, 'other.pem') }).attest()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
  })

  test('a missing token says which file', async () => {
    await expect(start({}, undefined, { tokenFile: join(folder, 'none') }).attest()).rejects.toThrow(/none/)
  })
})
