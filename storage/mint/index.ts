import type { Kysely } from 'kysely'
import { runnerOf } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import type { Store } from '../store.ts'
import { openAgents } from './agents.ts'
import { openClusterVersions } from './cluster-versions.ts'
import { openClusters } from './clusters.ts'
import { openConfigurationStore } from './configuration.ts'
import { openEventStore } from './events.ts'
import { openFederationStore } from './federation.ts'
import { openKeysetStore } from './keysets.ts'
import { openTrustDomains } from './trust-domains.ts'

/** Mint's stores, over a connection pool. */
export function openMintStore(database: Kysely<Tables>): Store['mint'] {
  const run = runnerOf(database)
  return {
    registry: { ...openTrustDomains(run), ...openClusters(database), ...openClusterVersions(database), ...openAgents(run) },
    configuration: openConfigurationStore(database),
    federation: openFederationStore(run),
    events: openEventStore(database),
    keysets: openKeysetStore(run),
  }
}
