import type { ScanStore } from '@mintmark/storage'
import { notFound } from '../server/problem-error.ts'

/** Scans whose owner is kept at hand; the longest unused is forgotten first. */
const OWNERS_MAX = 1_000

/** Whose a scan is. That never changes, so a chunk does not have to ask the database for it. */
export interface ScanOwners {
  remember(scanId: string, integrationId: string): void
  /** @throws ProblemError not-found also for a scan of another integration */
  demand(scanId: string, integrationId: string): Promise<void>
}

/** Asks the store once per scan. */
export function createScanOwners(scans: Pick<ScanStore, 'get'>): ScanOwners {
  const owners = new Map<string, string>()

  function remember(scanId: string, integrationId: string): void {
    owners.delete(scanId)
    owners.set(scanId, integrationId)
    const [oldest] = owners.keys()
    if (owners.size > OWNERS_MAX && oldest !== undefined) owners.delete(oldest)
  }

  return {
    remember,
    async demand(scanId, integrationId) {
      const owner = owners.get(scanId) ?? (await scans.get(scanId))?.integrationId
      if (owner !== undefined) remember(scanId, owner)
      if (owner !== integrationId) throw notFound('scan')
    },
  }
}
