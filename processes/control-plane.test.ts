import { createHash, randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { createClient, parseScannerKey, type Client } from '@mintmark/contract/http'
import type { ScanEvent, ScanHeader } from '@mintmark/contract/scan'
// oxlint-disable-next-line mintmark/layers -- the samples are what the process scans, and their values are the canaries
import { sampleValues } from '../samples/values.ts'
import { administratorOf, filesHolding, makeHome, scannerOf, sendChunk, startProcess } from './process-testing.ts'

// Each test makes one durable database or more, which takes as long as the disk takes.
vi.setConfig({ testTimeout: 240_000 })

const READY = /Ctrl-C\n/
const homes: string[] = []

async function newHome(): Promise<string> {
  const home = await makeHome()
  homes.push(home)
  return home
}

afterEach(async () => {
  for (const home of homes.splice(0)) await rm(home, { recursive: true, force: true })
})

/** Values that stand in the manifests and must stand nowhere else. The publishable key is public, the AWS key id too. */
const CANARIES = [...sampleValues()].filter(([name]) => !['stripe-publishable', 'aws-access-key-id'].includes(name)).map(([, value]) => value)

function header(): ScanHeader {
  return {
    type: 'scan',
    version: 1,
    scanId: randomUUID(),
    connector: 'kubernetes',
    source: { key: 'crash', name: 'crash' },
    mode: 'full',
    startedAt: '2026-05-01T10:00:00.000Z',
    scanner: { version: '0.1.0', rules: 'test' },
    fingerprintKeyId: '0123456789abcdef',
  }
}

function occurrences(count: number): ScanEvent[] {
  return Array.from({ length: count }, (_, index): ScanEvent => {
    const name = `config-${index}`
    const finding = {
      kind: 'password',
      role: 'secret' as const,
      provider: 'generic',
      confidence: 'medium' as const,
      rule: 'name',
      attributes: {},
      reasons: [],
      fingerprint: createHash('sha256').update(name).digest('hex'),
    }
    const place = {
      key: `crash/shop/ConfigMap/${name}#data[password]##1:1#name`,
      object: { kind: 'ConfigMap', namespace: 'shop', name },
      path: 'data[password]',
      entry: 'password',
    }
    const observation = {
      entity: 'occurrence' as const,
      ...place,
      position: { line: 1, column: 1, length: 9 },
      encoding: [],
      exposure: 'configmap' as const,
      finding,
    }
    return { type: 'observation', collection: 'configmaps', namespace: 'shop', object: name, observation }
  })
}

async function countSecrets(client: Client): Promise<number> {
  let count = 0
  let pageToken: string | undefined
  do {
    const page = await client.listSecrets({ query: { pageSize: 200, pageToken } })
    count += page.items.length
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
  return count
}

test('the first start ends with the inventory of the sample on the screen, and no value is anywhere', async () => {
  const home = await newHome()
  const running = await startProcess(home, ['--log-level', 'debug'], /spirlctl ledger secret list/)
  expect(running.output()).toContain('bundled sample cluster')
  expect(running.output()).toMatch(/Critical/)
  const { client, token } = await administratorOf(running)
  const { items } = await client.listIntegrations()
  expect(items.map(({ name }) => name)).toEqual(['sample cluster'])
  expect(await countSecrets(client)).toBeGreaterThan(10)
  const answers: unknown[] = []
  for (const { id } of (await client.listSecrets({ query: { pageSize: 200 } })).items) {
    answers.push(await client.traceSecret({ params: { secretId: id } }), await client.listOccurrences({ params: { secretId: id } }))
  }
  answers.push(await client.listReferences({ query: { pageSize: 200 } }), await client.listIdentities({ query: { pageSize: 200 } }), await client.listScans())
  for (const value of CANARIES) expect(JSON.stringify(answers) + running.output()).not.toContain(value)
  expect(await running.end('SIGTERM')).toBe(0)
  const data = join(home, 'data')
  const bytesAreSearched = await filesHolding(data, ['orders-db'])
  expect(bytesAreSearched.length).toBeGreaterThan(0)
  expect(await filesHolding(data, [...CANARIES, token, running.link?.split('#')[1] ?? 'none'])).toEqual([])
})

test('a second start keeps everything, scans nothing, and prints no link once somebody signed in', async () => {
  const home = await newHome()
  const first = await startProcess(home, [], /spirlctl ledger secret list/)
  const count = await countSecrets((await administratorOf(first)).client)
  expect(await first.end('SIGINT')).toBe(0)
  const second = await startProcess(home, [], READY)
  expect(second.link).toBeUndefined()
  expect(second.output()).not.toContain('sample cluster')
  expect(await second.end('SIGTERM')).toBe(0)
  const third = await startProcess(home, ['--admin-link'], READY)
  expect(await countSecrets((await administratorOf(third)).client)).toBe(count)
  expect(await third.end('SIGTERM')).toBe(0)
})

test('killed while it takes chunks and while it publishes, it loses and doubles nothing', async () => {
  const home = await newHome()
  const events = occurrences(4_000)
  const scan = header()
  const end = { type: 'end' as const, finishedAt: '2026-05-01T10:01:00.000Z', lines: events.length }
  const params = { scanId: scan.scanId }

  const first = await startProcess(home, ['--no-scan'], READY)
  const { client, token } = await administratorOf(first)
  const { key } = await client.createIntegration({ body: { kind: 'kubernetes', name: 'crash' } })
  const file = parseScannerKey(key.file)
  if (file === undefined) throw new Error('The key file is not one')
  const scanner = await scannerOf(first.url, file)
  await scanner.beginScan({ body: scan })
  await sendChunk(scanner, scan.scanId, 0, events.slice(0, 2_000))
  // The second chunk is on its way when the process dies: stored or not, nobody knows.
  const lost = sendChunk(scanner, scan.scanId, 1, events.slice(2_000)).catch(() => undefined)
  await first.end('SIGKILL')
  await lost

  const second = await startProcess(home, ['--no-scan'], READY)
  const again = await scannerOf(second.url, file)
  const { nextSequence } = await again.beginScan({ body: scan })
  expect([1, 2]).toContain(nextSequence)
  expect(await sendChunk(again, scan.scanId, 0, events.slice(0, 2_000))).toMatchObject({ stored: false })
  await sendChunk(again, scan.scanId, 1, events.slice(2_000))
  await again.endScan({ params, body: end })
  await second.end('SIGKILL')

  const third = await startProcess(home, ['--no-scan'], READY)
  const last = await scannerOf(third.url, file)
  const published = await last.endScan({ params, query: { waitSeconds: 30 }, body: end })
  expect(published).toMatchObject({ state: 'visible', number: 1 })
  expect(await last.endScan({ params, query: { waitSeconds: 30 }, body: end })).toEqual(published)
  expect(await countSecrets(createClient({ server: third.url, token }))).toBe(events.length)
  expect(await third.end('SIGTERM')).toBe(0)
})

test('a taken port, a held folder and a wrong flag end the process with a sentence', async () => {
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', () => resolve()))
  const address = blocker.address()
  const port = typeof address === 'object' ? address?.port : 0
  const home = await newHome()
  const never = /this is never printed/
  await expect(startProcess(home, ['--no-scan', '--listen', `127.0.0.1:${port}`], never)).rejects.toThrow(
    `Port ${port} of 127.0.0.1 is taken by another program.`,
  )
  await new Promise<void>((resolve) => blocker.close(() => resolve()))
  await expect(startProcess(home, ['--liste', 'x'], never)).rejects.toThrow(/ended with 2:[^]*--liste/)
  const running = await startProcess(home, ['--no-scan'], READY)
  await expect(startProcess(home, ['--no-scan'], never)).rejects.toThrow(`uses the data folder ${join(home, 'data')}`)
  expect(await running.end('SIGTERM')).toBe(0)
})

test('a scanner key of the process itself lies in a file for its owner alone', async () => {
  const home = await newHome()
  const running = await startProcess(home, ['--scan-sample'], /spirlctl ledger secret list/)
  expect(await running.end('SIGTERM')).toBe(0)
  const key = parseScannerKey(await readFile(join(home, 'data', 'scanners', 'sample-cluster.key'), 'utf8'))
  expect(key?.integrationId).toBeDefined()
})
