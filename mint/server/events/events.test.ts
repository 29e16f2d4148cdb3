import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { SERVER_LIMITS } from '../limits.ts'
import type { MintEvent } from '../ports.ts'
import { eventId } from './id.ts'
import { ocsfOf } from './ocsf.ts'
import { createEventQueue, type EventQueue } from './queue.ts'
import { EventWriter } from './writer.ts'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const at = new Date('2026-11-22T12:00:00Z')
let queue: EventQueue | undefined

afterEach(() => queue?.close())

function event(number: number, fields: Partial<MintEvent> = {}): MintEvent {
  return { id: String(number), at: at.toISOString(), type: 'workload_credential_issued', trustDomainId: 'td-1', outcome: 'success', details: {}, ...fields }
}

describe('the queue of events', () => {
  test('writes batches in order; what fails to be written waits and is not lost', async () => {
    const written: string[] = []
    let isAway = true
    queue = createEventQueue(
      {
        append: async (events) => {
          if (isAway) throw new Error('away')
          expect(events.length).toBeLessThanOrEqual(SERVER_LIMITS.eventsBatchMax)
          written.push(...events.map(({ id }) => id))
        },
      },
      silent,
    )
    const count = 2.5 * SERVER_LIMITS.eventsBatchMax
    for (let number = 0; number < count; number += 1) queue.record(event(number))
    await queue.flush()
    expect([written.length, queue.waiting]).toEqual([0, count])
    isAway = false
    queue.record(event(count))
    await queue.flush()
    expect(written).toEqual(Array.from({ length: count + 1 }, (_, number) => String(number)))
    expect(queue.waiting).toBe(0)
  })

  test('is bounded: what does not fit is dropped, counted and told once', async () => {
    const told: string[] = []
    let isAway = true
    queue = createEventQueue(
      { append: async () => (isAway ? Promise.reject(new Error('away')) : undefined) },
      { ...silent, error: (_fields, message) => void told.push(message) },
    )
    for (let number = 0; number < SERVER_LIMITS.eventsQueuedMax + 5; number += 1) queue.record(event(number))
    expect([queue.waiting, queue.dropped, told.length]).toEqual([SERVER_LIMITS.eventsQueuedMax, 5, 1])
    isAway = false
  })
})

test('a batch is bounded by what its events say, too, and one that is larger goes alone', async () => {
  const batches: number[] = []
  queue = createEventQueue({ append: async (events) => void batches.push(events.length) }, silent)
  const large = SERVER_LIMITS.eventsBatchCharactersMax
  for (const [number, size] of [large, large / 2 - 10, large / 2 - 10, 100, 1, 1].entries()) queue.record(event(number, { detailsText: 'x'.repeat(size) }))
  await queue.flush()
  expect([batches, queue.waiting]).toEqual([[1, 2, 3], 0])
})

test('the queue is bounded by what its events say, too: few large ones fill it', async () => {
  queue = createEventQueue({ append: async () => undefined }, silent)
  const detailsText = JSON.stringify({ attributes: { large: 'x'.repeat(SERVER_LIMITS.eventsQueuedCharactersMax / 8) } })
  for (let number = 0; number < 10; number += 1) queue.record(event(number, { detailsText }))
  expect([queue.waiting, queue.dropped]).toEqual([7, 3])
  await queue.flush()
  queue.record(event(10, { detailsText }))
  expect([queue.waiting, queue.dropped]).toEqual([1, 3])
})

test('texts are put into JSON as they are, whatever they hold and however large the event becomes', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '"', '\\', '\u0000', '\u2028', '\ud800', '__proto__', 'x'.repeat(30_000)),
  )
  const writer = new EventWriter()
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 5 }), (given) => {
      writer.begin(at.getTime())
      writer.ascii('[0')
      for (const text of given) {
        const encoded = Buffer.from(text, 'utf8')
        writer.ascii(',')
        writer.text(text)
        writer.ascii(',')
        writer.textOf(encoded, 0, encoded.length)
      }
      writer.ascii(']')
      const { block, idAt, detailsAt, end } = writer.end()
      const json = block.toString('utf8', detailsAt, end)
      expect(JSON.parse(json)).toEqual([0, ...given.flatMap((text) => [text, Buffer.from(text, 'utf8').toString('utf8')])])
      expect(json).not.toMatch(/[\x00-\x1f]/)
      expect(block.toString('latin1', idAt, detailsAt)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    }),
  )
})

test('what was begun and not ended leaves nothing in the next event', () => {
  const writer = new EventWriter()
  writer.begin(at.getTime())
  writer.ascii('{"left":"over"')
  writer.begin(at.getTime())
  writer.closeObject(writer.openObject())
  const { block, detailsAt, end } = writer.end()
  expect(block.toString('utf8', detailsAt, end)).toBe('{}')
})

test('ids of events are UUIDs of version 7, in the order of time, and never the same', () => {
  const ids = Array.from({ length: 5_000 }, (_, ms) => eventId(new Date(at.getTime() + ms)))
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(Array.from({ length: 5_000 }, () => eventId(at))).size).toBe(5_000)
})

describe('OCSF', () => {
  test.each<[string, Partial<MintEvent>, object]>([
    [
      'an issued SVID',
      { spiffeId: 'spiffe://example.org/x', svidType: 'x509' },
      { class_uid: 3002, type_uid: 300203, status_id: 1, user: { name: 'spiffe://example.org/x' } },
    ],
    [
      'a refusal without a subject',
      { type: 'workload_credential_error', outcome: 'failure', error: 'attribute-missing: …' },
      { class_uid: 3002, status_id: 2, user: { name: 'unknown' } },
    ],
    [
      'a tainted keyset',
      { type: 'keyset_changed', keysetId: 'ks_1', details: { action: 'taint', actor: 'ada' } },
      { class_uid: 3004, type_uid: 300403, entity: { uid: 'ks_1' } },
    ],
  ])('%s', (_, fields, expected) => {
    expect(ocsfOf(event(1, fields))).toMatchObject({ metadata: { version: '1.8.0', uid: '1' }, time: at.getTime(), category_uid: 3, ...expected })
  })

  test('polls and configuration are no lines', () => {
    for (const type of ['federation_link_polled', 'configuration_changed'] as const) expect(ocsfOf(event(1, { type }))).toBeUndefined()
  })
})
