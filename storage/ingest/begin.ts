import type { ScanHeader } from '@mintmark/contract/scan'
import type { Kysely, Selectable, Transaction } from 'kysely'
import { ConflictError } from '../errors.ts'
import { STORAGE_LIMITS } from '../limits.ts'
import { uuidOf } from '../schema/codes.ts'
import { hashOf, storable } from '../schema/hash.ts'
import type { ScanTable, Tables } from '../schema/tables.ts'
import type { ScanRow } from '../store.ts'
import { abandonIdleScans } from './abandon.ts'
import { describeScan } from './scan-row.ts'

/** Begins a scan, or answers how far it has come. Two calls at once begin it once. */
export async function beginScan(database: Kysely<Tables>, integrationId: string, header: ScanHeader, now: Date): Promise<ScanRow> {
  const integration = uuidOf('integration', integrationId)
  if (integration === undefined) throw new ConflictError('integration-unknown', 'There is no such integration')
  await abandonIdleScans(database, now)
  return database.transaction().execute(async (trx) => {
    const known = await trx.selectFrom('integration').select('id').where('id', '=', integration).where('deleted_at', 'is', null).forUpdate().executeTakeFirst()
    if (known === undefined) throw new ConflictError('integration-unknown', 'There is no such integration, or it was deleted')
    await trx.updateTable('integration').set({ last_seen_at: now }).where('id', '=', integration).execute()
    const text = JSON.stringify(header)
    const there = await trx.selectFrom('scan').selectAll().where('id', '=', header.scanId).executeTakeFirst()
    if (there !== undefined) return describeScan(checkSame(there, integration, text))
    await checkRoom(trx, integration)
    const row = await trx
      .insertInto('scan')
      .values({
        id: header.scanId,
        integration_id: integration,
        source_id: await findSource(trx, header),
        state: 'receiving',
        header: text,
        touched_at: now,
        number: null,
        ended_lines: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    return describeScan(row)
  })
}

function checkSame(there: Selectable<ScanTable>, integration: string, header: string): Selectable<ScanTable> {
  if (there.integration_id !== integration) throw new ConflictError('scan-foreign', 'A scan with this id belongs to another integration')
  if (there.header !== header) throw new ConflictError('scan-header', 'A scan with this id was begun with another header')
  return there
}

async function checkRoom(trx: Transaction<Tables>, integration: string): Promise<void> {
  const { count } = await trx
    .selectFrom('scan')
    .select((expression) => expression.fn.countAll<string>().as('count'))
    .where('integration_id', '=', integration)
    .where('state', '=', 'receiving')
    .executeTakeFirstOrThrow()
  if (Number(count) < STORAGE_LIMITS.scansReceivingMax) return
  throw new ConflictError(
    'scans-receiving',
    `The integration has ${count} unfinished scans already, which is the limit: finish one, or wait until idle ones are given up`,
  )
}

/** The row of what is read. One source that two integrations read is one row: their scans share its history. */
async function findSource(trx: Transaction<Tables>, header: ScanHeader): Promise<number> {
  const key = storable(header.source.key)
  const row = await trx
    .insertInto('source')
    .values({ key_hash: hashOf(header.connector, header.source.key), key, name: storable(header.source.name) })
    .onConflict((conflict) => conflict.column('key_hash').doUpdateSet({ name: storable(header.source.name) }))
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}
