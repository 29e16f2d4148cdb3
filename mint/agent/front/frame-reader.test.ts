import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameReader } from './frame-reader.ts'
import { CLIENT_PREFACE, FLAG, FRAME, FRAME_HEADER_BYTES, ProtocolViolationError, writeFrameHeader } from './frames.ts'
import { createHpackDecoder, encodeWithoutState, HpackError, type HeaderField } from './hpack/index.ts'
import { DEFAULT_FRONT_LIMITS } from './limits.ts'

function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const written = Buffer.alloc(FRAME_HEADER_BYTES + payload.length)
  writeFrameHeader(written, 0, { length: payload.length, type, flags, streamId })
  written.set(payload, FRAME_HEADER_BYTES)
  return written
}

function field(name: string, value: string): HeaderField {
  return { name, value, sensitive: false }
}

function request(authority: string | undefined, more: readonly HeaderField[] = []): readonly HeaderField[] {
  const authorities = authority === undefined ? [] : [field(':authority', authority)]
  return [field(':method', 'POST'), field(':scheme', 'http'), field(':path', '/a.B/C'), ...authorities, field('te', 'trailers'), ...more]
}

interface Shape {
  readonly padding: number
  readonly priority: boolean
  readonly cuts: readonly number[]
  readonly endStream: boolean
}

/** One header block as HEADERS and CONTINUATION frames, cut where the shape says. */
function headerFrames(
  streamId: number,
  fields: readonly HeaderField[],
  { padding, priority, cuts, endStream }: Shape,
  tableSizes: readonly number[] = [],
): Buffer {
  const block = encodeWithoutState({ fields, tableSizes })
  const needed = Array.from({ length: Math.floor(block.length / 16_000) }, (_, index) => (index + 1) * 16_000)
  const ends = [...new Set([...needed, ...cuts.map((cut) => cut % (block.length + 1))])].sort((a, b) => a - b)
  const parts = [0, ...ends].map((from, index) => block.subarray(from, ends[index] ?? block.length))
  const [first = Buffer.alloc(0), ...rest] = parts
  const payload = Buffer.concat([
    ...(padding > 0 ? [Buffer.from([padding])] : []),
    ...(priority ? [Buffer.from([0, 0, 0, 0, 15])] : []),
    first,
    Buffer.alloc(padding),
  ])
  const flags = (padding > 0 ? FLAG.padded : 0) | (priority ? FLAG.priority : 0) | (endStream ? FLAG.endStream : 0)
  return Buffer.concat([
    frame(FRAME.headers, flags | (rest.length === 0 ? FLAG.endHeaders : 0), streamId, payload),
    ...rest.map((part, index) => frame(FRAME.continuation, index === rest.length - 1 ? FLAG.endHeaders : 0, streamId, part)),
  ])
}

/** What a server makes of the pieces: header lists, bodies, and all other frames as they are. */
function read(chunks: readonly Buffer[]): readonly unknown[] {
  const seen: unknown[] = []
  const reader = new FrameReader(DEFAULT_FRONT_LIMITS, createHpackDecoder({ listBytesMax: 65_536 }), {
    onHeaders: (streamId, fields, endStream) => void seen.push({ streamId, endStream, fields: fields.map(({ name, value }) => `${name}=${value}`) }),
    onData: (streamId, bytes, endStream) => void seen.push({ streamId, endStream, body: bytes.toString('hex') }),
    onControl: (header, payload) => void seen.push({ ...header, payload: payload.toString('hex') }),
  })
  for (const chunk of chunks) reader.push(chunk)
  return seen
}

const shapes = fc.record({
  padding: fc.constantFrom(0, 0, 1, 200),
  priority: fc.boolean(),
  cuts: fc.array(fc.nat(400), { maxLength: 4 }),
  endStream: fc.boolean(),
})
const authorities = fc.constantFrom('localhost', undefined, '/run/agent.sock', '%2Frun%2Fagent.sock', 'a b', '', 'x'.repeat(20_000))
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('request' as const), authority: authorities, shape: shapes, note: fc.string({ unit: 'binary-ascii', maxLength: 20 }) }),
    fc.record({ kind: fc.constant('trailers' as const), shape: shapes }),
    fc.record({ kind: fc.constant('data' as const), body: fc.uint8Array({ maxLength: 3000 }) }),
  ),
  { maxLength: 8 },
)
type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never

const SETTINGS = frame(FRAME.settings, 0, 0, Buffer.alloc(0))

/** The frames of some steps, and what a server must make of them. */
function bytesOf(list: readonly Step[]): { readonly sent: Buffer; readonly meant: readonly unknown[] } {
  const meant: unknown[] = [{ length: 0, type: FRAME.settings, flags: 0, streamId: 0, payload: '' }]
  const frames = list.map((step, index) => {
    const streamId = index * 2 + 1
    if (step.kind === 'data') {
      meant.push({ streamId, endStream: false, body: Buffer.from(step.body).toString('hex') })
      return frame(FRAME.data, 0, streamId, step.body)
    }
    const fields = step.kind === 'request' ? request(step.authority, [field('x-note', step.note)]) : [field('grpc-status', '0')]
    meant.push({ streamId, endStream: step.shape.endStream, fields: fields.map(({ name, value }) => `${name}=${value}`) })
    return headerFrames(streamId, fields, step.shape)
  })
  return { sent: Buffer.concat([CLIENT_PREFACE, SETTINGS, ...frames]), meant }
}

function cut(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[turn % sizes.length] ?? 1)
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}

const chunkSizes = fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 6 })

describe('the reading of frames', () => {
  test('what a client says is understood whatever the pieces in which it arrives', () => {
    fc.assert(
      fc.property(steps, chunkSizes, (list, sizes) => {
        const { sent, meant } = bytesOf(list)
        expect(read(cut(sent, sizes))).toEqual(meant)
      }),
    )
  })

  test('fields that later blocks refer to are known', () => {
    // Literal with indexing of an authority, then the same by its index in the dynamic table.
    const first = Buffer.concat([Buffer.from('838684410b', 'hex'), Buffer.from('/agent.sock')])
    const second = Buffer.from('838684be', 'hex')
    const sent = Buffer.concat([CLIENT_PREFACE, SETTINGS, frame(FRAME.headers, FLAG.endHeaders, 1, first), frame(FRAME.headers, FLAG.endHeaders, 3, second)])
    const fields = [':method=POST', ':scheme=http', ':path=/', ':authority=/agent.sock']
    expect(read([sent]).slice(1)).toEqual([
      { streamId: 1, endStream: false, fields },
      { streamId: 3, endStream: false, fields },
    ])
  })

  const headers = encodeWithoutState({ fields: request('localhost'), tableSizes: [] })
  test.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n')],
    ['a frame beyond the limit', Buffer.concat([CLIENT_PREFACE, SETTINGS, frame(0, 0, 1, Buffer.alloc(16_385))])],
    ['a continuation of nothing', Buffer.concat([CLIENT_PREFACE, SETTINGS, frame(FRAME.continuation, FLAG.endHeaders, 1, headers)])],
    ['a block interrupted by another frame', Buffer.concat([CLIENT_PREFACE, SETTINGS, frame(FRAME.headers, 0, 1, headers), frame(0, 0, 1, Buffer.alloc(1))])],
    [
      'a block continued on another stream',
      Buffer.concat([CLIENT_PREFACE, SETTINGS, frame(FRAME.headers, 0, 1, headers), frame(FRAME.continuation, FLAG.endHeaders, 3, headers)]),
    ],
    ['another first frame', Buffer.concat([CLIENT_PREFACE, frame(FRAME.ping, 0, 0, Buffer.alloc(8))])],
    ['a push', Buffer.concat([CLIENT_PREFACE, SETTINGS, frame(FRAME.pushPromise, FLAG.endHeaders, 1, headers)])],
    ['headers of no stream', Buffer.concat([CLIENT_PREFACE, SETTINGS, frame(FRAME.headers, FLAG.endHeaders, 0, headers)])],
    ['padding longer than its frame', Buffer.concat([CLIENT_PREFACE, SETTINGS, frame(FRAME.headers, FLAG.endHeaders | FLAG.padded, 1, Buffer.from([9, 1]))])],
    ['padding without its length', Buffer.concat([CLIENT_PREFACE, SETTINGS, frame(FRAME.headers, FLAG.endHeaders | FLAG.padded, 1, Buffer.alloc(0))])],
    [
      'endless empty continuations',
      Buffer.concat([
        CLIENT_PREFACE,
        SETTINGS,
        frame(FRAME.headers, 0, 1, headers),
        ...Array.from({ length: 17 }, () => frame(FRAME.continuation, 0, 1, Buffer.alloc(0))),
      ]),
    ],
    [
      'a block beyond the limit',
      Buffer.concat([
        CLIENT_PREFACE,
        SETTINGS,
        frame(FRAME.headers, 0, 1, headers),
        ...Array.from({ length: 5 }, () => frame(FRAME.continuation, 0, 1, Buffer.alloc(16_000))),
      ]),
    ],
  ])('%s is a violation', (_name, sent) => {
    expect(() => read([sent])).toThrow(ProtocolViolationError)
    expect(() => read(cut(sent, [1]))).toThrow(ProtocolViolationError)
  })

  test('any bytes pass, wait or are refused', () => {
    const noise = fc.array(fc.record({ type: fc.nat(12), flags: fc.nat(255), streamId: fc.nat(5), payload: fc.uint8Array({ maxLength: 60 }) }), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(steps, noise, chunkSizes, fc.nat(4000), fc.nat(255), (list, frames, sizes, position, byte) => {
        const sent = Buffer.concat([bytesOf(list).sent, ...frames.map(({ type, flags, streamId, payload }) => frame(type, flags, streamId, payload))])
        if (position < sent.length) sent[position] = byte
        try {
          read(cut(sent, sizes))
        } catch (error) {
          expect(error instanceof ProtocolViolationError || error instanceof HpackError).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })
})
