import type { MintEvent } from '@mintmark/mint/server'
import { CompiledQuery, type Kysely, type Transaction } from 'kysely'
import { runnerOf } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import { EventCopy } from './event-copy.ts'
import { EVENT_COLUMNS, eventColumns } from './event-row.ts'
import { MINT_STORAGE_LIMITS } from './limits.ts'
import type { Partitions } from './partitions.ts'
import { summarizeWorkloads } from './workload-summary.ts'

/** SQLSTATE of a row whose key exists, and of one whose partition does not. */
const UNIQUE_VIOLATION = '23505'
const NO_PARTITION = '23514'
/** What `toISOString` writes of years that have four digits. */
const INSTANT = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/
const COPY = `copy mint_event (${EVENT_COLUMNS.join(', ')}) from stdin (format binary)`
const INSERT_NEW = `insert into mint_event (${EVENT_COLUMNS.join(', ')})
  select (row->>0)::timestamptz, row->>1, (row->>2)::smallint, (row->>3)::boolean, (row->>4)::smallint, row->>5, row->>6, row->>7,
    case when json_typeof(row->8) = 'array' then array(select json_array_elements_text(row->8)) end, row->>9
  from json_array_elements($1::json) as row
  on conflict do nothing returning id`

/** Stores events and counts them, batch by batch, each in one transaction. A batch that was stored before, even in part, is completed and not doubled. */
export async function appendEvents(database: Kysely<Tables>, partitions: Partitions, events: readonly MintEvent[]): Promise<void> {
  for (let start = 0; start < events.length; start += MINT_STORAGE_LIMITS.eventsPerTransactionMax) {
    const batch = normalize(events.slice(start, start + MINT_STORAGE_LIMITS.eventsPerTransactionMax))
    await partitions.ensure(timesOf(batch))
    try {
      await database.transaction().execute((transaction) => copyBatch(transaction, batch))
    } catch (error) {
      const state = sqlState(error)
      if (state !== UNIQUE_VIOLATION && state !== NO_PARTITION) throw error
      // Another process may have dropped a day that this one knew.
      if (state === NO_PARTITION) partitions.forget()
      await partitions.ensure(timesOf(batch))
      await database.transaction().execute((transaction) => insertNew(transaction, batch))
    }
  }
}

async function copyBatch(transaction: Transaction<Tables>, batch: readonly MintEvent[]): Promise<void> {
  const rows = new EventCopy()
  try {
    for (const event of batch) rows.add(event)
    for await (const _none of transaction.getExecutor().stream(CompiledQuery.raw(COPY, [rows.finish()]), 1)) {
      // It brings no rows.
    }
  } finally {
    rows.release()
  }
  await summarizeWorkloads(runnerOf(transaction), batch)
}

async function insertNew(transaction: Transaction<Tables>, batch: readonly MintEvent[]): Promise<void> {
  const run = runnerOf(transaction)
  const inserted = await run<{ id: string }>(INSERT_NEW, [JSON.stringify(batch.map(eventColumns))])
  const fresh = new Set(inserted.map(({ id }) => id))
  await summarizeWorkloads(
    run,
    batch.filter(({ id }) => fresh.delete(id)),
  )
}

/** When events happened; those of a batch share their time. */
function timesOf(events: readonly MintEvent[]): readonly string[] {
  const times = new Set<string>()
  for (const { at } of events) times.add(at)
  return [...times]
}

/** Times in one form, so that they compare as text. @throws RangeError for a time that is none */
function normalize(events: readonly MintEvent[]): readonly MintEvent[] {
  // The events of a batch share their times, which need not be looked at again.
  let known = ''
  let knownEnd: string | undefined
  return events.map((event) => {
    const { at, expiresAt } = event
    if (at === known && expiresAt === knownEnd) return event
    if (!INSTANT.test(at) || (expiresAt !== undefined && !INSTANT.test(expiresAt))) return withInstants(event)
    known = at
    knownEnd = expiresAt
    return event
  })
}

/** The same event, in words, with its times as `toISOString` writes them. */
function withInstants(event: MintEvent): MintEvent {
  const { id, type, trustDomainId, clusterId, agentId, outcome, spiffeId, svidType, keysetId, audience, issuedAt, expiresAt, error, details, place } = event
  return {
    id,
    at: new Date(event.at).toISOString(),
    type,
    trustDomainId,
    outcome,
    details,
    ...(clusterId === undefined ? {} : { clusterId }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(spiffeId === undefined ? {} : { spiffeId }),
    ...(svidType === undefined ? {} : { svidType }),
    ...(keysetId === undefined ? {} : { keysetId }),
    ...(audience === undefined ? {} : { audience }),
    ...(issuedAt === undefined ? {} : { issuedAt }),
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    ...(error === undefined ? {} : { error }),
    ...(place === undefined ? {} : { place }),
  }
}

function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
