import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAuthorityRewriter } from './authority-rewriter.ts'
import { CLIENT_PREFACE, FLAG, FRAME, FRAME_HEADER_BYTES, ProtocolViolationError, readFrameHeader, readHeadersPayload, writeFrameHeader } from './frames.ts'
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

const SIMPLE: Shape = { padding: 0, priority: false, cuts: [], endStream: false }

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

function rewrite(chunks: readonly Buffer[]): Buffer {
  const rewriter = createAuthorityRewriter(DEFAULT_FRONT_LIMITS)
  const out: Buffer[] = []
  for (const chunk of chunks) rewriter.push(chunk, (bytes) => out.push(bytes))
  return Buffer.concat(out)
}

/** What a server makes of the bytes: header lists decoded in order, all other frames as they are. */
function read(bytes: Buffer): readonly unknown[] {
  expect(bytes.subarray(0, CLIENT_PREFACE.length).equals(CLIENT_PREFACE)).toBe(true)
  const decoder = createHpackDecoder({ listBytesMax: 1_000_000 })
  const seen: unknown[] = []
  let open: { flags: number; streamId: number; parts: Buffer[] } | undefined
  for (let at = CLIENT_PREFACE.length; at < bytes.length;) {
    const { length, type, flags, streamId } = readFrameHeader(bytes, at)
    const payload = bytes.subarray(at + FRAME_HEADER_BYTES, at + FRAME_HEADER_BYTES + length)
    at += FRAME_HEADER_BYTES + length
    expect(length).toBeLessThanOrEqual(16_384)
    if (type === FRAME.headers) open = { flags, streamId, parts: [readHeadersPayload(payload, flags).fragment] }
    else if (type === FRAME.continuation) open?.parts.push(payload)
    else seen.push({ type, flags, streamId, payload: payload.toString('hex') })
    if (open !== undefined && (flags & FLAG.endHeaders) !== 0) {
      const { fields } = decoder.decode(Buffer.concat(open.parts))
      seen.push({ streamId: open.streamId, endStream: (open.flags & FLAG.endStream) !== 0, fields: fields.map(({ name, value }) => `${name}=${value}`) })
      open = undefined
    }
  }
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

function bytesOf(list: readonly Step[], replaceWith?: string): Buffer {
  const frames = list.map((step, index) => {
    const streamId = index * 2 + 1
    switch (step.kind) {
      case 'request': {
        const fields = request(step.authority, [field('x-note', step.note)])
        if (replaceWith === undefined) return headerFrames(streamId, fields, step.shape)
        const replaced = fields.map((one) => (one.name === ':authority' ? field(one.name, replaceWith) : one))
        return headerFrames(streamId, step.authority === undefined ? [field(':authority', replaceWith), ...replaced] : replaced, { ...step.shape, cuts: [] })
      }
      case 'trailers':
        return headerFrames(streamId, [field('grpc-status', '0')], step.shape)
      case 'data':
        return frame(0, 0, streamId, step.body)
    }
  })
  return Buffer.concat([CLIENT_PREFACE, frame(FRAME.settings, 0, 0, Buffer.alloc(0)), ...frames])
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

describe('the rewriting of authorities', () => {
  test('every request arrives with localhost, everything else as it was sent, however it was cut', () => {
    fc.assert(
      fc.property(steps, chunkSizes, (list, sizes) => {
        const sent = bytesOf(list)
        const expected = read(
          bytesOf(
            list.map((step) => (step.kind === 'request' ? { ...step, shape: { ...step.shape, padding: 0 } } : step)),
            'localhost',
          ),
        )
        expect(read(rewrite(cut(sent, sizes)))).toEqual(expected)
      }),
    )
  })

  test('what is right already passes byte by byte', () => {
    fc.assert(
      fc.property(steps, chunkSizes, (list, sizes) => {
        const right = list.map((step) => (step.kind === 'request' ? { ...step, authority: 'localhost' } : step))
        const sent = bytesOf(right)
        expect(rewrite(cut(sent, sizes)).equals(sent)).toBe(true)
      }),
    )
  })

  test('large bodies are handed on in the chunks they came in, not copied', () => {
    const head = Buffer.concat([CLIENT_PREFACE, headerFrames(1, request('localhost'), SIMPLE), frame(0, 0, 1, Buffer.alloc(0))])
    const chunk = Buffer.concat([frame(0, 0, 1, Buffer.alloc(16_000, 1)), frame(0, 0, 1, Buffer.alloc(16_000, 2))])
    const rewriter = createAuthorityRewriter(DEFAULT_FRONT_LIMITS)
    rewriter.push(head, () => undefined)
    const out: Buffer[] = []
    rewriter.push(chunk, (bytes) => out.push(bytes))
    expect(out).toEqual([chunk])
    expect(out[0]?.buffer).toBe(chunk.buffer)
  })

  test('fields that later blocks refer to are known after the first rewriting', () => {
    // Literal with indexing of an authority, then the same by its index in the dynamic table.
    const first = Buffer.concat([Buffer.from('838684410b', 'hex'), Buffer.from('/agent.sock')])
    const second = Buffer.from('838684be', 'hex')
    const sent = Buffer.concat([CLIENT_PREFACE, frame(FRAME.headers, FLAG.endHeaders, 1, first), frame(FRAME.headers, FLAG.endHeaders, 3, second)])
    const expected = [':method=POST', ':scheme=http', ':path=/', ':authority=localhost']
    expect(read(rewrite([sent]))).toEqual([
      { streamId: 1, endStream: false, fields: expected },
      { streamId: 3, endStream: false, fields: expected },
    ])
  })

  test('table size updates reach the server', () => {
    const sent = Buffer.concat([CLIENT_PREFACE, headerFrames(1, request('/raw'), SIMPLE, [0, 1024])])
    const out = rewrite([sent]).subarray(CLIENT_PREFACE.length)
    const decoder = createHpackDecoder({ listBytesMax: 10_000 })
    expect(decoder.decode(out.subarray(FRAME_HEADER_BYTES)).tableSizes).toEqual([0, 1024])
  })

  const headers = encodeWithoutState({ fields: request('localhost'), tableSizes: [] })
  test.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n')],
    ['a frame beyond the limit', Buffer.concat([CLIENT_PREFACE, frame(0, 0, 1, Buffer.alloc(16_385))])],
    ['a continuation of nothing', Buffer.concat([CLIENT_PREFACE, frame(FRAME.continuation, FLAG.endHeaders, 1, headers)])],
    ['a block interrupted by another frame', Buffer.concat([CLIENT_PREFACE, frame(FRAME.headers, 0, 1, headers), frame(0, 0, 1, Buffer.alloc(1))])],
    [
      'a block continued on another stream',
      Buffer.concat([CLIENT_PREFACE, frame(FRAME.headers, 0, 1, headers), frame(FRAME.continuation, FLAG.endHeaders, 3, headers)]),
    ],
    ['a push', Buffer.concat([CLIENT_PREFACE, frame(FRAME.pushPromise, FLAG.endHeaders, 1, headers)])],
    ['headers of no stream', Buffer.concat([CLIENT_PREFACE, frame(FRAME.headers, FLAG.endHeaders, 0, headers)])],
    ['padding longer than its frame', Buffer.concat([CLIENT_PREFACE, frame(FRAME.headers, FLAG.endHeaders | FLAG.padded, 1, Buffer.from([9, 1]))])],
    ['padding without its length', Buffer.concat([CLIENT_PREFACE, frame(FRAME.headers, FLAG.endHeaders | FLAG.padded, 1, Buffer.alloc(0))])],
    [
      'endless empty continuations',
      Buffer.concat([
        CLIENT_PREFACE,
        frame(FRAME.headers, 0, 1, headers),
        ...Array.from({ length: 17 }, () => frame(FRAME.continuation, 0, 1, Buffer.alloc(0))),
      ]),
    ],
    [
      'a block beyond the limit',
      Buffer.concat([
        CLIENT_PREFACE,
        frame(FRAME.headers, 0, 1, headers),
        ...Array.from({ length: 5 }, () => frame(FRAME.continuation, 0, 1, Buffer.alloc(16_000))),
      ]),
    ],
  ])('%s is a violation', (_name, sent) => {
    expect(() => rewrite([sent])).toThrow(ProtocolViolationError)
    expect(() => rewrite(cut(sent, [1]))).toThrow(ProtocolViolationError)
  })

  test('any bytes pass, wait or are refused', () => {
    const noise = fc.array(fc.record({ type: fc.nat(12), flags: fc.nat(255), streamId: fc.nat(5), payload: fc.uint8Array({ maxLength: 60 }) }), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(steps, noise, chunkSizes, fc.nat(4000), fc.nat(255), (list, frames, sizes, position, byte) => {
        const sent = Buffer.concat([bytesOf(list), ...frames.map(({ type, flags, streamId, payload }) => frame(type, flags, streamId, payload))])
        if (position < sent.length) sent[position] = byte
        try {
          rewrite(cut(sent, sizes))
        } catch (error) {
          expect(error instanceof ProtocolViolationError || error instanceof HpackError).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })
})
