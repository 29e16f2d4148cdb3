import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type ClientHttp2Session } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { echo } from './echo-testing.ts'
import { listenOnSocket, type ListenOptions, type LocalConnection, type SocketListener } from './index.ts'

let folder: string
const closers: (() => unknown)[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-front-'))
})

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
  await rm(folder, { recursive: true })
})

interface Fixture {
  readonly path: string
  readonly listener: SocketListener
  readonly connections: LocalConnection[]
  readonly log: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[]
}

async function start(options: Partial<ListenOptions> = {}): Promise<Fixture> {
  const path = join(folder, 'agent.sock')
  const connections: LocalConnection[] = []
  const log: Fixture['log'] = []
  const listener = await listenOnSocket({
    path,
    onConnection(connection) {
      connections.push(connection)
      return echo
    },
    log: { warn: (message, fields = {}) => void log.push({ message, fields }) },
    ...options,
  })
  closers.push(() => listener.close())
  return { path, listener, connections, log }
}

function client(path: string, authority = 'http://localhost'): ClientHttp2Session {
  const session = connect(authority, { createConnection: () => connectSocket(path) })
  session.on('error', () => undefined)
  closers.push(() => session.destroy())
  return session
}

async function call(session: ClientHttp2Session, headers: Record<string, string | readonly string[]>, body = ''): Promise<{ authority: string; body: string }> {
  return await new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': '/SpiffeWorkloadAPI/FetchX509SVID', ...headers })
    let authority = ''
    let received = ''
    stream.on('response', (response) => (authority = String(response['x-authority'])))
    stream.setEncoding('latin1')
    stream.on('data', (text: string) => (received += text))
    stream.on('end', () => resolve({ authority, body: received }))
    stream.on('error', reject)
    stream.end(body, 'latin1')
  })
}

describe('the front', () => {
  test.each([
    ['right already', 'localhost'],
    ['percent-encoded, as newer gRPC C-core sends it', '%2Frun%2Fspirl%2Fsockets%2Fagent.sock'],
    ['raw, as grpc-java and older grpc-go send it', '/run/spirl/sockets/agent.sock'],
    ['of Envoy', 'spirl_agent'],
    ['with a blank', 'not an authority'],
    ['very long', 'x'.repeat(20_000)],
  ])('rule 24: a request whose authority is %s is answered', async (_name, authority) => {
    const { path } = await start()
    const session = client(path)
    const seen = authority.slice(0, 100)
    expect(await call(session, { ':authority': authority }, 'hello')).toEqual({ authority: seen, body: 'hello' })
    expect(await call(session, { ':authority': authority, 'x-more': 'y'.repeat(9000) })).toMatchObject({ authority: seen })
  })

  test('names the process that connected', async () => {
    const { path, connections } = await start()
    await call(client(path), {})
    expect(connections[0]?.peer).toMatchObject({ pid: process.pid, uid: process.geteuid?.(), gid: process.getegid?.() })
    expect(connections[0]?.peer.isAlive()).toBe(true)
  })

  test('large bodies pass both ways unchanged', async () => {
    const { path } = await start()
    const body = Array.from({ length: 3_000_000 }, (_, index) => String.fromCharCode(index % 251)).join('')
    const answer = await call(client(path), { ':authority': '/raw' }, body)
    expect(answer.body === body).toBe(true)
  })
})
