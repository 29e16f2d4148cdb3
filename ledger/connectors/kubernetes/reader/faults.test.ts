import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openCluster } from '../cluster/open.ts'
import { createMarkingDetector } from '../fixtures/marking-detector.ts'
import { readScan } from '../fixtures/read.ts'
import { startSmallServer } from '../fixtures/small-server.ts'
import type { SmallServer } from '../fixtures/small-server.ts'

const timing = { idleMsMax: 150, retryMsMax: 2_000, backoffMsMin: 1, backoffMsMax: 5 }
const signal = new AbortController().signal
const SECRETS = 1_200

let server: SmallServer
beforeEach(async () => {
  server = await startSmallServer(SECRETS)
})
afterEach(() => server.close())

async function scan(patience = timing) {
  const source = { type: 'kubeconfig', path: server.kubeconfig, allowExec: false } as const
  const cluster = await openCluster(source, { source }, signal, patience)
  try {
    return await readScan(cluster.collect(createMarkingDetector(), { signal, clock: () => new Date(0) }))
  } finally {
    await cluster.close()
  }
}

const isList = (url: URL): boolean => url.pathname === '/api/v1/secrets'

async function expectEverything(): Promise<void> {
  const result = await scan()
  expect(result.coverage.every((line) => line.coverage.state === 'complete')).toBe(true)
  expect(result.of('occurrence').map((one) => one.object.name)).toEqual(server.secrets)
}

describe('nothing is lost and nothing doubled', () => {
  test('when every third connection is dropped', async () => {
    let count = 0
    server.fault = (request) => {
      count += 1
      if (count % 3 === 0) request.socket.destroy()
      return count % 3 === 0
    }
    await expectEverything()
  })

  test('when a page breaks off in the middle', async () => {
    let broken = 0
    server.fault = (_request, response, url) => {
      if (!isList(url) || broken >= 2) return false
      broken += 1
      const items = server.secrets
        .slice(0, 3)
        .map((name) => JSON.stringify({ metadata: { name, namespace: 'shop' }, data: { p: Buffer.from(`canary-${name}`).toString('base64') } }))
      response.writeHead(200, { 'content-length': '1000000' })
      response.write(`{"metadata":{"resourceVersion":"7"},"items":[${items.join(',')},`, () => response.destroy())
      return true
    }
    await expectEverything()
  })

  test('when the server stalls', async () => {
    let stalled = false
    server.fault = (_request, _response, url) => {
      if (!isList(url) || stalled) return false
      stalled = true
      return true
    }
    await expectEverything()
  })

  test('when the server is busy', async () => {
    let refused = 0
    server.fault = (_request, response) => {
      refused += 1
      if (refused > 6) return false
      response.writeHead(refused % 2 === 0 ? 429 : 503).end('{}')
      return true
    }
    await expectEverything()
  })

  test.each([
    ['and says where to go on', { metadata: { continue: '500' } }],
    ['and says nothing more', {}],
  ])('when the server forgot the state of the list (410) %s', async (_name, body) => {
    let gone = false
    server.fault = (_request, response, url) => {
      if (!isList(url) || url.searchParams.get('continue') !== '500' || gone) return false
      gone = true
      response.writeHead(410).end(JSON.stringify({ kind: 'Status', ...body }))
      return true
    }
    await expectEverything()
  })
})

describe('what cannot be read is said', () => {
  test('a denied kind names its permission and harms no other', async () => {
    server.fault = (_request, response, url) => {
      if (!url.pathname.endsWith('/configmaps')) return false
      response.writeHead(403).end('{}')
      return true
    }
    const result = await scan()
    const denied = result.coverage.filter((line) => line.coverage.state !== 'complete')
    expect(denied.map((line) => line.collection)).toEqual(['configmaps'])
    expect(JSON.stringify(denied[0]?.coverage)).toContain('verbs [\\"get\\", \\"list\\", \\"watch\\"]')
    expect(result.of('occurrence')).toHaveLength(SECRETS)
  })

  test('a server that stays broken ends as failed, within the time', async () => {
    server.fault = (request, _response, url) => {
      if (isList(url)) request.socket.destroy()
      return isList(url)
    }
    const result = await scan({ ...timing, retryMsMax: 50 })
    expect(result.coverage.find((line) => line.collection === 'secrets')?.coverage.state).toBe('failed')
  })

  test('credentials that are refused are the first thing a user hears', async () => {
    server.fault = (_request, response) => {
      response.writeHead(401).end('{}')
      return true
    }
    await expect(scan()).rejects.toMatchObject({ name: 'UserError', label: 'kubernetes-unauthorized' })
  })

  test('an id that may not be read has a stand-in that says so', async () => {
    server.fault = (_request, response, url) => {
      if (!url.pathname.endsWith('/kube-system')) return false
      response.writeHead(403).end('{}')
      return true
    }
    const [cluster] = (await scan()).of('cluster')
    expect(cluster?.key).toMatch(/^server-[0-9a-f]{32}$/)
    expect(cluster?.platform.evidence.join()).toContain('kube-system namespace could not be read')
  })
})
