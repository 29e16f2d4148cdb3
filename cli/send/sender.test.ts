import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient, parseScannerKey, type ScannerKeyFile } from '@mintmark/contract/http'
import { LIMITS, type ScanEvent, type ScanHeader } from '@mintmark/contract/scan'
// oxlint-disable-next-line mintmark/layers -- samples are data with a writer, no package of their own
import { writeSampleCluster } from '../../samples/index.ts'
import { runSpirlctl, withFolder } from '../testing.ts'
import { createSender } from './sender.ts'

const CONTROL_PLANE = fileURLToPath(new URL('../../processes/control-plane.ts', import.meta.url))
const EVENTS = 12_000

/** One real control plane with a real database for all tests of this file. */
interface Plane {
  readonly server: string
  readonly home: string
  /** As a crash: its database is left running and is adopted at the next start. */
  kill(): Promise<void>
  /** In order, so that nothing stays behind. */
  stop(): Promise<void>
  start(): Promise<string>
}

let plane: Plane
let release = (): void => undefined
let finished: Promise<void>

beforeAll(async () => {
  const isReady = Promise.withResolvers<Plane>()
  finished = withFolder(async (home) => {
    const started = await startPlane(home)
    isReady.resolve(started)
    await new Promise<void>((resolve) => {
      release = resolve
    })
    await started.stop()
  })
  plane = await isReady.promise
}, 120_000)

afterAll(async () => {
  release()
  await finished
}, 60_000)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port was given')
  return address.port
}

async function startPlane(home: string): Promise<Plane> {
  // Run by root, PostgreSQL is another user, who must be able to walk through to its data.
  await chmod(home, 0o755)
  const listen = `127.0.0.1:${await freePort()}`
  let child: ChildProcess | undefined
  /** @returns what it printed until it was ready */
  async function start(): Promise<string> {
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, MINTMARK_DATA: join(home, 'data'), MINTMARK_LISTEN: listen, MINTMARK_FIRST_SCAN: 'none' }
    const begun = spawn(process.execPath, [CONTROL_PLANE], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    child = begun
    let text = ''
    await new Promise<void>((resolve, reject) => {
      const read = (part: Buffer): void => {
        text += part.toString()
        if (/stop\s+Ctrl-C/.test(text)) resolve()
      }
      begun.stdout.on('data', read)
      begun.stderr.on('data', read)
      begun.once('exit', () => reject(new Error(`The control plane ended: ${text.slice(-2_000)}`)))
    })
    return text
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  const started: Plane = {
    server: `http://${listen}`,
    home,
    start,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
  const link = /http\S+#\S+/.exec(await start())?.[0] ?? ''
  const login = await runSpirlctl(home, ['login', link])
  if (login.code !== 0) throw new Error(login.stderr)
  return started
}

async function createKey(name: string): Promise<{ readonly path: string; readonly key: ScannerKeyFile }> {
  const path = join(plane.home, `${name}.key`)
  const created = await runSpirlctl(plane.home, ['ledger', 'integration', 'create', 'kubernetes', name, '--key-out', path])
  expect(created.code, created.stderr).toBe(0)
  const key = parseScannerKey(await readFile(path, 'utf8'))
  if (key === undefined) throw new Error('The printed key cannot be read back')
  return { path, key }
}

test('the whole way: a key, a scan, the inventory, what changed, and the end of the key', async () => {
  const { path } = await createKey('whole-way')
  const manifests = join(plane.home, 'manifests')
  await writeSampleCluster(manifests)
  const scan = ['scan', 'kubernetes', '--manifests', manifests, '--cluster-name', 'whole-way', '--server', plane.server, '--key', path]
  const sent = await runSpirlctl(plane.home, scan)
  expect(sent.code, sent.stderr).toBe(0)
  expect(sent.stdout).toMatch(/The scan is visible at \S+ as number \d+/)
  const list = await runSpirlctl(plane.home, ['ledger', 'secret', 'list', '--all', '-o', 'json'])
  const { items } = JSON.parse(list.stdout) as { items: readonly { readonly id: string; readonly level: string }[] }
  expect(items.length).toBeGreaterThan(15)
  expect(items[0]?.level).toBe('Critical')
  const questions = [
    ['secret', 'get', items[0]?.id ?? ''],
    ['secret', 'trace', items[0]?.id ?? ''],
    ['application', 'list', '--limit', '2'],
    ['deployment', 'list', '--namespace', 'payments', '-o', 'json'],
    ['identity', 'list', '--kind', 'aws-iam-role'],
    ['scan', 'list'],
    ['scan', 'diff', '0', '1', '--limit', '300'],
    ['integration', 'get', 'whole-way'],
  ]
  for (const [index, answer] of (await Promise.all(questions.map((args) => runSpirlctl(plane.home, ['ledger', ...args])))).entries()) {
    expect(answer.code, `${questions[index]?.join(' ')}: ${answer.stderr}`).toBe(0)
    expect(answer.stdout.length).toBeGreaterThan(20)
  }
  expect((await runSpirlctl(plane.home, ['ledger', 'integration', 'delete', 'whole-way'])).code).toBe(2)
  expect((await runSpirlctl(plane.home, ['ledger', 'integration', 'delete', 'whole-way', '--yes'])).code).toBe(0)
  const refused = await runSpirlctl(plane.home, scan)
  expect(refused.code).toBe(1)
}, 180_000)

test('scanners on different machines recognise a secret that two clusters have, unless one brings a key of its own', async () => {
  const manifests = join(plane.home, 'shared-manifests')
  await writeSampleCluster(manifests)
  /** From a home of its own, as on another machine. @returns how many secrets the inventory has afterwards */
  async function scanFrom(cluster: string, more: readonly string[] = []): Promise<number> {
    const { path } = await createKey(cluster)
    await withFolder(async (elsewhere) => {
      const args = ['scan', 'kubernetes', '--manifests', manifests, '--cluster-name', cluster, '--server', plane.server, '--key', path, ...more]
      const sent = await runSpirlctl(elsewhere, args)
      expect(sent.code, sent.stderr).toBe(0)
      // The managed key is in no file of the scanner's machine.
      expect(await readdir(elsewhere, { recursive: true })).not.toContain('fingerprint.key')
    })
    const list = await runSpirlctl(plane.home, ['ledger', 'secret', 'list', '--all', '-o', 'json'])
    return (JSON.parse(list.stdout) as { items: readonly unknown[] }).items.length
  }
  const before = await scanFrom('north')
  expect(await scanFrom('south')).toBe(before)
  const own = join(plane.home, 'own.key')
  await writeFile(own, `${'5e'.repeat(32)}\n`)
  expect(await scanFrom('apart', ['--fingerprint-key', own])).toBeGreaterThan(before)
}, 180_000)

test('a server that is killed in the middle of a scan loses and doubles nothing', async () => {
  const { key } = await createKey('killed')
  const notices: string[] = []
  const sender = createSender({
    server: plane.server,
    key,
    signal: new AbortController().signal,
    now: () => new Date(),
    onNotice: (text) => notices.push(text),
  })
  const header = headerOf('killed')
  await sender.begin(header)
  for (let index = 0; index < EVENTS / 2; index += 1) await sender.take(eventOf(index))
  await plane.kill()
  const rest = (async () => {
    for (let index = EVENTS / 2; index < EVENTS; index += 1) await sender.take(eventOf(index))
    await sender.take({ type: 'coverage', collection: 'configmaps', scope: {}, coverage: { state: 'complete' }, objects: EVENTS })
    await sender.end({ type: 'end', finishedAt: new Date().toISOString(), lines: EVENTS + 1 })
  })()
  await plane.start()
  await rest
  expect(sender.sent?.state).toBe('visible')
  expect(notices.join('\n')).toMatch(/does not answer.*Trying again/)
  const { token } = await tokenOf()
  const references = createClient({ server: plane.server, token })
  let count = 0
  let pageToken: string | undefined
  do {
    const page = await references.listReferences({ query: { namespace: 'killed', pageSize: 200, ...(pageToken === undefined ? {} : { pageToken }) } })
    count += page.items.length
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
  expect(count).toBe(EVENTS)
}, 180_000)

test('a key of nobody is refused at once, without waiting', async () => {
  const { path } = await createKey('stranger')
  const text = await readFile(path, 'utf8')
  const foreign = join(plane.home, 'foreign.key')
  await writeFile(foreign, text.replace(/^Mintmark-Integration: .*$/m, 'Mintmark-Integration: int-01a20502-0000-7000-8000-000000000000'))
  const manifests = join(plane.home, 'stranger')
  await writeSampleCluster(manifests)
  const refused = await runSpirlctl(plane.home, ['scan', 'kubernetes', '--manifests', manifests, '--server', plane.server, '--key', foreign])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/assertion/i)
})

async function tokenOf(): Promise<{ readonly token: string }> {
  const text = await readFile(join(plane.home, '.config', 'mintmark', 'credentials.json'), 'utf8')
  const { servers } = JSON.parse(text) as { servers: Record<string, { readonly token: string }> }
  const token = servers[plane.server]?.token
  if (token === undefined) throw new Error('Nobody is signed in')
  return { token }
}

function headerOf(name: string): ScanHeader {
  return {
    type: 'scan',
    version: LIMITS.documentVersion,
    scanId: crypto.randomUUID(),
    connector: 'kubernetes',
    source: { key: `manifests:${name}`, name },
    mode: 'full',
    startedAt: new Date().toISOString(),
    scanner: { version: '0.1.0', rules: 'test' },
    fingerprintKeyId: '0123456789abcdef',
  }
}

function eventOf(index: number): ScanEvent {
  const name = `settings-${index}`
  return {
    type: 'observation',
    collection: 'configmaps',
    namespace: 'killed',
    object: name,
    observation: {
      entity: 'reference',
      key: `manifests:killed/killed/ConfigMap/${name}#data[token]##vault`,
      object: { kind: 'ConfigMap', namespace: 'killed', name },
      path: 'data[token]',
      entry: 'token',
      kind: 'vault',
      target: `vault:kv/data/killed/${index}#token`,
    },
  }
}
