import type { MintEvent } from '@mintmark/mint/server'
import type { Run } from '../queries/run.ts'
import { arrayText } from './literals.ts'
import { hashOf, storable } from '../schema/hash.ts'

/** One workload's share of a batch of events. */
interface Summary {
  readonly trustDomainId: string
  readonly clusterId: string
  readonly spiffeId: string
  firstIssuedAt: string
  lastIssuedAt: string
  lastExpiresAt: string
  place: Place
  readonly days: Map<string, number>
}

/** Where it ran: namespace, service account and owner of the pod. */
type Place = readonly [namespace: string | null, serviceAccount: string | null, podOwner: string | null]

const UPSERT_WORKLOADS = `insert into mint_workload as known
    (key, trust_domain_id, cluster_id, spiffe_id, first_issued_at, last_issued_at, last_expires_at, namespace, service_account, pod_owner)
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::text[], $10::text[])
  on conflict (key) do update set
    first_issued_at = least(known.first_issued_at, excluded.first_issued_at),
    last_issued_at = greatest(known.last_issued_at, excluded.last_issued_at),
    last_expires_at = greatest(known.last_expires_at, excluded.last_expires_at),
    namespace = case when excluded.last_issued_at >= known.last_issued_at then excluded.namespace else known.namespace end,
    service_account = case when excluded.last_issued_at >= known.last_issued_at then excluded.service_account else known.service_account end,
    pod_owner = case when excluded.last_issued_at >= known.last_issued_at then excluded.pod_owner else known.pod_owner end`

const UPSERT_DAYS = `insert into mint_workload_day as known (workload, day, issued)
  select * from unnest($1::uuid[], $2::date[], $3::int[])
  on conflict (workload, day) do update set issued = known.issued + excluded.issued`

/** Counts what was issued into the running summary. Runs in the transaction that stores the events. */
export async function summarizeWorkloads(run: Run, events: readonly MintEvent[]): Promise<void> {
  const summaries = new Map<string, Summary>()
  for (const event of events) {
    if (event.type === 'workload_credential_issued' && event.outcome === 'success' && event.spiffeId !== undefined) add(summaries, event, event.spiffeId)
  }
  if (summaries.size === 0) return
  // In one order everywhere, so that transactions that touch the same workloads wait for each other and never in a circle.
  const sorted = [...summaries].sort(([a], [b]) => (a < b ? -1 : 1))
  const rows = sorted.map(([key, each]) => [
    key,
    each.trustDomainId,
    each.clusterId,
    each.spiffeId,
    each.firstIssuedAt,
    each.lastIssuedAt,
    each.lastExpiresAt,
    ...each.place,
  ])
  await run(UPSERT_WORKLOADS, columnsOf(rows))
  await run(UPSERT_DAYS, columnsOf(sorted.flatMap(([key, each]) => [...each.days].map(([day, issued]) => [key, day, issued]))))
}

function add(summaries: Map<string, Summary>, event: MintEvent, id: string): void {
  const spiffeId = storable(id)
  const trustDomainId = storable(event.trustDomainId)
  const clusterId = storable(event.clusterId ?? '')
  const key = hashOf(spiffeId, trustDomainId, clusterId)
  const { at } = event
  const expiresAt = event.expiresAt ?? at
  const day = at.slice(0, 'yyyy-mm-dd'.length)
  const known = summaries.get(key)
  if (known === undefined) {
    const days = new Map([[day, 1]])
    summaries.set(key, { trustDomainId, clusterId, spiffeId, firstIssuedAt: at, lastIssuedAt: at, lastExpiresAt: expiresAt, place: placeOf(event), days })
    return
  }
  known.days.set(day, (known.days.get(day) ?? 0) + 1)
  if (at < known.firstIssuedAt) known.firstIssuedAt = at
  if (expiresAt > known.lastExpiresAt) known.lastExpiresAt = expiresAt
  if (at < known.lastIssuedAt) return
  known.lastIssuedAt = at
  known.place = placeOf(event)
}

/** Only what attestors of Kubernetes have said. */
function placeOf({ details }: MintEvent): Place {
  const { attributes } = details
  const read = (name: string): string | null => {
    if (typeof attributes !== 'object' || attributes === null || !Object.hasOwn(attributes, name)) return null
    const value: unknown = Reflect.get(attributes, name)
    return typeof value === 'string' ? storable(value) : null
  }
  return [read('kubernetes.pod.namespace'), read('kubernetes.pod.service_account'), read('kubernetes.pod.owner')]
}

/** Rows as columns: an array for each parameter. */
function columnsOf(rows: readonly (readonly (string | number | null)[])[]): string[] {
  const [first = []] = rows
  return first.map((_, index) => arrayText(rows.map((row) => row[index] ?? null)))
}
