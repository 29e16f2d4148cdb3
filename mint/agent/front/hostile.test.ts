import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type ClientHttp2Session } from 'node:http2'
import { connect as connectSocket, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ECHO_SERVER } from './echo-server-testing.ts'
import { CLIENT_PREFACE, FRAME_HEADER_BYTES, writeFrameHeader } from './frames.ts'

let folder: string
let path: string
let server: ChildProcess
let errors = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-hostile-'))
  path = join(folder, 'agent.sock')
  server = spawn(process.execPath, [ECHO_SERVER, path], { stdio: ['ignore', 'pipe', 'pipe'] })
  server.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  if (server.stdout !== null) await once(server.stdout, 'data')
})

afterAll(async () => {
  server.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

async function say(text: string): Promise<string> {
  const client = new Client(`unix:${path}`, credentials.createInsecure())
  const same = (bytes: Buffer): Buffer => bytes
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest('/Echo/Say', same, same, Buffer.from(text), { deadline: Date.now() + 20_000 }, (error, answer) => {
        if (error) reject(error)
        else resolve(String(answer))
      })
    })
  } finally {
    client.close()
  }
}

/** The law of this file: the process is the same one, has said nothing on standard error, and answers. */
async function expectAlive(): Promise<void> {
  expect(await say('still here')).toBe('still here')
  expect(server.exitCode).toBe(null)
  expect(server.signalCode).toBe(null)
  expect(errors).toBe('')
}

async function closing(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}

/** A connection; one that finds the queue of the listener full tries again, as every client does. */
async function opened(): Promise<Socket> {
  for (;;) {
    const socket = connectSocket({ path, allowHalfOpen: true })
    socket.on('error', () => undefined)
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('close', () => resolve(false))
    })
    if (isOpen) return socket
  }
}

/** Sends bytes and leaves, either half-closed or at once. */
async function attack(bytes: Buffer, ending: 'end' | 'destroy'): Promise<void> {
  const socket = await opened()
  const closed = closing(socket)
  socket.resume()
  socket.write(bytes, () => {
    if (ending === 'destroy') socket.destroy()
    else socket.end(() => setImmediate(() => socket.destroy()))
  })
  await closed
}

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}

function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES)
  writeFrameHeader(header, 0, { length: payload.length, type, flags, streamId })
  return Buffer.concat([header, payload])
}

function noise(next: () => number, bytesMax: number): Buffer {
  return Buffer.from(Array.from({ length: Math.floor(next() * bytesMax) }, () => Math.floor(next() * 256)))
}

const SETTINGS = frame(4, 0, 0, Buffer.alloc(0))
const headers = (authority: string): Buffer =>
  Buffer.concat([Buffer.from([0x83, 0x86, 0x04, 9]), Buffer.from('/Echo/Say'), Buffer.from([0x01, authority.length]), Buffer.from(authority)])
const endings = ['end', 'destroy'] as const

describe('no byte sequence of a client ends the process', () => {
  test('noise instead of HTTP/2', async () => {
    const next = random(1)
    for (let round = 0; round < 60; round += 1) await attack(noise(next, 2000), endings[round % 2] ?? 'end')
    await expectAlive()
  })

  test('frames of every type with random flags, streams and payloads', async () => {
    const next = random(2)
    for (let round = 0; round < 300; round += 1) {
      const frames = Array.from({ length: 1 + Math.floor(next() * 12) }, () => {
        const type = Math.floor(next() * 11)
        const payload = type === 1 && next() < 0.7 ? headers(next() < 0.5 ? '/run/x.sock' : 'localhost') : noise(next, 64)
        return frame(type, next() < 0.5 ? 4 : Math.floor(next() * 256), Math.floor(next() * 8), payload)
      })
      await attack(Buffer.concat([CLIENT_PREFACE, SETTINGS, ...frames]), endings[round % 2] ?? 'end')
    }
    await expectAlive()
  })

  test('good sessions with one byte changed, at every place', async () => {
    const good = Buffer.concat([CLIENT_PREFACE, SETTINGS, frame(1, 4, 1, headers('/run/agent.sock')), frame(0, 1, 1, Buffer.from([0, 0, 0, 0, 1, 65]))])
    const next = random(3)
    for (let position = 0; position < good.length; position += 1) {
      const changed = Buffer.from(good)
      changed[position] = Math.floor(next() * 256)
      await attack(changed, endings[position % 2] ?? 'end')
    }
    await expectAlive()
  })

  test.each([
    ['raw', '/run/spirl/sockets/agent.sock'],
    ['encoded', '%2Frun%2Fagent.sock'],
    ['empty', ''],
    ['blank', ' '],
    ['of control bytes', '\u0000\u0001\r\n'],
    ['of a port that is none', 'localhost:99999999'],
    ['with brackets', '[::1'],
  ])('rule 25: an authority that is %s', async (_name, authority) => {
    await attack(Buffer.concat([CLIENT_PREFACE, SETTINGS, frame(1, 5, 1, headers(authority))]), 'end')
    await expectAlive()
  })

  test('floods of settings, pings and resets that nobody reads the answers of', async () => {
    const ping = frame(6, 0, 0, Buffer.alloc(8))
    const resets = Array.from({ length: 500 }, (_, index) =>
      Buffer.concat([frame(1, 4, index * 2 + 1, headers('localhost')), frame(3, 0, index * 2 + 1, Buffer.alloc(4))]),
    )
    for (const flood of [Array.from({ length: 3000 }, () => SETTINGS), Array.from({ length: 3000 }, () => ping), resets]) {
      const socket = await opened()
      socket.pause()
      const written = new Promise((resolve) => socket.write(Buffer.concat([CLIENT_PREFACE, SETTINGS, ...flood]), resolve))
      await Promise.race([written, closing(socket)])
      socket.destroy()
    }
    await expectAlive()
  })

  test('a client that stops in the middle of everything while others are served', async () => {
    const good = Buffer.concat([CLIENT_PREFACE, SETTINGS, frame(1, 4, 1, headers('/run/agent.sock'))])
    const sockets: Socket[] = []
    for (let length = 0; length < good.length; length += 3) {
      const socket = await opened()
      socket.write(good.subarray(0, length))
      sockets.push(socket)
    }
    await expectAlive()
    for (const socket of sockets) socket.destroy()
  })

  test('slow readers of large answers are held back, not buffered for', async () => {
    const sessions: ClientHttp2Session[] = []
    for (let index = 0; index < 10; index += 1) {
      const session = connect('http://localhost', { createConnection: () => connectSocket(path) })
      session.on('error', () => undefined)
      const stream = session.request({ ':method': 'POST', ':path': '/Echo/Talk', 'content-type': 'application/grpc', te: 'trailers' })
      stream.on('error', () => undefined)
      stream.pause()
      const message = Buffer.concat([Buffer.from([0, 0, 15, 66, 64]), Buffer.alloc(1_000_000)])
      stream.write(message)
      stream.write(message)
      sessions.push(session)
    }
    await expectAlive()
    for (const session of sessions) session.destroy()
  })

  test('ten thousand connections at once are served or refused, and a lone call afterwards is answered', async () => {
    const sockets: Socket[] = []
    const good = Buffer.concat([CLIENT_PREFACE, SETTINGS])
    for (let batch = 0; batch < 100; batch += 1) {
      const opening = await Promise.all(Array.from({ length: 100 }, () => opened()))
      for (const socket of opening) socket.write(good)
      sockets.push(...opening)
    }
    expect(sockets.length).toBe(10_000)
    const closed = sockets.map(closing)
    for (const socket of sockets) {
      socket.resume()
      socket.destroy()
    }
    await Promise.all(closed)
    await expectAlive()
  }, 180_000)
})
