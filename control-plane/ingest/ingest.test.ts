import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '@mintmark/contract/http'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { chunkBody, contentDigest, createTestPlane, scanEvents, scanHeader, sendScan, type TestPlane } from '../testing.ts'

let cluster: TestCluster
let plane: TestPlane
let scanner: Client
let token: string
let administrator: Client

beforeAll(async () => {
  cluster = await startTestCluster()
  plane = createTestPlane(await cluster.openFreshStore())
  token = (await plane.scanner('cluster one')).token
  scanner = plane.client(token)
  administrator = plane.client(await plane.administrator())
})

afterAll(() => cluster.stop())

function problem(name: string): object {
  return { problem: { type: `urn:mintmark:problem:${name}` } }
}

async function put(scanId: string, sequence: number, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> {
  const sent = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson', 'content-digest': contentDigest(body), ...headers }
  return plane.request('PUT', `/api/v1/scans/${scanId}/chunks/${sequence}`, { headers: sent, body })
}

test('a scan is visible as a whole, and sending it twice changes nothing', async () => {
  const header = scanHeader({ source: { key: 'twice', name: 'twice' } })
  const events = scanEvents(['one', 'two'], 'twice')
  const first = await sendScan(scanner, header, events, 5)
  expect(first).toMatchObject({ state: 'visible', number: 1, nextSequence: Math.ceil(events.length / 5) })
  const inventory = await administrator.listSecrets()
  expect(inventory.items).toHaveLength(2)
  expect(await sendScan(scanner, header, events, 5)).toEqual(first)
  const body = chunkBody(events.slice(0, 5))
  expect(await (await put(header.scanId, 0, body)).json()).toEqual({ stored: false, nextSequence: first.nextSequence })
  expect(await administrator.listSecrets()).toEqual(inventory)
})

test('a scan that has not ended shows nothing, and goes on where it stopped', async () => {
  const header = scanHeader({ source: { key: 'stopped', name: 'stopped' } })
  const events = scanEvents(['three'], 'stopped')
  await scanner.beginScan({ body: header })
  expect((await put(header.scanId, 0, chunkBody(events.slice(0, 4)))).status).toBe(200)
  const before = (await administrator.listSecrets()).items.length
  expect(await scanner.beginScan({ body: header })).toMatchObject({ state: 'receiving', nextSequence: 1 })
  expect((await administrator.listSecrets()).items).toHaveLength(before)
  expect(await sendScan(scanner, header, events, 4)).toMatchObject({ state: 'visible' })
  expect((await administrator.listSecrets()).items).toHaveLength(before + 1)
})

test('a packed chunk is the same chunk', async () => {
  const header = scanHeader()
  const body = chunkBody(scanEvents(['a']))
  await scanner.beginScan({ body: header })
  const packed = new Uint8Array(gzipSync(body))
  expect(await (await put(header.scanId, 0, packed, { 'content-encoding': 'gzip' })).json()).toEqual({ stored: true, nextSequence: 1 })
  expect(await (await put(header.scanId, 0, body)).json()).toEqual({ stored: false, nextSequence: 1 })
})

test.each([
  ['other content under a known sequence', 0, 'chunk-conflict', 409],
  ['a chunk that comes too early', 7, 'chunk-conflict', 409],
])('%s is refused', async (_, sequence, name, status) => {
  const header = scanHeader()
  await scanner.beginScan({ body: header })
  await put(header.scanId, 0, chunkBody(scanEvents(['a'])))
  const answer = await put(header.scanId, sequence, chunkBody(scanEvents(['b'])))
  expect([answer.status, await answer.json()]).toEqual([status, expect.objectContaining({ type: `urn:mintmark:problem:${name}` })])
})

test('an end that promises more lines than came is refused, and the scan stays open', async () => {
  const header = scanHeader()
  const events = scanEvents(['a'])
  await scanner.beginScan({ body: header })
  await put(header.scanId, 0, chunkBody(events))
  const end = { type: 'end' as const, finishedAt: '2026-05-01T10:01:00.000Z', lines: events.length + 1 }
  const params = { scanId: header.scanId }
  await expect(scanner.endScan({ params, query: { waitSeconds: 30 }, body: end })).rejects.toMatchObject(problem('conflict'))
  expect(await scanner.getScan({ params })).toMatchObject({ state: 'receiving', failure: expect.stringContaining('lines') })
  expect(await scanner.endScan({ params, query: { waitSeconds: 30 }, body: { ...end, lines: events.length } })).toMatchObject({ state: 'visible' })
})

test('whoever does not wait is told to ask, and gets the scan by asking', async () => {
  const header = scanHeader({ source: { key: 'patient', name: 'patient' } })
  const events = scanEvents(['a'], 'patient')
  await scanner.beginScan({ body: header })
  await put(header.scanId, 0, chunkBody(events))
  const body = JSON.stringify({ type: 'end', finishedAt: '2026-05-01T10:01:00.000Z', lines: events.length })
  const answer = await plane.request('POST', `/api/v1/scans/${header.scanId}/end`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  })
  expect(answer.status).toBe(202)
  expect(await answer.json()).toMatchObject({ state: 'publishing' })
  expect(await scanner.getScan({ params: { scanId: header.scanId }, query: { waitSeconds: 30 } })).toMatchObject({ state: 'visible' })
})

test('the scans of another integration do not exist', async () => {
  const stranger = plane.client((await plane.scanner('stranger')).token)
  const header = scanHeader()
  await scanner.beginScan({ body: header })
  const params = { scanId: header.scanId }
  const body = chunkBody(scanEvents(['a']))
  await expect(stranger.beginScan({ body: header })).rejects.toMatchObject(problem('not-found'))
  await expect(stranger.getScan({ params })).rejects.toMatchObject(problem('not-found'))
  await expect(stranger.appendChunk({ params: { ...params, sequence: 0 }, headers: { 'content-digest': contentDigest(body) }, body })).rejects.toMatchObject(
    problem('not-found'),
  )
  await expect(stranger.endScan({ params, body: { type: 'end', finishedAt: '2026-05-01T10:01:00.000Z', lines: 0 } })).rejects.toMatchObject(
    problem('not-found'),
  )
  await expect(scanner.getScan({ params: { scanId: randomUUID() } })).rejects.toMatchObject(problem('not-found'))
  expect(await administrator.getScan({ params })).toMatchObject({ state: 'receiving', nextSequence: 0 })
})

test('a document of a later version is refused with a word about upgrading', async () => {
  await expect(scanner.beginScan({ body: scanHeader({ version: 2 }) })).rejects.toMatchObject(problem('scan-version-unsupported'))
})

test('a body over the limit is refused by its announced length and by its real one', async () => {
  const header = scanHeader()
  await scanner.beginScan({ body: header })
  expect((await put(header.scanId, 0, new Uint8Array(4 * 1024 * 1024 + 1))).status).toBe(413)
  const long = await plane.request('POST', '/api/v1/scans', {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: `"${'x'.repeat(70_000)}"`,
  })
  expect(long.status).toBe(413)
})

test('a chunk without digest, or of another type, is refused', async () => {
  const header = scanHeader()
  await scanner.beginScan({ body: header })
  const body = chunkBody(scanEvents(['a']))
  expect((await put(header.scanId, 0, body, { 'content-digest': '' })).status).toBe(400)
  expect((await put(header.scanId, 0, body, { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await put(header.scanId, 0, body, { 'content-encoding': 'br' })).status).toBe(400)
})

test('a later scan without a secret ends it, and the difference says so', async () => {
  const source = { key: 'changing', name: 'changing' }
  const first = await sendScan(scanner, scanHeader({ source }), scanEvents(['stays', 'goes'], 'changing'))
  const second = await sendScan(scanner, scanHeader({ source }), scanEvents(['stays', 'comes'], 'changing'))
  const query = { from: first.number ?? 0, to: second.number ?? 0 }
  const changes = (await administrator.listChanges({ query })).items.filter(({ entity }) => entity === 'secret')
  expect(changes.map(({ change }) => change).toSorted()).toEqual(['added', 'removed'])
  const asOf = first.number
  const then = await administrator.listSecrets({ query: { asOf, pageSize: 200 } })
  const today = await administrator.listSecrets({ query: { pageSize: 200 } })
  expect(then.items.length).toBe(today.items.length)
  expect(then.items.map(({ key }) => key).toSorted()).not.toEqual(today.items.map(({ key }) => key).toSorted())
})
