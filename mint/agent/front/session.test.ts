import { mkdtemp, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { connect as connectSocket, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { echo } from './echo-testing.ts'
import { CLIENT_PREFACE, ERROR, FLAG, FRAME, FRAME_HEADER_BYTES, readFrameHeader, SETTING, writeFrame, writeNumberFrame, writeSettings } from './frames.ts'
import type { FrontLimits } from './limits.ts'
import { listenOnSocket, type SocketListener } from './listener.ts'

let folder: string
let path: string
let listener: SocketListener | undefined
let faults: unknown[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-session-'))
  path = join(folder, 'agent.sock')
  faults = []
})

afterEach(async () => {
  await listener?.close()
  await rm(folder, { recursive: true })
})

/** Waits for the end. An error on the way to it says no more: who is sent away may be writing. */
function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}

/** What a client that nothing helps receives. */
interface RawClient {
  readonly socket: Socket
  readonly frames: { readonly type: number; readonly flags: number; readonly streamId: number; readonly payload: Buffer }[]
  readonly saw: (type: number, streamId?: number) => Promise<Buffer>
}

async function start(limits: Partial<FrontLimits> = {}, settings: Parameters<typeof writeSettings>[0] = []): Promise<RawClient> {
  const log = {
    warn: (message: string, fields?: Readonly<Record<string, unknown>>) => void (message === 'Connection closed' && faults.push(fields?.['reason'])),
  }
  listener = await listenOnSocket({ path, limits, onConnection: () => echo, log })
  const socket = connectSocket(path).on('error', () => undefined)
  const frames: RawClient['frames'] = []
  let rest = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= FRAME_HEADER_BYTES) {
      const { length, ...header } = readFrameHeader(rest, 0)
      if (rest.length < FRAME_HEADER_BYTES + length) return
      frames.push({ ...header, payload: Buffer.from(rest.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + length)) })
      rest = rest.subarray(FRAME_HEADER_BYTES + length)
    }
  })
  socket.write(Buffer.concat([CLIENT_PREFACE, writeSettings(settings)]))
  async function saw(type: number, streamId = 0): Promise<Buffer> {
    return (await vi.waitUntil(() => frames.find((frame) => frame.type === type && frame.streamId === streamId), { timeout: 5_000 })).payload
  }
  return { socket, frames, saw }
}

/** `:method: POST`, `:scheme: http`, `:path: /`. */
const REQUEST = Buffer.from([0x83, 0x86, 0x84])
const request = (streamId: number, flags = FLAG.endHeaders as number): Buffer => writeFrame(FRAME.headers, flags, streamId, REQUEST)
const body = (streamId: number, bytes: number, flags = 0): Buffer => writeFrame(FRAME.data, flags, streamId, Buffer.alloc(bytes, 1))
const bodyOf = (client: RawClient, streamId: number): number =>
  client.frames.reduce((sum, { type, payload, ...frame }) => (type === FRAME.data && frame.streamId === streamId ? sum + payload.length : sum), 0)

describe('a session', () => {
  test('acknowledges settings and pings with what they carried', async () => {
    const client = await start()
    client.socket.write(writeFrame(FRAME.ping, 0, 0, Buffer.from('12345678')))
    expect((await client.saw(FRAME.ping)).toString()).toBe('12345678')
    expect(client.frames.some(({ type, flags }) => type === FRAME.settings && flags === FLAG.ack)).toBe(true)
  })

  test('never sends more than the windows of stream and connection allow, and goes on when they grow', async () => {
    const client = await start({}, [[SETTING.initialWindowSize, 10]])
    client.socket.write(Buffer.concat([request(1), body(1, 25, FLAG.endStream)]))
    await vi.waitUntil(() => bodyOf(client, 1) === 10)
    client.socket.write(Buffer.concat([writeNumberFrame(FRAME.windowUpdate, 1, 5), writeFrame(FRAME.ping, 0, 0, Buffer.alloc(8))]))
    await client.saw(FRAME.ping)
    expect(bodyOf(client, 1)).toBe(15)
    client.socket.write(writeSettings([[SETTING.initialWindowSize, 100]]))
    await vi.waitUntil(() => bodyOf(client, 1) === 25)
    expect(client.frames.at(-1)).toMatchObject({ type: FRAME.headers, flags: FLAG.endHeaders | FLAG.endStream })
  })

  test('gives back what it has read of the windows', async () => {
    const client = await start()
    client.socket.write(Buffer.concat([request(1), ...Array.from({ length: 3 }, () => body(1, 16_000))]))
    expect((await client.saw(FRAME.windowUpdate)).readUInt32BE(0)).toBe(48_000)
    expect((await client.saw(FRAME.windowUpdate, 1)).readUInt32BE(0)).toBe(48_000)
  })

  test('refuses requests beyond the limit, and takes them again when one has ended', async () => {
    const client = await start({ requestsMax: 2 })
    client.socket.write(Buffer.concat([request(1), request(3), request(5)]))
    expect((await client.saw(FRAME.reset, 5)).readUInt32BE(0)).toBe(ERROR.refusedStream)
    client.socket.write(Buffer.concat([body(1, 0, FLAG.endStream), request(7), body(7, 4, FLAG.endStream)]))
    await vi.waitUntil(() => bodyOf(client, 7) === 4)
  })

  test.each([
    ['a request of an even number', request(2), /odd/],
    ['a body before its request', body(1, 1), /before its request/],
    ['a body after its end', Buffer.concat([request(1), body(1, 1), request(3), body(1, 1, FLAG.endStream), body(1, 1)]), undefined],
    ['a window that grows by nothing', Buffer.concat([request(1), writeNumberFrame(FRAME.windowUpdate, 1, 0)]), /by nothing/],
    ['a window beyond what there may be', writeNumberFrame(FRAME.windowUpdate, 0, 0x7fffffff), /larger than there may be/],
    ['settings of a stream', writeFrame(FRAME.settings, 0, 1, Buffer.alloc(0)), /name a stream/],
    ['a reset of no stream', writeNumberFrame(FRAME.reset, 9, 8), /names no stream/],
    ['more than the window allows', Buffer.concat([request(1), ...Array.from({ length: 9 }, () => body(1, 16_000))]), undefined],
    ['a header block that is none', writeFrame(FRAME.headers, FLAG.endHeaders, 1, Buffer.from([0xff])), /header/],
  ])('%s ends this connection at most', async (_name, bytes, reason) => {
    const client = await start()
    client.socket.write(bytes)
    if (reason === undefined) {
      client.socket.write(writeFrame(FRAME.ping, 0, 0, Buffer.alloc(8)))
      await Promise.race([client.saw(FRAME.ping), ended(client.socket)])
    } else {
      await ended(client.socket)
      expect(client.frames.at(-1)?.type).toBe(FRAME.goAway)
      expect(String(faults[0])).toMatch(reason)
    }
    const other = connect('http://localhost', { createConnection: () => connectSocket(path) })
    await once(other, 'remoteSettings')
    other.destroy()
  })

  test('a client that takes back request after request is sent away', async () => {
    const client = await start({ resetsMax: 10, resetsPerSecond: 0 })
    const rounds = Array.from({ length: 11 }, (_, index) => [request(index * 2 + 1), writeNumberFrame(FRAME.reset, index * 2 + 1, ERROR.cancel)]).flat()
    client.socket.write(Buffer.concat(rounds))
    await ended(client.socket)
    expect(faults).toEqual(['the client takes back too many requests'])
  })

  test('a client that asks and does not read is sent away', async () => {
    const client = await start({ unsentBytesMax: 64 * 1024 })
    client.socket.pause()
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => writeFrame(FRAME.ping, 0, 0, Buffer.alloc(8))))
    const closed = ended(client.socket)
    for (let round = 0; round < 200; round += 1) client.socket.write(pings)
    await vi.waitUntil(() => faults.length > 0, { timeout: 5_000 })
    client.socket.destroy()
    await closed
    expect(faults).toEqual(['the client asks and does not read'])
  })

  test('a client that reads nothing for too long is sent away', async () => {
    const client = await start({ stalledWriteSeconds: 0.05 }, [[SETTING.initialWindowSize, 1_000_000]])
    client.socket.pause()
    client.socket.write(writeNumberFrame(FRAME.windowUpdate, 0, 1_000_000))
    client.socket.write(Buffer.concat([request(1), ...Array.from({ length: 4 }, () => body(1, 16_000))]))
    let streamId = 1
    const more = setInterval(() => {
      streamId += 2
      client.socket.write(Buffer.concat([request(streamId), body(streamId, 16_000)]))
    }, 1)
    await vi.waitUntil(() => faults.length > 0, { timeout: 5_000 })
    clearInterval(more)
    expect(String(faults[0])).toMatch(/read nothing|does not read/)
    client.socket.destroy()
  })

  test('the end of the listener says farewell', async () => {
    const client = await start()
    await client.saw(FRAME.settings)
    const closed = ended(client.socket)
    await listener?.close()
    await closed
    expect(client.frames.at(-1)?.type).toBe(FRAME.goAway)
  })
})
