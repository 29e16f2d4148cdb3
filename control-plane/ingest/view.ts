import type { Scan } from '@mintmark/contract/http'
import type { ScanRow } from '@mintmark/storage'
import { nameError } from '../server/errors.ts'
import { PROBLEMS } from '@mintmark/contract/http'
import type { Publisher } from './publisher.ts'

/** A scan as the API shows it: what is stored, and what this process is doing with it. */
export function viewScan(row: ScanRow, publisher: Pick<Publisher, 'progressOf'>): Scan {
  const { publishing, failure } = publisher.progressOf(row.id)
  const { connector, source, mode, scanner, startedAt } = row.header
  return {
    id: row.id,
    ...(row.number === undefined ? {} : { number: row.number }),
    integrationId: row.integrationId,
    state: row.state === 'receiving' && publishing !== undefined ? 'publishing' : row.state,
    ...(failure === undefined || row.state !== 'receiving' ? {} : { failure: explainFailure(failure) }),
    connector,
    source,
    mode,
    scanner,
    nextSequence: row.receivedChunks,
    startedAt,
    ...(row.finishedAt === undefined ? {} : { finishedAt: row.finishedAt }),
    ...(row.visibleAt === undefined ? {} : { visibleAt: row.visibleAt }),
  }
}

function explainFailure(failure: unknown): string {
  const { name, details } = nameError(failure)
  return [details.detail ?? PROBLEMS[name].title, details.remedy].filter((part) => part !== undefined).join(' ')
}
