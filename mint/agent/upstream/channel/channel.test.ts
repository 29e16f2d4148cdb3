import { once } from 'node:events'
import { constants, createServer as createHttp2Server, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { createServer, type AddressInfo, type Server } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { createManualClock, type ManualClock } from '../../clock-testing.ts'
import type { Refusal } from '../../refusal.ts'
import { status } from '../../status.ts'
import { openChannel, type Channel } from './channel.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

interface Peer {
  readonly endpoint: string
  readonly sessions: ServerHttp2Session[]
  readonly streams: ServerHttp2Stream[]
}

/** A server of bare HTTP/2 that does what a test wants of each request. */
async function startPeer(answer: (stream: ServerHttp2Stream, path: string) => void): Promise<Peer> {
  const server: Http2Server = createHttp2Server()
  const peer = { endpoint: '', sessions: [] as ServerHttp2Session[], streams: [] as ServerHttp2Stream[] }
  server.on('session', (session) => peer.sessions.push(session))
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => undefined)
    peer.streams.push(stream)
    stream.resume()
    stream.once('end', () => answer(stream, String(headers[':path'])))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    for (const session of peer.sessions) session.destroy()
    server.close()
  })
  return Object.assign(peer, { endpoint: `127.0.0.1:${portOf(server)}` })
}

const portOf = (server: Server | Http2Server): number => (server.address() as AddressInfo).port

function framed(text: string): Buffer {
  const bytes = Buffer.alloc(5 + Buffer.byteLength(text))
  bytes.writeUInt32BE(bytes.length - 5, 1)
  bytes.write(text, 5)
  return bytes
}

function answerWith(pieces: readonly Buffer[], trailers: Readonly<Record<string, string>>): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers(trailers))
    for (const piece of pieces) stream.write(piece)
    stream.end()
  }
}

interface Heard {
  readonly messages: string[]
  readonly ended: Promise<Refusal | undefined>
  readonly cancel: () => void
}

function ask(channel: Channel, options: { readonly deadline?: number } = {}): Heard {
  const messages: string[] = []
  let cancel = (): void => undefined
  const ended = new Promise<Refusal | undefined>((resolve) => {
    cancel = channel.call('/service/Method', Buffer.from('question'), options, { onMessage: (bytes) => messages.push(bytes.toString()), onEnd: resolve })
  })
  return { messages, ended, cancel }
}

function open(endpoint: string): { readonly channel: Channel; readonly clock: ManualClock } {
  const clock = createManualClock(Date.now())
  const channel = openChannel({ endpoint, security: undefined, clock, random: () => 0.5 })
  closers.push(channel.close)
  return { channel, clock }
}

describe('an answer', () => {
  test('is its messages, wherever its bytes are cut, and then its status', async () => {
    const bytes = Buffer.concat([framed('first'), framed(''), framed('third')])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 6 }), async (cuts) => {
        const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length]
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
        const { channel } = open((await startPeer(answerWith(pieces, { 'grpc-status': '0' }))).endpoint)
        const heard = ask(channel)
        expect(await heard.ended).toBe(undefined)
        expect(heard.messages).toEqual(['first', '', 'third'])
      }),
      { numRuns: 20 },
    )
  })

  test.each([
    ['a status with a sentence', { 'grpc-status': '7', 'grpc-message': 'No policy %E2%80%93 none' }, status.PERMISSION_DENIED, 'No policy – none'],
    ['a sentence that is not encoded as it should be', { 'grpc-status': '5', 'grpc-message': '100%' }, status.NOT_FOUND, '100%'],
    ['a status that nobody knows', { 'grpc-status': '99' }, status.UNKNOWN, 'UNKNOWN'],
    ['no status', { 'x-other': '1' }, status.UNKNOWN, 'UNKNOWN'],
  ])('with %s is that refusal', async (_what, trailers, code, message) => {
    const { channel } = open((await startPeer(answerWith([], trailers))).endpoint)
    expect(await ask(channel).ended).toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test.each([
    [401, status.UNAUTHENTICATED],
    [404, status.UNIMPLEMENTED],
    [503, status.UNAVAILABLE],
    [418, status.UNKNOWN],
  ])('of HTTP %i from something in between counts as its gRPC status', async (http, code) => {
    const { channel } = open((await startPeer((stream) => stream.respond({ ':status': http }, { endStream: true }))).endpoint)
    expect(await ask(channel).ended).toMatchObject({ code })
  })

  test('that is larger than a message may be is refused, and nothing of it is kept', async () => {
    const head = Buffer.alloc(5)
    head.writeUInt32BE(0x7fffffff, 1)
    const { channel } = open((await startPeer(answerWith([head], { 'grpc-status': '0' }))).endpoint)
    expect(await ask(channel).ended).toMatchObject({ code: status.RESOURCE_EXHAUSTED })
  })

  test('of noise ends the call and not the process', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (noise) => {
        const server = createServer((socket) => {
          socket.on('error', () => undefined)
          socket.end(noise)
        })
        server.listen(0, '127.0.0.1')
        await once(server, 'listening')
        const { channel } = open(`127.0.0.1:${portOf(server)}`)
        expect(await ask(channel).ended).toMatchObject({ code: status.UNAVAILABLE })
        server.close()
      }),
      { numRuns: 30 },
    )
  })
})

describe('a connection', () => {
  test('is shared by all calls, made anew after a farewell, and calls that it has go on over it', async () => {
    let waiting: (() => void) | undefined
    const done = answerWith([framed('x')], { 'grpc-status': '0' })
    const peer = await startPeer((stream) => {
      if (peer.streams.length === 1) waiting = () => done(stream)
      else done(stream)
    })
    const { channel } = open(peer.endpoint)
    const long = ask(channel)
    await ask(channel).ended
    expect(peer.sessions).toHaveLength(1)
    const [session] = peer.sessions
    session?.goaway(0)
    while (peer.sessions.length < 2) expect(await ask(channel).ended).toBe(undefined)
    waiting?.()
    expect(await long.ended).toBe(undefined)
    expect(long.messages).toEqual(['x'])
  })

  test('that is lost ends its calls as UNAVAILABLE', async () => {
    const peer = await startPeer((stream) => stream.session?.destroy())
    expect(await ask(open(peer.endpoint).channel).ended).toMatchObject({ code: status.UNAVAILABLE })
  })

  test('whose peer is silent is given up by a ping', async () => {
    // A listener that reads and never says a word.
    const server = createServer((socket) => socket.on('error', () => undefined).resume())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => server.close())
    const { channel, clock } = open(`127.0.0.1:${portOf(server)}`)
    const accepted = once(server, 'connection')
    const heard = ask(channel)
    await accepted
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(40_000)
    await clock.advance(10_000)
    expect(await heard.ended).toMatchObject({ code: status.UNAVAILABLE })
  })

  test('that cannot be made is not tried by every caller, and tried again after a moment', async () => {
    const { channel, clock } = open('127.0.0.1:1')
    const first = await ask(channel).ended
    expect(first).toMatchObject({ code: status.UNAVAILABLE, message: expect.stringContaining('ECONNREFUSED') })
    expect(await ask(channel).ended).toBe(first)
    await clock.advance(1_000)
    const second = await ask(channel).ended
    expect(second).not.toBe(first)
    expect(second).toMatchObject({ code: status.UNAVAILABLE })
  })
})

describe('a call', () => {
  test('that is not answered in time ends with its deadline', async () => {
    const peer = await startPeer(() => undefined)
    const { channel, clock } = open(peer.endpoint)
    const heard = ask(channel, { deadline: clock.now() + 5_000 })
    await clock.advance(5_000)
    expect(await heard.ended).toMatchObject({ code: status.DEADLINE_EXCEEDED })
  })

  test('that is taken back hears nothing more, and the server is told', async () => {
    const asked = Promise.withResolvers<ServerHttp2Stream>()
    const { channel } = open((await startPeer(asked.resolve)).endpoint)
    const heard = ask(channel)
    const stream = await asked.promise
    const closed = once(stream, 'close')
    heard.cancel()
    await closed
    expect(heard.messages).toEqual([])
  })

  test('that the server refuses to look at is sent once more, and not for ever', async () => {
    const done = answerWith([framed('x')], { 'grpc-status': '0' })
    let refusals = 1
    const peer = await startPeer((stream) => {
      if (refusals-- > 0) stream.close(constants.NGHTTP2_REFUSED_STREAM)
      else done(stream)
    })
    const { channel } = open(peer.endpoint)
    const heard = ask(channel)
    expect(await heard.ended).toBe(undefined)
    expect(heard.messages).toEqual(['x'])
    refusals = 10
    expect(await ask(channel).ended).toMatchObject({ code: status.UNAVAILABLE })
    expect(peer.streams).toHaveLength(4)
  })
})
