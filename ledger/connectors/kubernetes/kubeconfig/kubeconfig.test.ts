import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConnection } from './connection.ts'
import { listContexts, loadKubeconfig } from './file.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mintmark-kubeconfig-'))
})
afterAll(() => rm(folder, { recursive: true }))

const now = new Date('2026-06-01T00:00:00Z')
const signal = new AbortController().signal
let count = 0

async function write(content: unknown): Promise<string> {
  count += 1
  const path = join(folder, `config-${count}`)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

function config(user: Readonly<Record<string, unknown>>, cluster: Readonly<Record<string, unknown>> = {}) {
  return {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  }
}

const connect = async (content: unknown, allowExec = false) => readConnection({ type: 'kubeconfig', path: await write(content), allowExec }, now)
const jwt = (exp: number) => ['e30', Buffer.from(JSON.stringify({ exp })).toString('base64url'), 'x'].join('.')
const plugin = (expires: string) => ({
  apiVersion: 'client.authentication.k8s.io/v1',
  command: process.execPath,
  args: [
    '-e',
    `console.log(JSON.stringify({apiVersion:'client.authentication.k8s.io/v1',kind:'ExecCredential',status:{token:'t'+process.pid,expirationTimestamp:'${expires}'}}))`,
  ],
})

describe('credentials', () => {
  test('a token, and a token in a file beside the kubeconfig', async () => {
    const { credentials } = await connect(config({ token: 'plain' }))
    expect(await credentials.proof(false, signal)).toEqual({ authorization: 'Bearer plain' })
    await writeFile(join(folder, 'token'), 'first\n')
    const fromFile = await connect(config({ tokenFile: 'token' }))
    expect(await fromFile.credentials.proof(false, signal)).toEqual({ authorization: 'Bearer first' })
    await writeFile(join(folder, 'token'), 'second\n')
    expect(await fromFile.credentials.proof(false, signal)).toEqual({ authorization: 'Bearer first' })
    expect(await fromFile.credentials.proof(true, signal)).toEqual({ authorization: 'Bearer second' })
  })

  test('a plugin runs only with leave, and again only when its credential ends or is refused', async () => {
    await expect(connect(config({ exec: plugin('2099-01-01T00:00:00Z') }))).rejects.toMatchObject({
      label: 'exec-not-allowed',
      remedy: expect.stringContaining('--allow-exec'),
    })
    const { credentials } = await connect(config({ exec: plugin('2099-01-01T00:00:00Z') }), true)
    const first = await credentials.proof(false, signal)
    expect(await credentials.proof(false, signal)).toEqual(first)
    expect(await credentials.proof(true, signal)).not.toEqual(first)
    const expiring = await connect(config({ exec: plugin('2001-01-01T00:00:00Z') }), true)
    expect(await expiring.credentials.proof(false, signal)).not.toEqual(await expiring.credentials.proof(false, signal))
  })

  test('a plugin that fails or prints something else is named, without its output', async () => {
    const broken = await connect(
      config({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', 'console.log("canary")'] } }),
      true,
    )
    await expect(broken.credentials.proof(false, signal)).rejects.toMatchObject({ label: 'exec-output', message: expect.not.stringContaining('canary') })
    const missing = await connect(config({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-command-here' } }), true)
    await expect(missing.credentials.proof(false, signal)).rejects.toMatchObject({ label: 'exec-failed' })
  })

  test('an OIDC token is used while it lives', async () => {
    const user = (exp: number) => ({ 'auth-provider': { name: 'oidc', config: { 'id-token': jwt(exp) } } })
    const { credentials } = await connect(config(user(now.getTime() / 1_000 + 60)))
    expect((await credentials.proof(false, signal)).authorization).toMatch(/^Bearer /)
    await expect(connect(config(user(now.getTime() / 1_000 - 60)))).rejects.toMatchObject({ label: 'token-expired' })
  })
})

describe('mistakes', () => {
  test.each([
    ['no current context', { contexts: [{ name: 'a', context: { cluster: 'c' } }] }, 'kubeconfig-context'],
    ['an unknown cluster', { ...config({}), clusters: [] }, 'kubeconfig-cluster'],
    ['no server', { ...config({}), clusters: [{ name: 'c', cluster: {} }] }, 'kubeconfig-server'],
    ['a SOCKS proxy', config({}, { 'proxy-url': 'socks5://user:canary@proxy:1080' }), 'proxy-url'],
    ['a proxy that is none', config({}, { 'proxy-url': 'canary' }), 'proxy-url'],
    [
      'an issuer without TLS',
      config({ 'auth-provider': { name: 'oidc', config: { 'idp-issuer-url': 'http://idp', 'client-id': 'k', 'refresh-token': 'canary' } } }),
      'auth-provider',
    ],
    ['a missing certificate file', config({ 'client-certificate': 'gone.pem', 'client-key': 'gone.key' }), 'kubeconfig-file'],
    ['a certificate without a key', config({ 'client-certificate-data': 'AAAA' }), 'kubeconfig-invalid'],
    ['a certificate that is none', config({ 'client-certificate-data': 'AAAA', 'client-key-data': 'AAAA' }), 'certificate-expired'],
    ['an old plugin', config({ exec: { apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'x' } }), 'exec-version'],
    ['broken YAML', 'users: [canary-in-the-file', 'kubeconfig-invalid'],
    ['wrong types', { users: 'canary' }, 'kubeconfig-invalid'],
  ])('%s is explained and quotes nothing', async (_name, content, label) => {
    await expect(connect(content)).rejects.toMatchObject({
      name: 'UserError',
      label,
      message: expect.not.stringContaining('canary'),
      remedy: expect.stringMatching(/\w/),
    })
  })

  test('a missing file is explained', async () => {
    await expect(readConnection({ type: 'kubeconfig', path: join(folder, 'none'), allowExec: false }, now)).rejects.toMatchObject({
      label: 'kubeconfig-missing',
    })
  })
})

describe('several files', () => {
  test('are one, of equal names the first counts', async () => {
    const first = await write({ clusters: [{ name: 'c', cluster: { server: 'https://first' } }] })
    const second = await write(config({ token: 't' }))
    const merged = await loadKubeconfig(undefined, { KUBECONFIG: [first, join(folder, 'none'), second].join(delimiter) })
    expect(merged.clusters.get('c')?.entry.server).toBe('https://first')
    expect(merged.currentContext).toBe('here')
  })

  test('offer their contexts, the current one first', async () => {
    const contexts = [{ name: 'other', context: { cluster: 'c', user: 'u' } }, ...config({}).contexts]
    const path = await write({ ...config({ exec: { command: 'x' } }), contexts })
    expect(await listContexts(path)).toEqual([
      { name: 'here', cluster: 'c', serverHost: '127.0.0.1:6443', current: true, runsCommand: true },
      { name: 'other', cluster: 'c', serverHost: '127.0.0.1:6443', current: false, runsCommand: true },
    ])
  })
})
