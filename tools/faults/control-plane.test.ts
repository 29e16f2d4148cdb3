import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type Client } from '@mintmark/contract/http'
import { type Cluster, peerIsMissing, startCluster } from '../peers/index.ts'
import { type Running, makeHome, runSpirlctl, startControlPlane, startSpirlctl } from './programs.ts'
import { PASS, type Proxy, startProxy } from './proxy.ts'

/** Stands in every value; must stand in nothing that is printed. */
const CANARY = 'Pelikan-7719-umbra'
/** Enough for several chunks. */
const SECRETS = 1_500
const PAGE = 200
/** Pieces of a connection: the first requests have fewer, a chunk has more. */
const CHUNK_WRITES_MAX = 8
const POLL = { timeout: 60_000, interval: 50 }

async function load(cluster: Cluster): Promise<void> {
  await cluster.api.create(
    Array.from({ length: SECRETS }, (_, index) => ({
      path: '/api/v1/namespaces/default/secrets',
      object: { metadata: { name: `s${index}` }, data: { password: Buffer.from(`${CANARY}-${index}`).toString('base64') } },
    })),
  )
}

describe.skipIf(peerIsMissing('kubernetes'))('a control plane, its database and its scanners', () => {
  let cluster: Cluster
  let home: Awaited<ReturnType<typeof makeHome>>
  let plane: Running
  let proxy: Proxy
  let server: string
  let client: Client
  const keys = new Map<string, string>()

  const scanArgs = (key: string): string[] => {
    const args = ['scan', 'kubernetes', '--kubeconfig', cluster.kubeconfig, '--cluster-name', 'one', '--server', server, '--key', keys.get(key) ?? '']
    return args
  }

  /** Keys of all secrets, each with the number of its places. */
  async function inventory(): Promise<string[]> {
    const found: string[] = []
    let pageToken: string | undefined
    do {
      const page = await client.listSecrets({ query: { pageSize: PAGE, ...(pageToken === undefined ? {} : { pageToken }) } })
      found.push(...page.items.map(({ id, key, occurrencesTotal }) => `${id} ${key} ${occurrencesTotal}`))
      pageToken = page.nextPageToken
    } while (pageToken !== undefined)
    return found.toSorted()
  }

  const countScans = async (): Promise<number> => (await client.listScans({ query: { pageSize: PAGE } })).items.length

  beforeAll(async () => {
    ;[cluster, home] = await Promise.all([startCluster({ controllerManager: false }), makeHome()])
    const [started] = await Promise.all([startControlPlane(home.path), load(cluster)])
    plane = started
    const [address = ''] = await plane.until(/http:\/\/127\.0\.0\.1:\d+/)
    const [link = ''] = await plane.until(/http\S+#\S+/)
    const direct = new URL(address)
    proxy = await startProxy(Number(direct.port))
    server = `http://127.0.0.1:${proxy.port}`
    const login = await runSpirlctl(home.path, ['login', link])
    expect(login.code, login.stderr).toBe(0)
    const { servers } = JSON.parse(await readFile(join(home.path, '.config', 'mintmark', 'credentials.json'), 'utf8'))
    const [stored] = Object.values<{ readonly token: string }>(servers)
    client = createClient({ server: direct.origin, token: stored?.token ?? '' })
    for (const name of ['first', 'second']) {
      const file = join(home.path, `${name}.key`)
      const created = await runSpirlctl(home.path, ['ledger', 'integration', 'create', 'kubernetes', name, '--key-out', file])
      expect(created.code, created.stderr).toBe(0)
      keys.set(name, file)
    }
  })
  afterAll(async () => {
    await proxy?.close()
    plane?.kill('SIGTERM')
    await Promise.all([plane?.finished, cluster?.stop()])
    await home?.remove()
  })

  test('two scanners of one integration, and one of another, at once: every secret is there once', async () => {
    const scans = await Promise.all(['first', 'first', 'second'].map((key) => runSpirlctl(home.path, scanArgs(key))))
    // A slow machine gets progress lines; anything else on stderr would be a complaint.
    const complaints = (stderr: string): string => stderr.replaceAll(/^Reading .*\n/gm, '')
    expect(scans.map(({ code, stderr }) => [code, complaints(stderr)])).toEqual(scans.map(() => [0, '']))
    const found = await inventory()
    expect(found).toHaveLength(SECRETS)
    expect(found.filter((line) => !line.endsWith(' 1'))).toEqual([])
    expect(scans.map(({ stdout }) => stdout).join('')).not.toContain(CANARY)
  })

  test('the same scan again changes nothing', async () => {
    const before = await inventory()
    expect(await runSpirlctl(home.path, scanArgs('first'))).toMatchObject({ code: 0 })
    expect(await inventory()).toEqual(before)
  })

  test('a scanner that is killed while it sends leaves nothing half seen, and the next one brings the change', async () => {
    const before = await inventory()
    await cluster.api.request('DELETE', '/api/v1/namespaces/default/secrets/s0')
    // No connection lasts for a whole chunk; so the scan has begun and cannot end.
    const known = await countScans()
    proxy.fate = () => CHUNK_WRITES_MAX
    const killed = startSpirlctl(home.path, scanArgs('first'))
    await expect.poll(countScans, POLL).toBe(known + 1)
    killed.kill('SIGKILL')
    expect(await killed.finished).toMatchObject({ code: undefined })
    expect(await inventory()).toEqual(before)
    proxy.fate = () => PASS
    expect(await runSpirlctl(home.path, scanArgs('first'))).toMatchObject({ code: 0 })
    expect(await inventory()).toHaveLength(SECRETS - 1)
  })

  test('a database that is killed in the middle of a scan comes back, and nothing is lost or doubled', async () => {
    const before = await inventory()
    await cluster.api.request('DELETE', '/api/v1/namespaces/default/secrets/s1')
    const known = await countScans()
    const scan = runSpirlctl(home.path, scanArgs('first'))
    await expect.poll(countScans, POLL).toBe(known + 1)
    const [pid = ''] = (await readFile(join(home.path, 'data', 'postgres', 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
    process.kill(Number(pid), 'SIGKILL')
    expect(await scan).toMatchObject({ code: 0 })
    const after = await inventory()
    expect(after).toHaveLength(SECRETS - 2)
    expect(before.filter((line) => !after.includes(line))).toHaveLength(1)
    expect(plane.stdout() + plane.stderr()).not.toContain(CANARY)
  })
})
