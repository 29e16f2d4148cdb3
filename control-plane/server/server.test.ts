import { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApiDocument } from '@mintmark/contract/http'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { createTestPlane, type TestPlane } from '../testing.ts'
import { createLog, describeError } from './log.ts'

let cluster: TestCluster
let plane: TestPlane

beforeAll(async () => {
  cluster = await startTestCluster()
  plane = createTestPlane(await cluster.openFreshStore())
})

afterAll(() => cluster.stop())

test('health, readiness, metrics and the document are answered to everybody', async () => {
  expect(await (await plane.request('GET', '/healthz')).json()).toEqual({ status: 'ok' })
  expect(await (await plane.request('GET', '/readyz')).json()).toEqual({ status: 'ok' })
  const metrics = await plane.request('GET', '/metrics')
  expect(metrics.headers.get('content-type')).toContain('text/plain')
  expect(await metrics.text()).toContain('mintmark_database_up 1')
  expect(await (await plane.request('GET', '/api/v1/openapi.json')).json()).toEqual(JSON.parse(JSON.stringify(openApiDocument())))
})

test.each([
  ['GET', '/', 404, 'not-found'],
  ['GET', '/api/v1/nothing', 404, 'not-found'],
  ['GET', '/api/v1/../../etc/passwd', 404, 'not-found'],
  ['DELETE', '/healthz', 405, 'method-not-allowed'],
  ['PATCH', '/api/v1/secrets', 405, 'method-not-allowed'],
])('%s %s is a problem %i', async (method, path, status, name) => {
  const answer = await plane.request(method, path)
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(await answer.json()).toMatchObject({ type: `urn:mintmark:problem:${name}`, status, requestId: answer.headers.get('x-request-id') })
  if (status === 405) expect(answer.headers.get('allow')).toBe('GET')
})

test('input that no schema takes is named by field, without its content', async () => {
  const headers = { authorization: `Bearer ${await plane.administrator()}` }
  const answer = await plane.request('GET', '/api/v1/secrets?pageSize=canary&levelAtLeast=canary&asOf=0', { headers })
  const text = await answer.text()
  expect(answer.status).toBe(400)
  expect(JSON.parse(text).errors.map(({ field }: { field: string }) => field)).toEqual(['query.pageSize', 'query.asOf', 'query.levelAtLeast'])
  expect(text).not.toContain('canary')
})

test('labels of metrics come from a fixed set, whatever is asked for', async () => {
  for (const path of ['/x1', '/x2', '/api/v1/secrets/secret-key-1']) await plane.request('GET', path)
  await plane.request('BREW', '/x3')
  const metrics = await (await plane.request('GET', '/metrics')).text()
  expect(metrics).not.toMatch(/x1|x2|x3|secret-key-1|BREW/)
  expect(metrics).toContain('route="none"')
})

test('a database that is gone makes the server not ready, and every answer says so', async () => {
  const own = await startTestCluster()
  const store = await own.openFreshStore()
  const lonely = createTestPlane(store)
  const token = await lonely.administrator()
  await own.server.stop()
  expect((await lonely.request('GET', '/healthz')).status).toBe(200)
  const ready = await lonely.request('GET', '/readyz')
  expect(ready.status).toBe(503)
  const answer = await lonely.request('GET', '/api/v1/secrets', { headers: { authorization: `Bearer ${token}` } })
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({ type: 'urn:mintmark:problem:database-unavailable' })
  expect(await (await lonely.request('GET', '/metrics')).text()).toContain('mintmark_database_up 0')
  await own.stop()
})

test('an error that nobody foresaw is answered by its request id only', async () => {
  const broken = createTestPlane({ ...plane.store, inventory: { ...plane.store.inventory, listSecrets: () => Promise.reject(new Error('canary-detail')) } })
  const answer = await broken.request('GET', '/api/v1/secrets', { headers: { authorization: `Bearer ${await broken.administrator()}` } })
  const text = await answer.text()
  expect(answer.status).toBe(500)
  expect(text).toContain(answer.headers.get('x-request-id') ?? 'no id')
  expect(text + broken.logged()).not.toContain('canary-detail')
  expect(broken.logged()).toContain('Request ended in an error')
})

test.each(['json', 'text'] as const)('what is secret by its name stays out of a log in %s', (format) => {
  let text = ''
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  const log = createLog({ level: 'info', format, destination })
  log.info({ token: 'canary', request: { authorization: 'canary', method: 'GET' }, ...describeError(new Error('canary')) }, 'Static message')
  expect(text).toContain('Static message')
  expect(text).toContain('GET')
  expect(text).not.toContain('canary')
})
