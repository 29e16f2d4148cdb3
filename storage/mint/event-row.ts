import type { MintEvent } from '@mintmark/mint/server'
import { readBody } from '../schema/bodies.ts'
import { storable } from '../schema/hash.ts'
import { MINT_STORAGE_LIMITS } from './limits.ts'

/** Numbers of event types in the database. */
export const EVENT_TYPES: Readonly<Record<MintEvent['type'], number>> = {
  workload_credential_issued: 1,
  workload_credential_error: 2,
  agent_attestation: 3,
  federation_link_polled: 4,
  keyset_changed: 5,
  configuration_changed: 6,
  audit_log: 7,
}
/** Numbers of SVID types in the database. */
export const SVID_TYPES: Readonly<Record<NonNullable<MintEvent['svidType']>, number>> = { x509: 1, jwt: 2 }

/** Columns in the order of {@link eventColumns}. */
export const EVENT_COLUMNS = ['at', 'id', 'type', 'succeeded', 'svid_type', 'trust_domain_id', 'cluster_id', 'spiffe_id', 'audience', 'body'] as const

/** What the body keeps: all that is never asked for by its own. */
type Body = Pick<MintEvent, 'agentId' | 'keysetId' | 'issuedAt' | 'expiresAt' | 'error' | 'details'>

/** A row as the database answers it. */
export interface EventRow {
  readonly at: Date
  readonly id: string
  readonly type: number
  readonly succeeded: boolean
  readonly svid_type: number | null
  readonly trust_domain_id: string
  readonly cluster_id: string | null
  readonly spiffe_id: string | null
  readonly audience: readonly string[] | null
  readonly body: string
}

/** The columns of an event, as JSON takes them. */
export function eventColumns(event: MintEvent): readonly (string | number | boolean | null | readonly string[])[] {
  const { at, id, type, outcome, svidType, trustDomainId, clusterId, spiffeId, audience } = event
  return [
    at,
    storable(id),
    EVENT_TYPES[type],
    outcome === 'success',
    svidType === undefined ? null : SVID_TYPES[svidType],
    storable(trustDomainId),
    clusterId === undefined ? null : storable(clusterId),
    spiffeId === undefined ? null : storable(spiffeId),
    audience === undefined ? null : audience.map(storable),
    bodyOf(event),
  ]
}

/** The event of a row. */
export function describeEvent(row: EventRow): MintEvent {
  const { details, ...rest } = readBody<Body>(row.body)
  const svidType = nameOf(SVID_TYPES, row.svid_type)
  return {
    id: row.id,
    at: row.at.toISOString(),
    type: nameOf(EVENT_TYPES, row.type) ?? 'workload_credential_error',
    trustDomainId: row.trust_domain_id,
    outcome: row.succeeded ? 'success' : 'failure',
    ...(row.cluster_id === null ? {} : { clusterId: row.cluster_id }),
    ...(row.spiffe_id === null ? {} : { spiffeId: row.spiffe_id }),
    ...(svidType === undefined ? {} : { svidType }),
    ...(row.audience === null ? {} : { audience: row.audience }),
    ...rest,
    details,
  }
}

/** What one row after the other has in common. */
let head: Pick<Body, 'agentId' | 'keysetId' | 'issuedAt' | 'expiresAt'> & { readonly text: string } = { text: '{' }

/** The body of an event: JSON that `Body` describes. */
export function bodyOf(event: MintEvent): string {
  const { agentId, keysetId, issuedAt, expiresAt, error } = event
  const text = `${headOf(event)}${error === undefined ? '' : `"error":${JSON.stringify(error)},`}"details":${event.detailsText ?? JSON.stringify(event.details)}}`
  if (text.length <= MINT_STORAGE_LIMITS.eventDetailsBytesMax) return text
  return JSON.stringify({ agentId, keysetId, issuedAt, expiresAt, error: error?.slice(0, 1_000), details: { truncated: true } })
}

/** The beginning of a body. The events of a batch share theirs. */
export function headOf({ agentId, keysetId, issuedAt, expiresAt }: MintEvent): string {
  if (head.agentId !== agentId || head.keysetId !== keysetId || head.issuedAt !== issuedAt || head.expiresAt !== expiresAt) {
    const fields = { ...(agentId && { agentId }), ...(keysetId && { keysetId }), ...(issuedAt && { issuedAt }), ...(expiresAt && { expiresAt }) }
    const whole = JSON.stringify(fields)
    head = { ...fields, text: whole === '{}' ? '{' : `${whole.slice(0, -1)},` }
  }
  return head.text
}

function nameOf<Name extends string>(names: Readonly<Record<Name, number>>, code: number | null): Name | undefined {
  for (const name in names) if (names[name] === code) return name
  return undefined
}
