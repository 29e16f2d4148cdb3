import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { dial } from './dial.ts'
import { proxyFor } from './proxy.ts'

const opened: Server[] = []
const sockets: Socket[] = []

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of opened.splice(0)) {
    server.close()
    await once(server, 'close')
  }
})

/** Something that listens; `talk` gets every connection. @returns its port */
async function listening(talk: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    talk(socket)
  }).listen(0, '127.0.0.1')
  opened.push(server)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return port
}

const never = new AbortController().signal

describe('a server behind a proxy', () => {
  const server = { host: 'mint.example.org', port: 7421 }

  test('is reached through the way that the proxy opens, and what comes with its answer is not lost', async () => {
    const heard: string[] = []
    const port = await listening((socket) =>
      socket.once('data', (head) => {
        heard.push(String(head))
        socket.write('HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\nfirst bytes')
      }),
    )
    vi.stubEnv('HTTPS_PROXY', `http://anna:p%40ss@127.0.0.1:${port}`)
    const { socket } = await dial(server, undefined, 0, never)
    sockets.push(socket)
    const first = once(socket, 'data')
    socket.resume()
    const [bytes] = await first
    expect(String(bytes)).toBe('first bytes')
    expect(heard[0]).toContain('CONNECT mint.example.org:7421 HTTP/1.1\r\nHost: mint.example.org:7421\r\n')
    expect(heard[0]).toContain(`Proxy-Authorization: Basic ${Buffer.from('anna:p@ss').toString('base64')}\r\n`)
  })

  test.each([
    ['refuses', 'HTTP/1.1 403 Forbidden\r\n\r\n', 'the proxy answered 403'],
    ['speaks something else', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 'something else than HTTP'],
    ['never ends its head', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(4_000)}`, 'something else than HTTP|the proxy answered 200'],
  ])('is not reached when the proxy %s, and the connection is closed', async (_name, answer, words) => {
    const closed = Promise.withResolvers<unknown>()
    const port = await listening((socket) => {
      socket.on('close', closed.resolve)
      socket.once('data', () => void socket.write(answer))
    })
    vi.stubEnv('https_proxy', `http://127.0.0.1:${port}`)
    await expect(dial(server, undefined, 0, never)).rejects.toThrow(new RegExp(words))
    await closed.promise
  })

  test('is given up when the proxy says nothing for too long', async () => {
    const late = new AbortController()
    const closed = Promise.withResolvers<unknown>()
    const port = await listening((socket) => {
      socket.on('close', closed.resolve)
      socket.once('data', () => late.abort())
    })
    vi.stubEnv('grpc_proxy', `http://127.0.0.1:${port}`)
    await expect(dial(server, undefined, 0, late.signal)).rejects.toThrow('the proxy took too long')
    await closed.promise
  })
})

test.each([
  ['mint.example.org', '', true],
  ['mint.example.org', 'example.org', false],
  ['mint.example.org', '.example.org', false],
  ['badexample.org', 'example.org', true],
  ['mint.example.org', 'other.org, mint.example.org', false],
  ['10.1.2.3', '10.0.0.0/8', false],
  ['11.1.2.3', '10.0.0.0/8', true],
  ['fd00::7', 'fd00::/8', false],
  ['10.1.2.3', '10.0.0.0/99', true],
  ['anything', '*', false],
])('%s with no_proxy=%s goes through the proxy: %s', (host, exempt, goesThrough) => {
  const proxy = proxyFor(host, { http_proxy: 'http://proxy:3128', no_proxy: exempt })
  expect(proxy).toEqual(goesThrough ? { host: 'proxy', port: 3128, credentials: undefined } : undefined)
})

test('a variable that holds no address of a proxy is named, and its value is not', () => {
  expect(() => proxyFor('mint.example.org', { https_proxy: 'socks5://user:kanarek@proxy' })).toThrow(/^The variable https_proxy is no http:\/\/ URL$/)
})
