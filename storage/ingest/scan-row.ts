import type { ScanHeader } from '@mintmark/contract/scan'
import { ScanHeader as ScanHeaderSchema } from '@mintmark/contract/scan'
import type { Selectable } from 'kysely'
import { publicId } from '../schema/codes.ts'
import type { ScanTable } from '../schema/tables.ts'
import type { ScanRow } from '../store.ts'

/** A row as the rest of the house sees it. */
export function describeScan(row: Selectable<ScanTable>): ScanRow {
  return {
    id: row.id,
    ...(row.number === null ? {} : { number: row.number }),
    integrationId: publicId('integration', row.integration_id),
    state: row.state,
    header: readHeader(row.header),
    receivedChunks: row.received_chunks,
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at.toISOString() }),
    ...(row.visible_at === null ? {} : { visibleAt: row.visible_at.toISOString() }),
  }
}

/** Headers are stored as they were sent and checked then; they are parsed again because old rows may meet a newer schema. */
export function readHeader(text: string): ScanHeader {
  return ScanHeaderSchema.parse(JSON.parse(text))
}
