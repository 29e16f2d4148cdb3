import { parseTrustDomain } from '@mintmark/spiffe'
import { AdministrationError } from '../failure.ts'
import type { ServerLog } from '../log.ts'
import type { MintStores, TrustDomainRow } from '../ports.ts'
import { administerClusters, type ClusterAdministration } from './clusters.ts'
import { administerConfiguration, type ConfigurationAdministration } from './configuration.ts'

/** What can be administered of a trust domain that another server serves: what lies in the database, and no keys. */
export interface RegistryAdministration {
  readonly clusters: ClusterAdministration
  readonly configuration: ConfigurationAdministration
}

/** What it is opened with. */
export interface RegistryAdministrationOptions {
  readonly trustDomain: TrustDomainRow
  readonly stores: MintStores
  readonly now: () => Date
  readonly log: ServerLog
}

/** Administers a trust domain over its stores alone. Its servers notice changes when they next look at the database. */
export function administerRegistry({ trustDomain, stores, now, log }: RegistryAdministrationOptions): RegistryAdministration {
  const parsed = parseTrustDomain(trustDomain.name)
  if (!parsed.ok)
    throw new AdministrationError('invalid', `"${trustDomain.name}" cannot be a trust domain: ${parsed.reason}.`, 'Register one with another name.')
  const dependencies = {
    ...stores,
    trustDomain: { id: trustDomain.id, name: parsed.trustDomain },
    deploymentId: undefined,
    now,
    log,
    changed: () => undefined,
    record: (event: Parameters<MintStores['events']['append']>[0][number]) => {
      stores.events.append([event]).catch((error: unknown) => {
        log.error({ logger: 'server.events', type: event.type, error: error instanceof Error ? error.name : typeof error }, 'An event could not be stored')
      })
    },
  }
  return { clusters: administerClusters(dependencies), configuration: administerConfiguration(dependencies) }
}
