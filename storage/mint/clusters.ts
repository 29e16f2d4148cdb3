import type { ClusterRow, Platform, RegistryStore } from '@mintmark/mint/server'
import type { Kysely } from 'kysely'
import { ConflictError } from '../errors.ts'
import { runnerOf } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import { canBeStored, mintId, mintUuid } from './ids.ts'
import { pageByUuid } from './page.ts'
import { requireTrustDomain } from './trust-domains.ts'

interface Cluster {
  readonly id: string
  readonly trust_domain_id: string
  readonly realm_id: string | null
  readonly name: string
  readonly platform: Platform
  readonly enabled: boolean
  readonly created_at: Date
}

type Part = Pick<RegistryStore, 'createCluster' | 'cluster' | 'clusterById' | 'listClusters' | 'setClusterEnabled' | 'deleteCluster'>

/** Clusters of trust domains. */
export function openClusters(database: Kysely<Tables>): Part {
  const run = runnerOf(database)
  return {
    async createCluster({ trustDomainId, realmId, name, platform, now }) {
      await requireTrustDomain(run, trustDomainId)
      const trustDomain = mintUuid('trustDomain', trustDomainId)
      const realm = realmId === undefined ? null : mintUuid('realm', realmId)
      if (realmId !== undefined) {
        const found = await run(`select from realm where id = $1 and trust_domain_id = $2`, [realm, trustDomain])
        if (found.length === 0) throw new ConflictError('realm-unknown', 'There is no such realm in this trust domain')
      }
      const [row] = await run<Cluster>(
        `insert into cluster (trust_domain_id, realm_id, name, platform, created_at) values ($1, $2, $3, $4, $5)
         on conflict (trust_domain_id, name) do nothing returning *`,
        [trustDomain, realm, name, platform, now],
      )
      if (row === undefined) throw new ConflictError('cluster-name', 'A cluster with this name exists already in this trust domain')
      return describe(row)
    },
    async cluster(trustDomainId, idOrName) {
      if (!canBeStored(idOrName)) return undefined
      const [row] = await run<Cluster>(`select * from cluster where trust_domain_id = $1 and (id = $2 or ($2::uuid is null and name = $3))`, [
        mintUuid('trustDomain', trustDomainId),
        mintUuid('cluster', idOrName),
        idOrName,
      ])
      return row === undefined ? undefined : describe(row)
    },
    async clusterById(id) {
      const [row] = await run<Cluster>(`select * from cluster where id = $1`, [mintUuid('cluster', id)])
      return row === undefined ? undefined : describe(row)
    },
    listClusters(page) {
      const conditions = ['($1::uuid is null or id < $1)']
      const given: (string | null)[] = []
      if (page.trustDomainId !== undefined) conditions.push(`trust_domain_id = $${given.push(mintUuid('trustDomain', page.trustDomainId)) + 2}`)
      if (page.realmId !== undefined) conditions.push(`realm_id = $${given.push(mintUuid('realm', page.realmId)) + 2}`)
      const read = (after: string | null, limit: number) =>
        run<Cluster>(`select * from cluster where ${conditions.join(' and ')} order by id desc limit $2`, [after, limit, ...given])
      return pageByUuid('clusters', 'cluster', page, read, describe)
    },
    async setClusterEnabled(id, enabled) {
      const rows = await run(`update cluster set enabled = $2 where id = $1 returning id`, [mintUuid('cluster', id), enabled])
      return rows.length === 1
    },
    deleteCluster(id) {
      return database.transaction().execute(async (transaction) => {
        const inside = runnerOf(transaction)
        const deleted = await inside(`delete from cluster where id = $1 returning id`, [mintUuid('cluster', id)])
        if (deleted.length === 0) return false
        // Servers keep effective configurations by revision: one that has lost its scope is a change, too.
        await inside(`delete from configuration_version where scope_kind = 'cluster' and scope_id = $1`, [id])
        await inside(`update configuration_revision set revision = revision + 1`)
        return true
      })
    },
  }
}

function describe(row: Cluster): ClusterRow {
  return {
    id: mintId('cluster', row.id),
    trustDomainId: mintId('trustDomain', row.trust_domain_id),
    ...(row.realm_id === null ? {} : { realmId: mintId('realm', row.realm_id) }),
    name: row.name,
    platform: row.platform,
    enabled: row.enabled,
    createdAt: row.created_at.toISOString(),
  }
}
