import { ProblemError } from '@mintmark/control-plane'
import { administerRegistry, type ClusterRow, type MintAdministration, type RegistryAdministration, type TrustDomainRow } from '@mintmark/mint/server'
import type { MintOperationsDependencies } from './served.ts'
import { unknown } from './unknown.ts'

/** A trust domain and what can be administered of it here. */
export interface KnownTrustDomain extends RegistryAdministration {
  readonly row: TrustDomainRow
  /** Keys, issuance and federation: of the trust domain that this process serves only. */
  readonly served?: MintAdministration
}

/** Finds trust domains and clusters by what callers name them. */
export interface Directory {
  /** One that speaks for the whole installation: the served one, else the newest. @throws ProblemError when there is none */
  anyTrustDomain(): Promise<KnownTrustDomain>
  /** By id or name; the only one when none is named. @throws ProblemError */
  trustDomain(idOrName: string | undefined): Promise<KnownTrustDomain>
  /** One that this process serves. @throws ProblemError, also for one that another server serves */
  servedTrustDomain(idOrName: string | undefined): Promise<MintAdministration>
  /** By id anywhere; by name within the trust domain that is named, or the only one. @throws ProblemError */
  cluster(idOrName: string, trustDomain: string | undefined): Promise<{ readonly row: ClusterRow; readonly trustDomain: KnownTrustDomain }>
}

/** Looks up in the registry, each time anew: other processes write to it, too. */
export function createDirectory({ served, stores, now, log }: MintOperationsDependencies): Directory {
  const { registry } = stores
  const own = served?.server.administration

  function known(row: TrustDomainRow): KnownTrustDomain {
    if (row.id === own?.trustDomain.id) return { row, served: own, clusters: own.clusters, configuration: own.configuration }
    return { row, ...administerRegistry({ trustDomain: row, stores, now, log }) }
  }

  async function only(): Promise<TrustDomainRow> {
    const { items } = await registry.listTrustDomains({ size: 2 })
    const [first, second] = items
    if (first === undefined) throw noTrustDomain()
    if (second === undefined) return first
    throw new ProblemError('request-refused', {
      detail: 'There are several trust domains here, and none is named.',
      remedy: 'Name one: trustDomain in the request, or --trust-domain on the command line.',
      errors: [{ field: '/trustDomain', problem: 'is missing' }],
    })
  }

  async function trustDomain(idOrName: string | undefined): Promise<KnownTrustDomain> {
    if (idOrName === undefined) return known(await only())
    const row = await registry.trustDomain(idOrName)
    if (row === undefined) throw unknown('trust domain')
    return known(row)
  }

  return {
    anyTrustDomain: async () => {
      const [newest] = own === undefined ? (await registry.listTrustDomains({ size: 1 })).items : [own.trustDomain]
      if (newest === undefined) throw noTrustDomain()
      return known(newest)
    },
    trustDomain,
    servedTrustDomain: async (idOrName) => {
      const { row, served: administration } = await trustDomain(idOrName)
      if (administration === undefined) throw servedElsewhere(row.name)
      return administration
    },
    cluster: async (idOrName, named) => {
      const byId = await registry.clusterById(idOrName)
      const domain = await trustDomain(byId === undefined ? named : byId.trustDomainId)
      if (byId !== undefined && named !== undefined && named !== domain.row.id && named !== domain.row.name) throw unknown('cluster')
      return { row: byId ?? (await domain.clusters.get(idOrName)), trustDomain: domain }
    },
  }
}

/** A refusal of what only the server of a trust domain can do. */
export function servedElsewhere(name: string): ProblemError {
  return new ProblemError('mint-unavailable', {
    detail: `Trust domain ${name} is served by another server, and its keys are there.`,
    remedy: 'Ask a control plane that runs with this trust domain: MINTMARK_TRUST_DOMAIN.',
  })
}

function noTrustDomain(): ProblemError {
  return new ProblemError('not-found', {
    detail: 'There is no trust domain yet.',
    remedy: 'Start a server for one (MINTMARK_MINT=on), or register it: spirlctl trust-domain create NAME',
  })
}
