import type { EventFilter, EventStore, WorkloadFilter, WorkloadRow } from '@mintmark/mint/server'
import { ConflictError, InvalidCursorError } from '../errors.ts'
import { pageSize, readCursor, toPage, writeCursor } from '../queries/cursor.ts'
import type { Run } from '../queries/run.ts'
import { describeEvent, EVENT_TYPES, SVID_TYPES, type EventRow } from './event-row.ts'
import { canBeStored } from './ids.ts'
import { MINT_STORAGE_LIMITS } from './limits.ts'

const EVENTS = { list: 'mint-events', parts: ['string', 'string'] } as const
const WORKLOADS = { list: 'mint-workloads', parts: ['string', 'string', 'string'] } as const
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const ISO_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** How a series groups its events. */
const GROUPS = {
  svid_type: { expression: `case svid_type when ${SVID_TYPES.x509} then 'x509' when ${SVID_TYPES.jwt} then 'jwt' end`, from: 'mint_event' },
  spiffe_id: { expression: 'spiffe_id', from: 'mint_event' },
  cluster: { expression: 'cluster_id', from: 'mint_event' },
  // An event with two audiences counts for both.
  audience: { expression: 'each.audience', from: 'mint_event left join lateral unnest(mint_event.audience) as each (audience) on true' },
} as const
/** Group of the events that have none, such as those without a subject. */
const UNKNOWN_GROUP = 'unknown'

interface Workload {
  readonly key: string
  readonly spiffe_id: string
  readonly trust_domain_id: string
  readonly cluster_id: string
  readonly issued: number
  readonly active: boolean
  readonly first_issued_at: Date
  readonly last_issued_at: Date
  readonly last_expires_at: Date
  readonly namespace: string | null
  readonly service_account: string | null
  readonly pod_owner: string | null
}

/** The read side of events. */
export function openEventQueries(run: Run): Pick<EventStore, 'list' | 'series' | 'workloads'> {
  return {
    async list(filter, page) {
      const size = pageSize(page)
      const cursor = readCursor(EVENTS, page.cursor)
      if (cursor !== undefined && !ISO_INSTANT.test(String(cursor[0]))) throw new InvalidCursorError()
      const where = conditionsOf(filter)
      if (cursor !== undefined) where.add((first, second) => `(at, id) < (${first}::timestamptz, ${second})`, ...cursor)
      const rows = await run<EventRow>(`select * from mint_event ${where.text()} order by at desc, id desc limit ${size + 1}`, where.parameters)
      return toPage(rows, size, describeEvent, (last) => writeCursor(EVENTS, [last.at.toISOString(), last.id]))
    },
    async series({ by, intervalSeconds, ...filter }) {
      const { seriesIntervalSecondsMin, seriesValuesMax } = MINT_STORAGE_LIMITS
      if (!Number.isSafeInteger(intervalSeconds) || intervalSeconds < seriesIntervalSecondsMin) throw new RangeError('An interval is a whole number of seconds')
      const { expression, from } = GROUPS[by]
      const where = conditionsOf(filter)
      const interval = where.parameter(intervalSeconds)
      const rows = await run<{ from: Date; group: string; count: string }>(
        `select date_bin(${interval} * interval '1 second', at, '1970-01-01T00:00:00Z') as "from", coalesce(${expression}, '${UNKNOWN_GROUP}') as "group", count(*) as count
         from ${from} ${where.text()} group by 1, 2 order by 1 desc, 2 limit ${seriesValuesMax + 1}`,
        where.parameters,
      )
      if (rows.length > seriesValuesMax) {
        throw new ConflictError('series-too-large', `The series has more than ${seriesValuesMax} values: ask for a shorter time or longer intervals`)
      }
      return rows.map((row) => ({ from: row.from.toISOString(), group: row.group, count: Number(row.count) }))
    },
    async workloads(filter, page) {
      const { since, now } = filter
      const size = pageSize(page)
      const cursor = readCursor(WORKLOADS, page.cursor)
      const where = new Conditions()
      const from = where.parameter(new Date(since))
      where.add(() => `last_issued_at >= ${from}`)
      addWorkloadConditions(where, filter)
      if (cursor !== undefined) where.add((a, b, c) => `(spiffe_id, trust_domain_id, cluster_id) > (${a}, ${b}, ${c})`, ...cursor)
      const rows = await run<Workload>(
        `select w.*, w.last_expires_at > ${where.parameter(new Date(now))} as active,
           (select coalesce(sum(issued), 0)::int from mint_workload_day where workload = w.key and day >= (${from}::timestamptz at time zone 'UTC')::date) as issued
         from mint_workload w ${where.text()} order by spiffe_id, trust_domain_id, cluster_id limit ${size + 1}`,
        where.parameters,
      )
      return toPage(rows, size, describeWorkload, (last) => writeCursor(WORKLOADS, [last.spiffe_id, last.trust_domain_id, last.cluster_id]))
    },
  }
}

/** Conditions of a statement and their values. */
class Conditions {
  readonly parameters: unknown[] = []
  readonly #conditions: string[] = []

  /** @returns the placeholder of a value */
  parameter(value: unknown): string {
    // Nothing is stored under a text that PostgreSQL refuses, so it must find nothing.
    if (typeof value === 'string' && !canBeStored(value)) this.#conditions.push('false')
    return `$${this.parameters.push(typeof value === 'string' ? value.replaceAll('\u0000', '') : value)}`
  }

  add(write: (...placeholders: string[]) => string, ...values: readonly unknown[]): void {
    this.#conditions.push(write(...values.map((value) => this.parameter(value))))
  }

  text(): string {
    return this.#conditions.length === 0 ? '' : `where ${this.#conditions.join(' and ')}`
  }
}

function conditionsOf(filter: EventFilter): Conditions {
  const where = new Conditions()
  if (filter.trustDomainId !== undefined) where.add((value) => `trust_domain_id = ${value}`, filter.trustDomainId)
  if (filter.clusterId !== undefined) where.add((value) => `cluster_id = ${value}`, filter.clusterId)
  if (filter.spiffeId !== undefined) where.add((value) => `spiffe_id = ${value}`, filter.spiffeId)
  if (filter.type !== undefined) where.add((value) => `type = ${value}`, EVENT_TYPES[filter.type])
  // Written out, because only then the index of failures is known to fit.
  if (filter.outcome !== undefined) where.add(() => (filter.outcome === 'success' ? 'succeeded' : 'not succeeded'))
  if (filter.from !== undefined) where.add((value) => `at >= ${value}`, new Date(filter.from))
  if (filter.to !== undefined) where.add((value) => `at < ${value}`, new Date(filter.to))
  return where
}

function addWorkloadConditions(where: Conditions, filter: WorkloadFilter): void {
  const { trustDomainId, clusterId, key, spiffeId, spiffeIdPart, namespace, serviceAccount } = filter
  if (key !== undefined) {
    if (UUID.test(key)) where.add((value) => `key = ${value}`, key)
    else where.add(() => 'false')
  }
  if (trustDomainId !== undefined) where.add((value) => `trust_domain_id = ${value}`, trustDomainId)
  if (clusterId !== undefined) where.add((value) => `cluster_id = ${value}`, clusterId)
  if (spiffeId !== undefined) where.add((value) => `spiffe_id = ${value}`, spiffeId)
  if (spiffeIdPart !== undefined) where.add((value) => `spiffe_id ilike ${value}`, `%${spiffeIdPart.replace(/[\\%_]/g, '\\$&')}%`)
  if (namespace !== undefined) where.add((value) => `namespace = ${value}`, namespace)
  if (serviceAccount !== undefined) where.add((value) => `service_account = ${value}`, serviceAccount)
}

function describeWorkload(row: Workload): WorkloadRow {
  return {
    key: row.key,
    spiffeId: row.spiffe_id,
    trustDomainId: row.trust_domain_id,
    ...(row.cluster_id === '' ? {} : { clusterId: row.cluster_id }),
    issued: row.issued,
    active: row.active,
    firstIssuedAt: row.first_issued_at.toISOString(),
    lastIssuedAt: row.last_issued_at.toISOString(),
    lastExpiresAt: row.last_expires_at.toISOString(),
    ...(row.namespace === null ? {} : { namespace: row.namespace }),
    ...(row.service_account === null ? {} : { serviceAccount: row.service_account }),
    ...(row.pod_owner === null ? {} : { podOwner: row.pod_owner }),
  }
}
