import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '@mintmark/storage'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { createTestPlane } from '../testing.ts'

let cluster: TestCluster

beforeAll(async () => {
  cluster = await startTestCluster()
})

afterAll(() => cluster.stop())

test('a publication that kill -9 interrupted is finished by the next process, without its scanner', async () => {
  const address = await cluster.createDatabase()
  const writer = spawn(process.execPath, [new URL('./testing-writer.ts', import.meta.url).pathname, JSON.stringify(address)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(writer.stdout, 'data')
  writer.kill('SIGKILL')
  await once(writer, 'exit')

  const store = await openStore({ ...address, poolSize: 4 })
  const plane = createTestPlane(store)
  const client = plane.client(await plane.administrator())
  expect((await client.listSecrets()).items).toEqual([])
  await plane.publisher.resume()
  await plane.publisher.settle()
  expect((await client.listSecrets()).items).toHaveLength(3)
  expect((await client.listScans()).items).toMatchObject([{ state: 'visible', number: 1, finishedAt: '2026-05-01T10:01:00.000Z' }])
  expect(plane.logged()).toContain('Publication of a scan is resumed')
  // Nothing is left to be resumed.
  expect(await store.scans.listAcceptedEnds()).toEqual([])
  await store.close()
})
