import type { MintEvent, WorkloadPlace } from '@mintmark/mint/server'
import type { Run } from '../queries/run.ts'
import { columnText, plainArrayText } from './literals.ts'
import { hashOf, storable } from '../schema/hash.ts'

/** One workload's share of a batch of events. */
interface Summary {
  readonly key: string
  readonly trustDomainId: string
  readonly clusterId: string
  readonly spiffeId: string
  firstIssuedAt: string
  lastIssuedAt: string
  lastExpiresAt: string
  place: WorkloadPlace
  /** How many were issued on the day of the first one; days behind it, which hardly any batch has, stand in `others`. */
  issued: number
  readonly day: string
  others: Map<string, number> | undefined
}

/** The workloads of a batch that share a cluster, by SPIFFE ID. */
interface Group {
  readonly trustDomainId: string
  readonly clusterId: string
  readonly workloads: Map<string, Summary>
}

const UPSERT_WORKLOADS = `insert into mint_workload as known
    (key, trust_domain_id, cluster_id, spiffe_id, first_issued_at, last_issued_at, last_expires_at, namespace, service_account, pod_owner)
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::text[], $10::text[])
  order by 1
  on conflict (key) do update set
    first_issued_at = least(known.first_issued_at, excluded.first_issued_at),
    last_issued_at = greatest(known.last_issued_at, excluded.last_issued_at),
    last_expires_at = greatest(known.last_expires_at, excluded.last_expires_at),
    namespace = case when excluded.last_issued_at >= known.last_issued_at then excluded.namespace else known.namespace end,
    service_account = case when excluded.last_issued_at >= known.last_issued_at then excluded.service_account else known.service_account end,
    pod_owner = case when excluded.last_issued_at >= known.last_issued_at then excluded.pod_owner else known.pod_owner end`

const UPSERT_DAYS = `insert into mint_workload_day as known (workload, day, issued)
  select * from unnest($1::uuid[], $2::date[], $3::int[])
  order by 1, 2
  on conflict (workload, day) do update set issued = known.issued + excluded.issued`

/**
 * Counts what was issued into the running summary. Runs in the transaction that stores the events. Both statements go through their rows in one order
 * everywhere, so that transactions that touch the same workloads wait for each other and never in a circle.
 */
export async function summarizeWorkloads(run: Run, events: readonly MintEvent[]): Promise<void> {
  const summaries = summariesOf(events)
  if (summaries.length === 0) return
  const texts = (read: (each: Summary) => string | undefined): string => columnText(summaries, read)
  const plain = (read: (each: Summary) => string): string => plainArrayText(summaries.map(read))
  await run(UPSERT_WORKLOADS, [
    plain(({ key }) => key),
    texts(({ trustDomainId }) => trustDomainId),
    texts(({ clusterId }) => clusterId),
    texts(({ spiffeId }) => spiffeId),
    plain(({ firstIssuedAt }) => firstIssuedAt),
    plain(({ lastIssuedAt }) => lastIssuedAt),
    plain(({ lastExpiresAt }) => lastExpiresAt),
    texts(({ place }) => place.namespace),
    texts(({ place }) => place.serviceAccount),
    texts(({ place }) => place.podOwner),
  ])
  const days: Pick<Summary, 'key' | 'day' | 'issued'>[] = [...summaries]
  for (const { key, others } of summaries) if (others !== undefined) for (const [day, issued] of others) days.push({ key, day, issued })
  await run(UPSERT_DAYS, [
    plainArrayText(days.map(({ key }) => key)),
    plainArrayText(days.map(({ day }) => day)),
    plainArrayText(days.map(({ issued }) => issued)),
  ])
}

function summariesOf(events: readonly MintEvent[]): Summary[] {
  const groups = new Map<string, Group>()
  // Events of one cluster come one after the other.
  let group: Group | undefined
  const summaries: Summary[] = []
  for (const event of events) {
    if (event.type !== 'workload_credential_issued' || event.outcome !== 'success' || event.spiffeId === undefined) continue
    const spiffeId = storable(event.spiffeId)
    const trustDomainId = storable(event.trustDomainId)
    const clusterId = storable(event.clusterId ?? '')
    if (group?.trustDomainId !== trustDomainId || group.clusterId !== clusterId) group = groupOf(groups, trustDomainId, clusterId)
    const known = group.workloads.get(spiffeId)
    if (known === undefined) {
      const first = begin(event, spiffeId, group)
      group.workloads.set(spiffeId, first)
      summaries.push(first)
    } else count(known, event)
  }
  return summaries
}

function groupOf(groups: Map<string, Group>, trustDomainId: string, clusterId: string): Group {
  const name = JSON.stringify([trustDomainId, clusterId])
  const known = groups.get(name)
  if (known !== undefined) return known
  const group = { trustDomainId, clusterId, workloads: new Map<string, Summary>() }
  groups.set(name, group)
  return group
}

function begin(event: MintEvent, spiffeId: string, { trustDomainId, clusterId }: Group): Summary {
  const { at } = event
  return {
    key: hashOf(spiffeId, trustDomainId, clusterId),
    trustDomainId,
    clusterId,
    spiffeId,
    firstIssuedAt: at,
    lastIssuedAt: at,
    lastExpiresAt: event.expiresAt ?? at,
    place: placeOf(event),
    issued: 1,
    day: dayOf(at),
    others: undefined,
  }
}

function count(known: Summary, event: MintEvent): void {
  const { at, expiresAt = at } = event
  const day = dayOf(at)
  if (day === known.day) known.issued += 1
  else {
    known.others ??= new Map()
    known.others.set(day, (known.others.get(day) ?? 0) + 1)
  }
  if (at < known.firstIssuedAt) known.firstIssuedAt = at
  if (expiresAt > known.lastExpiresAt) known.lastExpiresAt = expiresAt
  if (at < known.lastIssuedAt) return
  known.lastIssuedAt = at
  known.place = placeOf(event)
}

function dayOf(instant: string): string {
  return instant.slice(0, 'yyyy-mm-dd'.length)
}

/** Only what attestors of Kubernetes have said. */
function placeOf(event: MintEvent): WorkloadPlace {
  const { namespace, serviceAccount, podOwner } = event.place ?? placeInDetails(event)
  return { namespace: storableOr(namespace), serviceAccount: storableOr(serviceAccount), podOwner: storableOr(podOwner) }
}

function storableOr(text: string | undefined): string | undefined {
  return text === undefined ? undefined : storable(text)
}

function placeInDetails({ details }: MintEvent): WorkloadPlace {
  const { attributes } = details
  const read = (name: string): string | undefined => {
    if (typeof attributes !== 'object' || attributes === null || !Object.hasOwn(attributes, name)) return undefined
    const value: unknown = Reflect.get(attributes, name)
    return typeof value === 'string' ? value : undefined
  }
  return { namespace: read('kubernetes.pod.namespace'), serviceAccount: read('kubernetes.pod.service_account'), podOwner: read('kubernetes.pod.owner') }
}
