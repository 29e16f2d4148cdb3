import type { MintEvent } from '@mintmark/mint/server'
import type { Run } from '../queries/run.ts'
import { storable } from '../schema/hash.ts'

/** One workload's share of a batch of events. */
interface Summary {
  readonly trust_domain_id: string
  readonly cluster_id: string
  readonly spiffe_id: string
  first_issued_at: string
  last_issued_at: string
  last_expires_at: string
  namespace: string | undefined
  service_account: string | undefined
  pod_owner: string | undefined
  readonly days: Record<string, number>
}

const UPSERT = `with given as (
    select * from json_to_recordset($1::json) as row (trust_domain_id text, cluster_id text, spiffe_id text, first_issued_at timestamptz,
      last_issued_at timestamptz, last_expires_at timestamptz, namespace text, service_account text, pod_owner text, days json)
  ), saved as (
    insert into mint_workload as known (trust_domain_id, cluster_id, spiffe_id, first_issued_at, last_issued_at, last_expires_at, namespace, service_account, pod_owner)
    select trust_domain_id, cluster_id, spiffe_id, first_issued_at, last_issued_at, last_expires_at, namespace, service_account, pod_owner from given
    on conflict (spiffe_id, trust_domain_id, cluster_id) do update set
      first_issued_at = least(known.first_issued_at, excluded.first_issued_at),
      last_issued_at = greatest(known.last_issued_at, excluded.last_issued_at),
      last_expires_at = greatest(known.last_expires_at, excluded.last_expires_at),
      namespace = case when excluded.last_issued_at >= known.last_issued_at then excluded.namespace else known.namespace end,
      service_account = case when excluded.last_issued_at >= known.last_issued_at then excluded.service_account else known.service_account end,
      pod_owner = case when excluded.last_issued_at >= known.last_issued_at then excluded.pod_owner else known.pod_owner end
    returning id, trust_domain_id, cluster_id, spiffe_id
  )
  insert into mint_workload_day as known (workload_id, day, issued)
  select saved.id, day.key::date, day.value::int
  from given join saved using (spiffe_id, trust_domain_id, cluster_id) cross join json_each_text(given.days) as day
  on conflict (workload_id, day) do update set issued = known.issued + excluded.issued`

/** Counts what was issued into the running summary. Runs in the transaction that stores the events. */
export async function summarizeWorkloads(run: Run, events: readonly MintEvent[]): Promise<void> {
  const summaries = new Map<string, Summary>()
  for (const event of events) {
    if (event.type === 'workload_credential_issued' && event.outcome === 'success' && event.spiffeId !== undefined) add(summaries, event, event.spiffeId)
  }
  if (summaries.size === 0) return
  // In one order everywhere, so that transactions that touch the same workloads wait for each other and never in a circle.
  const rows = [...summaries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, summary]) => summary)
  await run(UPSERT, [JSON.stringify(rows)])
}

function add(summaries: Map<string, Summary>, event: MintEvent, id: string): void {
  const [spiffeId, trustDomainId, clusterId] = [id, event.trustDomainId, event.clusterId ?? ''].map(storable)
  if (spiffeId === undefined || trustDomainId === undefined || clusterId === undefined) return
  const key = JSON.stringify([spiffeId, trustDomainId, clusterId])
  const expiresAt = event.expiresAt ?? event.at
  const known = summaries.get(key)
  const day = event.at.slice(0, 'yyyy-mm-dd'.length)
  if (known === undefined) {
    summaries.set(key, {
      trust_domain_id: trustDomainId,
      cluster_id: clusterId,
      spiffe_id: spiffeId,
      first_issued_at: event.at,
      last_issued_at: event.at,
      last_expires_at: expiresAt,
      ...placeOf(event),
      days: { [day]: 1 },
    })
    return
  }
  known.days[day] = (known.days[day] ?? 0) + 1
  if (event.at < known.first_issued_at) known.first_issued_at = event.at
  if (expiresAt > known.last_expires_at) known.last_expires_at = expiresAt
  if (event.at < known.last_issued_at) return
  known.last_issued_at = event.at
  Object.assign(known, placeOf(event))
}

/** Where the latest one ran; only what attestors of Kubernetes have said. */
function placeOf({ details }: MintEvent): Pick<Summary, 'namespace' | 'service_account' | 'pod_owner'> {
  const { attributes } = details
  const read = (name: string): string | undefined => {
    if (typeof attributes !== 'object' || attributes === null || !Object.hasOwn(attributes, name)) return undefined
    const value: unknown = Reflect.get(attributes, name)
    return typeof value === 'string' ? storable(value) : undefined
  }
  return {
    namespace: read('kubernetes.pod.namespace'),
    service_account: read('kubernetes.pod.service_account'),
    pod_owner: read('kubernetes.pod.owner'),
  }
}
