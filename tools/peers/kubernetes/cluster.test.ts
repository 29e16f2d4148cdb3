import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, peerIsMissing, startCluster } from '../index.ts'

describe.skipIf(peerIsMissing('kubernetes'))('a real control plane', () => {
  let first: Cluster
  let second: Cluster
  beforeAll(async () => {
    ;[first, second] = await Promise.all([startCluster(), startCluster({ controllerManager: false })])
  })
  afterAll(async () => {
    await Promise.all([first.stop(), second.stop()])
    expect([existsSync(first.folder), existsSync(second.folder)]).toEqual([false, false])
  })

  test('two clusters at once know nothing of each other', async () => {
    await first.api.create([{ path: '/api/v1/namespaces', object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'only-here' } } }])
    expect((await first.api.request('GET', '/api/v1/namespaces/only-here')).status).toBe(200)
    expect((await second.api.request('GET', '/api/v1/namespaces/only-here')).status).toBe(404)
  })

  test('a new user may do nothing', async () => {
    expect(existsSync(await first.kubeconfigFor('nobody-yet'))).toBe(true)
  })

  test('it keeps its data over a crash of the API server', async () => {
    await first.api.create([{ path: '/api/v1/namespaces', object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'survivor' } } }])
    await first.restartApiServer('kill')
    expect((await first.api.request('GET', '/api/v1/namespaces/survivor')).status).toBe(200)
  })
})
