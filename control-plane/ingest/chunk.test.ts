import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { LIMITS } from '@mintmark/contract/scan'
import { ProblemError } from '../server/problem-error.ts'
import { chunkBody, contentDigest, scanEvents } from '../testing.ts'
import { readChunk } from './chunk.ts'

const events = scanEvents(['a', 'b', 'c'])
const canary = 'canary-7f3a'

async function outcomeOf(body: Uint8Array, gzip = false, digest = contentDigest(body)): Promise<string> {
  try {
    return `${(await readChunk({ body, digest, gzip })).lines.length} lines`
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    expect(JSON.stringify(error.details)).not.toContain(canary)
    return error.problem
  }
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

test('a chunk is the same packed or not, and with or without its last line feed', async () => {
  const body = chunkBody(events)
  const plain = await readChunk({ body, digest: contentDigest(body), gzip: false })
  const packed = gzipSync(body)
  expect(await readChunk({ body: packed, digest: contentDigest(packed), gzip: true })).toEqual(plain)
  expect(plain.lines).toEqual(events)
  expect(await outcomeOf(body.subarray(0, -1))).toBe(`${events.length} lines`)
})

test.each([
  ['an empty body', bytes(''), '0 lines'],
  ['text', bytes(canary), 'line-invalid'],
  ['JSON that is no line', bytes(`{"${canary}":"${canary}"}`), 'line-invalid'],
  ['an empty line', bytes('\n'), 'line-invalid'],
  ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 'line-invalid'],
  ['the header of a scan', bytes(`{"type":"scan"}`), 'line-invalid'],
  ['the end of a scan', bytes(`{"type":"end","finishedAt":"2026-05-01T10:00:00Z","lines":1}`), 'line-invalid'],
  ['a line of more than 64 KiB', bytes(`"${'x'.repeat(LIMITS.lineBytesMax)}"`), 'line-too-large'],
  ['more than 10,000 lines', bytes(new TextDecoder().decode(chunkBody(events.slice(-1))).repeat(LIMITS.chunkLinesMax + 1)), 'body-too-large'],
  ['more than 4 MiB', new Uint8Array(LIMITS.chunkBytesMax + 1), 'body-too-large'],
])('%s', async (_, body, outcome) => {
  expect(await outcomeOf(body)).toBe(outcome)
})

test('a wrong line is named by number and field, never by content', async () => {
  const wrong = { ...events[1], namespace: 7, object: canary }
  const body = bytes(`${JSON.stringify(events[0])}\n${JSON.stringify(wrong)}\n`)
  const error = await readChunk({ body, digest: contentDigest(body), gzip: false }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ProblemError)
  expect(error).toMatchObject({ details: { errors: [{ line: 2, field: 'namespace', problem: 'invalid_type' }] } })
  expect(JSON.stringify(error)).not.toContain(canary)
})

test('a gzip bomb is refused before it is unpacked whole', async () => {
  expect(await outcomeOf(gzipSync(new Uint8Array(64 * 1024 * 1024)), true)).toBe('body-too-large')
})

test('what is not gzip is refused', async () => {
  expect(await outcomeOf(bytes('{}'), true)).toBe('content-type-unsupported')
})

test('a changed body is refused whatever it says', async () => {
  const body = chunkBody(events)
  expect(await outcomeOf(body.subarray(0, 40), false, contentDigest(body))).toBe('digest-mismatch')
})

test('no bytes end in anything but lines or a problem', async () => {
  const valid = chunkBody(events)
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), fc.nat(valid.length), fc.nat(64), fc.boolean(), async (noise, at, cut, gzip) => {
      const body = new Uint8Array([...valid.subarray(0, at), ...noise, ...valid.subarray(at + cut)])
      expect(await outcomeOf(body, gzip)).toMatch(/^(?:\d+ lines|line-invalid|line-too-large|body-too-large|content-type-unsupported)$/)
    }),
    { numRuns: 300 },
  )
})

test('no JSON value ends in anything but lines or a problem', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 5 }), async (values) => {
      expect(await outcomeOf(bytes(values.map((value) => JSON.stringify(value)).join('\n')))).toMatch(/^(?:0 lines|line-invalid)$/)
    }),
    { numRuns: 300 },
  )
})
