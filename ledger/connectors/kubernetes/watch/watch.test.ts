import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCluster } from '../cluster/open.ts'
import { createMarkingDetector } from '../fixtures/marking-detector.ts'
import { readScan, toScan } from '../fixtures/read.ts'
import { startSmallServer, toSecret } from '../fixtures/small-server.ts'
import type { SmallServer } from '../fixtures/small-server.ts'
import type { ChangeBatch } from '../source.ts'

const timing = { idleMsMax: 2_000, retryMsMax: 2_000, backoffMsMin: 1, backoffMsMax: 5 }

let server: SmallServer
let stop: AbortController
/** The open watch of Secrets, as soon as there is one; asked again after a drop. */
let watchers: PromiseWithResolvers<ServerResponse>
beforeEach(async () => {
  server = await startSmallServer(3)
  stop = new AbortController()
  watchers = Promise.withResolvers()
  server.fault = (_request, response, url) => {
    if (url.pathname !== '/api/v1/secrets' || !url.searchParams.has('watch')) return false
    response.writeHead(200).flushHeaders()
    watchers.resolve(response)
    return true
  }
})
afterEach(async () => {
  stop.abort()
  await server.close()
})

async function begin() {
  const source = { type: 'kubeconfig', path: server.kubeconfig, allowExec: false } as const
  const cluster = await openCluster(source, { source }, stop.signal, timing)
  const detector = createMarkingDetector()
  const options = { signal: stop.signal, clock: () => new Date(0), watchAfter: true }
  await readScan(cluster.collect(detector, options))
  const batches = cluster.watch(detector, options)[Symbol.asyncIterator]()
  const next = async () => toScan(((await batches.next()).value as ChangeBatch).events)
  return { detector, next }
}

const send = (response: ServerResponse, type: string, object: unknown): void => void response.write(`${JSON.stringify({ type, object })}\n`)

test('a changed object closes its own rows only, an unchanged one costs nothing', async () => {
  const { detector, next } = await begin()
  const batch = next()
  const watcher = await watchers.promise
  const calls = detector.calls.length
  send(watcher, 'MODIFIED', { ...toSecret('s00000'), status: { phase: 'x' } })
  send(watcher, 'ADDED', toSecret('new'))
  const scan = await batch
  expect(scan.of('occurrence').map((one) => one.object.name)).toEqual(['new'])
  expect(scan.coverage).toMatchObject([{ collection: 'secrets', scope: { namespace: 'shop', object: 'new' }, coverage: { state: 'complete' }, objects: 1 }])
  expect(detector.calls.length).toBe(calls + 1)
})

test('a deleted object is a scope without observations', async () => {
  const { next } = await begin()
  const batch = next()
  send(await watchers.promise, 'DELETED', toSecret('s00001'))
  const scan = await batch
  expect(scan.events).toMatchObject([{ type: 'coverage', scope: { namespace: 'shop', object: 's00001' }, objects: 0 }])
})

test('after a drop the watch goes on from the last bookmark', async () => {
  const { next } = await begin()
  const batch = next()
  const first = await watchers.promise
  watchers = Promise.withResolvers()
  send(first, 'BOOKMARK', { metadata: { resourceVersion: '4711' } })
  first.end()
  send(await watchers.promise, 'ADDED', toSecret('new'))
  await batch
  expect(server.requests.findLast((request) => request.startsWith('/api/v1/secrets?watch'))).toContain('resourceVersion=4711')
})

test('when the state is gone (410), a new list tells what came and what went', async () => {
  const { next } = await begin()
  const batch = next()
  const first = await watchers.promise
  server.secrets = ['s00000', 's00002', 'new']
  send(first, 'ERROR', { kind: 'Status', code: 410 })
  const scan = await batch
  expect(scan.coverage.map((line) => [line.scope.object, line.objects])).toEqual([
    ['new', 1],
    ['s00001', 0],
  ])
})
