import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peerIsMissing, startCluster } from '@mintmark/tools/peers'
import type { Cluster } from '@mintmark/tools/peers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openCluster } from '../cluster/open.ts'
import { startIdentityProvider } from '../fixtures/identity-provider.ts'
import type { FakeIdentityProvider } from '../fixtures/identity-provider.ts'
import { createMarkingDetector } from '../fixtures/marking-detector.ts'
import { readScan } from '../fixtures/read.ts'

const CLIENT = 'kubernetes'
const SUBJECT = 'ada'
const signal = new AbortController().signal
const timing = { idleMsMax: 5_000, retryMsMax: 10, backoffMsMin: 1, backoffMsMax: 5 }

/** An HTTP proxy that tunnels, and remembers for whom. */
async function startProxy() {
  const tunnels: string[] = []
  const seen: (string | undefined)[] = []
  const server = createServer((_request, response) => void response.writeHead(405).end())
  server.on('connect', (request, client, head) => {
    tunnels.push(request.url ?? '')
    seen.push(request.headers['proxy-authorization'])
    const [host, port] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(client).pipe(upstream)
    })
    for (const [end, other] of [
      [upstream, client],
      [client, upstream],
    ] as const)
      end.on('error', () => other.destroy()).on('close', () => other.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    tunnels,
    seen,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

describe.skipIf(peerIsMissing('kubernetes'))('ways to a real API server', () => {
  let folder: string
  let provider: FakeIdentityProvider
  let cluster: Cluster
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mintmark-access-'))
    provider = await startIdentityProvider(CLIENT, SUBJECT)
    const flags = { 'issuer-url': provider.issuer, 'client-id': CLIENT, 'ca-file': provider.caFile, 'username-claim': 'sub', 'username-prefix': '-' }
    const extraApiServerFlags = Object.entries(flags).map(([name, value]) => `--oidc-${name}=${value}`)
    cluster = await startCluster({ controllerManager: false, extraApiServerFlags })
    const object = {
      metadata: { name: 'ada-reads' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'User', name: SUBJECT }],
    }
    await cluster.api.create([{ path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', object }])
  })
  beforeEach(() => {
    provider.fault = () => false
    provider.renewals.length = 0
    provider.refreshToken = 'canary-refresh'
  })
  afterAll(async () => {
    await cluster?.stop()
    await provider.close()
    await rm(folder, { recursive: true })
  })

  async function open(change: { readonly user?: object; readonly cluster?: object }) {
    const config: { clusters: { cluster: object }[]; users: { user: object }[] } = JSON.parse(await readFile(cluster.kubeconfig, 'utf8'))
    const path = join(folder, 'config')
    const text = JSON.stringify({
      ...config,
      clusters: config.clusters.map((one) => ({ ...one, cluster: { ...one.cluster, ...change.cluster } })),
      users: config.users.map((one) => ({ ...one, user: change.user ?? one.user })),
    })
    await writeFile(path, text)
    const source = { type: 'kubeconfig', path, allowExec: false } as const
    const opened = await openCluster(source, { source }, signal, timing)
    try {
      const scan = await readScan(opened.collect(createMarkingDetector(), { signal, clock: () => new Date(0) }))
      return { states: new Set(scan.coverage.map((line) => line.coverage.state)), untouched: (await readFile(path, 'utf8')) === text }
    } finally {
      await opened.close()
    }
  }

  const oidcUser = (more: Readonly<Record<string, string>> = {}) => ({
    'auth-provider': {
      name: 'oidc',
      config: {
        'idp-issuer-url': provider.issuer,
        'idp-certificate-authority-data': Buffer.from(provider.caPem).toString('base64'),
        'client-id': CLIENT,
        'client-secret': 'plainly fake',
        'refresh-token': 'canary-refresh',
        'id-token': provider.idToken(SUBJECT, new Date(Date.now() - 60_000)),
        ...more,
      },
    },
  })

  test('an OIDC token that has ended is renewed once, and the kubeconfig stays as it is', async () => {
    expect(await open({ user: oidcUser() })).toEqual({ states: new Set(['complete']), untouched: true })
    expect(provider.renewals).toEqual([
      {
        form: { grant_type: 'refresh_token', refresh_token: 'canary-refresh' },
        authorization: `Basic ${Buffer.from(`${CLIENT}:plainly+fake`).toString('base64')}`,
      },
    ])
  })

  test('an OIDC token that the server refuses is renewed, too', async () => {
    const other = provider.idToken('nobody', new Date(Date.now() + 600_000)).replace(/\.[^.]*$/, '.AAAA')
    expect((await open({ user: oidcUser({ 'id-token': other, 'client-secret': '' }) })).states).toEqual(new Set(['complete']))
    expect(provider.renewals.map(({ form, authorization }) => [form['client_id'], authorization])).toEqual([[CLIENT, undefined]])
  })

  test('what the provider says is told without a token', async () => {
    const refused = open({ user: oidcUser({ 'refresh-token': 'canary-other' }) })
    await expect(refused).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('(invalid_grant)'),
      remedy: expect.stringContaining('Log in again'),
    })
    provider.fault = (_request, response) => {
      response.end('canary')
      return true
    }
    const odd = open({ user: oidcUser() })
    await expect(odd).rejects.toMatchObject({ name: 'UserError', message: expect.stringContaining('another issuer') })
    await expect(odd).rejects.toMatchObject({ message: expect.not.stringContaining('canary') })
  })

  test('a provider whose authority is not named is not trusted', async () => {
    await expect(open({ user: oidcUser({ 'idp-certificate-authority-data': '' }) })).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('identity provider'),
      remedy: expect.stringContaining('idp-certificate-authority'),
    })
  })

  test('a proxy tunnels to the API server', async () => {
    const proxy = await startProxy()
    const result = await open({ cluster: { 'proxy-url': `http://user:pass@127.0.0.1:${proxy.port}` } })
    expect(result.states).toEqual(new Set(['complete']))
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(cluster.server).host]))
    expect(proxy.seen[0]).toBe(`Basic ${Buffer.from('user:pass').toString('base64')}`)
    await proxy.close()
    await expect(open({ cluster: { 'proxy-url': `http://user:canary@127.0.0.1:${proxy.port}` } })).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(/^(?!.*canary).*through the proxy at 127\.0\.0\.1/),
    })
  })
})
