import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ScanLine } from '@mintmark/contract/scan'
import { type Cluster, peerIsMissing, startCluster } from '../peers/index.ts'
import { type Finished, makeHome, runSpirlctl } from './programs.ts'
import { type Fate, PASS, type Proxy, startProxy } from './proxy.ts'

const MEBIBYTE_BYTES = 1024 * 1024
/** Stands in every value; must stand in nothing that is printed. */
const CANARY = 'Pelikan-7719-umbra'
/** Several pages of Secrets, so that there is a middle in which a connection can break. */
const SECRETS = 700
/** A handshake and two or three requests, so that lists need many connections. */
const WRITES_MAX = 5
const base64 = (text: string): string => Buffer.from(text).toString('base64')

function workload(name: string, ownerUid: string): object {
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'owner', uid: ownerUid, controller: true }
  const env = [
    { name: 'LARGE', value: 'x '.repeat(MEBIBYTE_BYTES / 2) },
    { name: 'DB_PASSWORD', value: `${CANARY}-${name}` },
  ]
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: `acme/${name}:1`, env }] } }
  return { metadata: { name, ownerReferences: [owner] }, spec: { replicas: 0, selector: { matchLabels: { app: name } }, template } }
}

/** Some kilobytes that unpack to 128 MB. */
function bomb(): string {
  const release = gzipSync(Buffer.alloc(128 * MEBIBYTE_BYTES, 0x20), { level: 9 })
  return base64(release.toString('base64'))
}

async function load(cluster: Cluster): Promise<void> {
  const deployments = '/apis/apps/v1/namespaces/default/deployments'
  const secrets = '/api/v1/namespaces/default/secrets'
  const release = { metadata: { name: 'sh.helm.release.v1.bomb.v1' }, type: 'helm.sh/release.v1', data: { release: bomb() } }
  await cluster.api.create([
    ...Array.from({ length: SECRETS }, (_, index) => ({
      path: secrets,
      object: { metadata: { name: `s${index}` }, data: { password: base64(`${CANARY}-${index}`) } },
    })),
    { path: secrets, object: release },
    { path: '/api/v1/namespaces/default/serviceaccounts', object: { metadata: { name: 'scanner' } } },
    { path: deployments, object: workload('first', 'nobody') },
    { path: deployments, object: workload('second', 'nobody') },
  ])
  const uidOf = async (name: string): Promise<string> =>
    /"uid":"([0-9a-f-]{36})"/.exec((await cluster.api.request('GET', `${deployments}/${name}`)).body)?.[1] ?? ''
  for (const [name, owner] of [
    ['first', 'second'],
    ['second', 'first'],
  ] as const) {
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: owner, uid: await uidOf(owner), controller: true }]
    await cluster.api.request('PATCH', `${deployments}/${name}`, { metadata: { ownerReferences } })
  }
}

/** Everything that a scan says, as a set: keys of what was found, gaps and problems. */
function saidBy({ stdout }: Finished): string[] {
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => ScanLine.parse(JSON.parse(line)))
  const said = lines.flatMap((line) => {
    if (line.type === 'observation') return [`${line.observation.entity} ${JSON.stringify(line.observation)}`]
    if (line.type === 'coverage') return [`coverage ${line.collection} ${JSON.stringify(line.coverage)} ${line.objects}`]
    return line.type === 'problem' ? [`problem ${line.object} ${line.field}: ${line.problem}`] : []
  })
  return said.toSorted()
}

describe.skipIf(peerIsMissing('kubernetes'))('a real API server behind a bad network', () => {
  let cluster: Cluster
  let home: Awaited<ReturnType<typeof makeHome>>
  let calm: Finished
  const proxies: Proxy[] = []
  /** Begins at once and is looked at last: the scanner waits half a minute before it gives a silent connection up. */
  let stalled: Promise<Finished>

  async function scanThrough(fate: (connection: number) => Fate, connectionsMin: number): Promise<Finished> {
    const proxy = await startProxy(Number(new URL(cluster.server).port))
    proxies.push(proxy)
    proxy.fate = fate
    const path = join(home.path, `kubeconfig-${proxy.port}`)
    await writeFile(path, (await readFile(cluster.kubeconfig, 'utf8')).replace(cluster.server, `https://127.0.0.1:${proxy.port}`))
    const finished = await runSpirlctl(home.path, ['scan', 'kubernetes', '--kubeconfig', path, '-o', 'ndjson'])
    expect(proxy.connections()).toBeGreaterThanOrEqual(connectionsMin)
    return finished
  }

  beforeAll(async () => {
    ;[cluster, home] = await Promise.all([startCluster({ controllerManager: false }), makeHome()])
    await load(cluster)
    stalled = scanThrough((connection) => (connection === 2 ? 'stall' : PASS), 2)
    stalled.catch(() => undefined)
    calm = await runSpirlctl(home.path, ['scan', 'kubernetes', '--kubeconfig', cluster.kubeconfig, '-o', 'ndjson'])
  })
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await cluster?.stop()
    await home?.remove()
  })

  test('a bomb is named by object and field, and everything beside it is found once', () => {
    const said = saidBy(calm)
    expect([calm.code, calm.stderr]).toEqual([0, ''])
    expect(said.filter((line) => line.startsWith('problem'))).toEqual([
      expect.stringMatching(/^problem sh\.helm\.release\.v1\.bomb\.v1 data\[release\]: .*could not be unpacked/),
      expect.stringMatching(/^problem sh\.helm\.release\.v1\.bomb\.v1 data\[release\]: .*unpacks to more than/),
    ])
    expect(said.filter((line) => line.startsWith('occurrence'))).toHaveLength(SECRETS + 2)
    expect(said.filter((line) => line.startsWith('coverage') && !line.includes('"complete"'))).toEqual([])
    expect(calm.stdout).not.toContain(CANARY)
  })

  test('deployments that own each other are both there', () => {
    expect(saidBy(calm).filter((line) => line.startsWith('deployment ') && /"name":"(first|second)"/.test(line))).toHaveLength(2)
  })

  test('in a pod, the token and the authority of its ServiceAccount are enough', async () => {
    const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' }
    const subjects = [{ kind: 'ServiceAccount', name: 'scanner', namespace: 'default' }]
    const accounts = '/api/v1/namespaces/default/serviceaccounts'
    await cluster.api.create([
      { path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', object: { metadata: { name: 'pod-scanner' }, roleRef: role, subjects } },
    ])
    const { body } = await cluster.api.request('POST', `${accounts}/scanner/token`, { spec: { expirationSeconds: 600 } })
    const folder = join(home.path, 'account')
    await mkdir(folder)
    await writeFile(join(folder, 'token'), /"token":"([^"]+)"/.exec(body)?.[1] ?? '', { mode: 0o600 })
    await writeFile(join(folder, 'ca.crt'), await readFile(cluster.certificates.caFile))
    const { hostname, port } = new URL(cluster.server)
    const pod = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, MINTMARK_SERVICE_ACCOUNT_FOLDER: folder }
    const found = async (): Promise<number> => {
      const finished = await runSpirlctl(home.path, ['scan', 'kubernetes', '-o', 'ndjson'], pod)
      expect([finished.code, finished.stderr]).toEqual([0, ''])
      return saidBy(finished).filter((line) => line.startsWith('occurrence')).length
    }
    // The authorizer learns of the new binding a moment later.
    await expect.poll(found, { timeout: 20_000 }).toBe(SECRETS + 2)
  })

  test('every third connection dropped: nothing is lost, nothing is doubled', async () => {
    const dropped = await scanThrough((connection) => (connection % 3 === 0 ? 0 : WRITES_MAX), 5)
    expect([dropped.code, saidBy(dropped)]).toEqual([0, saidBy(calm)])
  })

  test('a connection on which nothing ever comes: nothing is lost, nothing is doubled', async () => {
    const finished = await stalled
    expect([finished.code, saidBy(finished)]).toEqual([0, saidBy(calm)])
  })
})
