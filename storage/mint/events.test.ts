import type { EventFilter, MintEvent, WorkloadFilter } from '@mintmark/mint/server'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { clientSettings, type DatabaseAddress } from '../address.ts'
import { InvalidCursorError } from '../errors.ts'
import { openStore } from '../open.ts'
import type { Store } from '../store.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'

const NOON = Date.parse('2026-06-01T12:00:00Z')
const DAY_MS = 86_400_000
const at = (ms: number): string => new Date(NOON + ms).toISOString()
let serial = 0

function issued(changes: Partial<MintEvent> = {}): MintEvent {
  serial += 1
  const time = changes.at ?? at(0)
  return {
    id: `e-${String(serial).padStart(8, '0')}`,
    at: time,
    type: 'workload_credential_issued',
    trustDomainId: 'td-1',
    clusterId: 'c-1',
    agentId: 'agent-1',
    outcome: 'success',
    spiffeId: 'spiffe://example.org/web',
    svidType: 'x509',
    keysetId: 'ks_1',
    issuedAt: time,
    expiresAt: new Date(Date.parse(time) + 3_600_000).toISOString(),
    details: {
      serial: '0a',
      attributes: { 'kubernetes.pod.namespace': 'shop', 'kubernetes.pod.service_account': 'web', 'kubernetes.pod.owner': 'Deployment/web' },
    },
    ...changes,
  }
}

const refused = (changes: Partial<MintEvent> = {}): MintEvent => {
  const { spiffeId: _none, ...event } = issued({ type: 'workload_credential_error', outcome: 'failure', error: 'no policy matches', ...changes })
  return event
}

describe('events', () => {
  let cluster: TestCluster
  let address: DatabaseAddress
  let stores: Store[]
  let events: Store['mint']['events']
  beforeAll(async () => {
    cluster = await startTestCluster()
  })
  afterAll(() => cluster.stop())
  beforeEach(async () => {
    address = await cluster.createDatabase()
    stores = await Promise.all([1, 2, 3].map(() => openStore({ ...address, poolSize: 3 })))
    events = stores[0]?.mint.events ?? expect.unreachable()
    return async () => {
      await Promise.all(stores.map((store) => store.close()))
    }
  })
  const list = async (filter: EventFilter = {}) => (await events.list(filter, { size: 1_000 })).items
  const workloads = async (filter: Partial<WorkloadFilter> = {}) =>
    (await events.workloads({ since: at(-30 * DAY_MS), now: at(0), ...filter }, { size: 1_000 })).items

  test('come back as they were given, newest first, with hostile text and unresolved subjects', async () => {
    const given = [
      issued({ at: at(3), audience: ['a"b\\c', '{},NULL', '\t\n', ''], svidType: 'jwt' }),
      refused({ at: at(2), details: { note: 'tab\t newline\n nul\u0000 backslash\\ ünï 😀 \\N' } }),
      issued({ at: at(1), spiffeId: 'spiffe://example.org/\\.', type: 'agent_attestation' }),
      { id: 'bare', at: at(0), type: 'keyset_changed', trustDomainId: 'td-1', outcome: 'success', details: {} } as const,
    ]
    await events.append(given.toReversed())
    expect(await list()).toEqual(given)
  })

  test('any text survives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\u0000', '')),
          { minLength: 1, maxLength: 6 },
        ),
        async (texts) => {
          const spiffeId = `spiffe://example.org/${serial}`
          const event = issued({ spiffeId, audience: texts, error: texts.join('|'), details: { texts } })
          await events.append([event])
          expect(await list({ spiffeId })).toEqual([event])
        },
      ),
      { numRuns: 40 },
    )
  })

  test('a batch that is sent again, whole or in part, is stored and counted once', async () => {
    const batch = [issued(), issued({ at: at(1) }), refused()]
    await Promise.all(stores.map((store) => store.mint.events.append(batch)))
    await events.append([...batch, issued({ at: at(2) })])
    expect(await list()).toHaveLength(4)
    expect(await workloads()).toMatchObject([{ issued: 3 }])
  })

  test('days get partitions when their first event comes, whoever brings it, also all at once', async () => {
    await Promise.all(stores.flatMap((store) => [-3, -1, 0, 5].map((day) => store.mint.events.append([issued({ at: at(day * DAY_MS) })]))))
    expect(await list()).toHaveLength(12)
    expect(await list({ from: at(-DAY_MS), to: at(0) })).toHaveLength(3)
  })

  test('old days are dropped whole, with the summary of whoever has not asked since', async () => {
    await events.append([issued({ at: at(-3 * DAY_MS), spiffeId: 'spiffe://example.org/old' }), issued({ at: at(-2 * DAY_MS) }), issued()])
    expect(await workloads()).toHaveLength(2)
    expect(await stores[1]?.mint.events.dropBefore(new Date(NOON - DAY_MS))).toBe(2)
    expect(await events.dropBefore(new Date(NOON - DAY_MS))).toBe(0)
    expect(await list()).toHaveLength(1)
    expect(await workloads()).toMatchObject([{ spiffeId: 'spiffe://example.org/web', issued: 1 }])
    await events.append([issued({ at: at(-2 * DAY_MS) })])
    expect(await list()).toHaveLength(2)
  })

  test('are found by what people ask for', async () => {
    await events.append([
      issued({ at: at(0) }),
      issued({ at: at(1), spiffeId: 'spiffe://example.org/db', clusterId: 'c-2' }),
      refused({ at: at(2), clusterId: 'c-2' }),
      issued({ at: at(3), trustDomainId: 'td-2' }),
    ])
    const times = async (filter: EventFilter) => (await list(filter)).map((event) => Date.parse(event.at) - NOON)
    expect(await times({ spiffeId: 'spiffe://example.org/db' })).toEqual([1])
    expect(await times({ clusterId: 'c-2' })).toEqual([2, 1])
    expect(await times({ outcome: 'failure' })).toEqual([2])
    expect(await times({ outcome: 'success', trustDomainId: 'td-1' })).toEqual([1, 0])
    expect(await times({ type: 'workload_credential_error' })).toEqual([2])
    expect(await times({ from: at(1), to: at(3) })).toEqual([2, 1])
    expect(await times({ spiffeId: 'nul\u0000' })).toEqual([])
  })

  test('pages never overlap or skip, also when many happen at the same time', async () => {
    await events.append(Array.from({ length: 25 }, (_, index) => issued({ at: at(Math.floor(index / 10)) })))
    const ids: string[] = []
    let cursor: string | undefined
    do {
      const page = await events.list({}, { size: 4, ...(cursor === undefined ? {} : { cursor }) })
      ids.push(...page.items.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== undefined)
    expect(ids).toEqual((await list()).map(({ id }) => id))
    const hostile = Buffer.from(JSON.stringify(['mint-events', 'infinity', 'x'])).toString('base64url')
    await expect(events.list({}, { size: 4, cursor: hostile })).rejects.toThrow(InvalidCursorError)
    await expect(events.workloads({ since: at(0), now: at(0) }, { size: 4, cursor: hostile })).rejects.toThrow(InvalidCursorError)
  })

  test('a series counts by interval and group; two audiences count for both', async () => {
    await events.append([
      issued({ at: at(0), svidType: 'jwt', audience: ['a', 'b'] }),
      issued({ at: at(1_000), svidType: 'jwt', audience: ['b'] }),
      issued({ at: at(60_000) }),
      refused({ at: at(60_000), clusterId: 'c-2' }),
    ])
    const series = async (by: 'svid_type' | 'spiffe_id' | 'audience' | 'cluster') =>
      (await events.series({ by, intervalSeconds: 60 })).map(({ from, group, count }) => [(Date.parse(from) - NOON) / 1_000, group, count])
    expect(await series('svid_type')).toEqual([
      [60, 'x509', 2],
      [0, 'jwt', 2],
    ])
    expect(await series('audience')).toEqual([
      [60, 'unknown', 2],
      [0, 'a', 1],
      [0, 'b', 2],
    ])
    expect(await series('cluster')).toEqual([
      [60, 'c-1', 1],
      [60, 'c-2', 1],
      [0, 'c-1', 2],
    ])
    expect(await series('spiffe_id')).toEqual([
      [60, 'spiffe://example.org/web', 1],
      [60, 'unknown', 1],
      [0, 'spiffe://example.org/web', 2],
    ])
    await expect(events.series({ by: 'cluster', intervalSeconds: 0 })).rejects.toThrow(RangeError)
  })

  test('workloads are the running summary of what was issued, with the place of the latest', async () => {
    const moved = { attributes: { 'kubernetes.pod.namespace': 'shop-2', 'kubernetes.pod.service_account': 7 } }
    await events.append([
      issued({ at: at(-40 * DAY_MS) }),
      issued({ at: at(-2 * DAY_MS) }),
      issued({ at: at(-60_000), details: moved }),
      issued({ at: at(-2 * 3_600_000), spiffeId: 'spiffe://example.org/db', clusterId: 'c-2' }),
      refused(),
    ])
    await events.append([issued({ at: at(-120_000) })])
    const [db, web] = await workloads()
    expect(web).toEqual({
      key: expect.stringMatching(/^[0-9a-f-]{36}$/),
      spiffeId: 'spiffe://example.org/web',
      trustDomainId: 'td-1',
      clusterId: 'c-1',
      issued: 3,
      active: true,
      firstIssuedAt: at(-40 * DAY_MS),
      lastIssuedAt: at(-60_000),
      lastExpiresAt: at(3_600_000 - 60_000),
      namespace: 'shop-2',
    })
    expect(db).toMatchObject({ active: false, issued: 1, serviceAccount: 'web', podOwner: 'Deployment/web' })
    expect(await workloads({ clusterId: 'c-2' })).toEqual([db])
    for (const filter of [
      { key: web?.key ?? '' },
      { spiffeIdPart: '/WEB' },
      { namespace: 'shop-2' },
      { spiffeId: 'spiffe://example.org/web', clusterId: 'c-1' },
    ])
      expect(await workloads(filter)).toEqual([web])
    for (const filter of [{ key: 'no uuid' }, { spiffeIdPart: '%' }, { namespace: 'shop-2', serviceAccount: 'nobody' }])
      expect(await workloads(filter)).toEqual([])
    expect(await workloads({ since: at(-3_600_000) })).toMatchObject([{ spiffeId: 'spiffe://example.org/web' }])
    expect(await workloads({ trustDomainId: 'td-9' })).toEqual([])
    const first = await events.workloads({ since: at(-DAY_MS), now: at(0) }, { size: 1 })
    expect((await events.workloads({ since: at(-DAY_MS), now: at(0) }, { size: 1, cursor: first.next ?? '' })).items.map((each) => each.spiffeId)).toEqual([
      web?.spiffeId,
    ])
  })

  test('replicas that count the same workloads at once lose nothing', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `spiffe://example.org/${index}`)
    await Promise.all(
      stores.flatMap((store, index) =>
        Array.from({ length: 5 }, () => store.mint.events.append((index % 2 === 0 ? ids : ids.toReversed()).map((spiffeId) => issued({ spiffeId })))),
      ),
    )
    const counts = await workloads()
    expect(counts).toHaveLength(40)
    expect(new Set(counts.map((each) => each.issued))).toEqual(new Set([15]))
  })

  test('oversized details are left out and the event says so; events of too many days at once are refused', async () => {
    await events.append([issued({ details: { big: 'x'.repeat(70_000) } })])
    expect((await list())[0]?.details).toEqual({ truncated: true })
    await expect(events.append(Array.from({ length: 41 }, (_, day) => issued({ at: at(day * DAY_MS) })))).rejects.toThrow(RangeError)
  })

  test('subjects that the database cannot tell apart are counted as one', async () => {
    await events.append([issued({ spiffeId: 'spiffe://example.org/a\u0000' }), issued({ spiffeId: 'spiffe://example.org/a\uFFFD' })])
    expect((await workloads()).map(({ spiffeId, issued: times }) => [spiffeId, times])).toEqual([['spiffe://example.org/a\uFFFD', 2]])
  })

  test('an event whose details are text already, and whose place is known, is stored as one that has to be written', async () => {
    const written = issued({ spiffeId: 'spiffe://example.org/x' })
    const place = { namespace: 'shop', serviceAccount: 'web', podOwner: 'Deployment/web' }
    const text = issued({ spiffeId: 'spiffe://example.org/y', details: {}, detailsText: JSON.stringify(written.details), place })
    await events.append([written, text])
    const [second, first] = await list()
    expect(second?.details).toEqual(first?.details)
    const shop = { namespace: 'shop', serviceAccount: 'web', podOwner: 'Deployment/web' }
    expect(await workloads()).toMatchObject([shop, shop])
  })

  test('an event that is in bytes already is stored as one that has to be written, whatever it says', async () => {
    const texts = ['plain', 'back\\slash "quoted"', 'tab\t newline\n nul\u0000', '\u00fcn\u00ef \u{1f600}', 'x'.repeat(70_000), 'last']
    const given = texts.map((text) => issued({ spiffeId: `spiffe://example.org/${texts.indexOf(text)}`, details: { attributes: { text } } }))
    const block = Buffer.from(given.map(({ id, details }) => id + JSON.stringify(details)).join(''))
    let idAt = 0
    const inBytes = given.map((event) => {
      const detailsText = JSON.stringify(event.details)
      const bytes = { block, idAt, detailsAt: idAt + event.id.length, end: idAt + event.id.length + Buffer.byteLength(detailsText) }
      idAt = bytes.end
      return { ...event, detailsText, bytes }
    })
    await events.append(inBytes)
    const stored = await list()
    expect(stored.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      given.map((event, index) => (index === 4 ? { ...event, details: { truncated: true } } : event)),
    )
  })

  test('an append that fails half way leaves nothing, so that it can be sent again', async () => {
    await events.append([issued()])
    const client = new pg.Client(clientSettings(address))
    await client.connect()
    await client.query(`alter table mint_workload add constraint full_up check (spiffe_id not like '%/refused')`)
    await expect(events.append([issued({ at: at(9), spiffeId: 'spiffe://example.org/refused' })])).rejects.toThrow('SQLSTATE 23514')
    await client.end()
    expect(await list({ from: at(9) })).toEqual([])
  })
})
