import { mkdtemp, rm } from 'node:fs/promises'
import { get, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeSelfSigned, sketchPod, startFakeKubelet, type FakeKubelet, type SelfSigned } from './index.ts'

let folder: string
let certificate: SelfSigned
let kubelet: FakeKubelet
const tokens = new Map<string, readonly ('nodes/pods' | 'nodes/proxy' | 'nodes/stats')[]>([
  ['fine', ['nodes/pods']],
  ['wide', ['nodes/proxy']],
  ['other', ['nodes/stats']],
])

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-kubelet-'))
  certificate = makeSelfSigned(folder, 'node-1')
  kubelet = await startFakeKubelet({ certificate, tokens })
})

afterAll(async () => {
  await kubelet.close()
  await rm(folder, { recursive: true })
})

async function ask(port: number, token: string | undefined, path = '/pods', method = 'GET'): Promise<{ status: number | undefined; body: string }> {
  return await new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    request({ host: '127.0.0.1', port, path, method, headers, rejectUnauthorized: false }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode, body }))
    })
      .on('error', reject)
      .end()
  })
}

describe('the fake kubelet', () => {
  test.each([
    [undefined, '/pods', 'GET', 401],
    ['unknown', '/pods', 'GET', 401],
    ['other', '/pods', 'GET', 403],
    ['other', '/nothing', 'GET', 403],
    ['fine', '/pods', 'GET', 200],
    ['wide', '/pods', 'GET', 200],
    ['wide', '/nothing', 'GET', 404],
    ['wide', '/pods', 'POST', 405],
  ])('token %s, %s, %s: %i', async (token, path, method, status) => {
    expect((await ask(kubelet.port, token, path, method)).status).toBe(status)
  })

  test('before Kubernetes 1.33 only nodes/proxy opens the list', async () => {
    const old = await startFakeKubelet({ certificate, tokens, fineGrainedAuthorization: false })
    expect((await ask(old.port, 'fine')).status).toBe(403)
    expect((await ask(old.port, 'wide')).status).toBe(200)
    await old.close()
  })

  test('lists the pods it was given', async () => {
    kubelet.setPods([sketchPod({ name: 'web', uid: 'u', containers: [{ name: 'app', id: 'a'.repeat(64) }] })])
    const { body } = await ask(kubelet.port, 'fine')
    expect(JSON.parse(body)).toMatchObject({ kind: 'PodList', items: [{ metadata: { name: 'web' }, status: { containerStatuses: [{ name: 'app' }] } }] })
  })

  test('has a certificate that it signed itself', async () => {
    await expect(
      new Promise((resolve, reject) => {
        get({ host: '127.0.0.1', port: kubelet.port, path: '/pods' }, resolve).on('error', reject)
      }),
    ).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })
})
