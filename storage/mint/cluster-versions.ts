import type { ClusterVersionRow, RegistryStore } from '@mintmark/mint/server'
import type { Kysely } from 'kysely'
import { ConflictError } from '../errors.ts'
import { runnerOf } from '../queries/run.ts'
import type { Tables } from '../schema/tables.ts'
import { mintId, mintUuid } from './ids.ts'

interface ClusterVersion {
  readonly id: string
  readonly cluster_id: string
  readonly public_key_pem: string
  readonly active: boolean
  readonly created_at: Date
}

type Part = Pick<RegistryStore, 'addClusterVersion' | 'clusterVersion' | 'listClusterVersions' | 'setClusterVersionActive' | 'deleteClusterVersion'>

/** Keys that agents of a cluster may prove themselves with. */
export function openClusterVersions(database: Kysely<Tables>): Part {
  const run = runnerOf(database)
  return {
    addClusterVersion({ clusterId, publicKeyPem, limit, now }) {
      return database.transaction().execute(async (transaction) => {
        const inside = runnerOf(transaction)
        const cluster = mintUuid('cluster', clusterId)
        // Whoever adds to this cluster at the same time waits here, so nobody counts what another is about to add.
        const locked = await inside(`select from cluster where id = $1 for update`, [cluster])
        if (locked.length === 0) throw new ConflictError('cluster-unknown', 'There is no such cluster')
        const [added] = await inside<ClusterVersion>(
          `insert into cluster_version (cluster_id, ordinal, public_key_pem, created_at)
           select $1, coalesce(max(ordinal), 0) + 1, $2, $3 from cluster_version where cluster_id = $1 returning *`,
          [cluster, publicKeyPem, now],
        )
        if (added === undefined) throw new RangeError('A cluster version was added and is not there')
        const removed = await inside<ClusterVersion>(
          `delete from cluster_version where cluster_id = $1 and ordinal <=
             (select ordinal from cluster_version where cluster_id = $1 order by ordinal desc offset $2 limit 1) returning *`,
          [cluster, limit],
        )
        return { version: describe(added), removed: removed.map(describe) }
      })
    },
    async clusterVersion(id) {
      const [row] = await run<ClusterVersion>(`select * from cluster_version where id = $1`, [mintUuid('clusterVersion', id)])
      return row === undefined ? undefined : describe(row)
    },
    async listClusterVersions(clusterId) {
      const rows = await run<ClusterVersion>(`select * from cluster_version where cluster_id = $1 order by ordinal`, [mintUuid('cluster', clusterId)])
      return rows.map(describe)
    },
    async setClusterVersionActive(id, active) {
      const rows = await run(`update cluster_version set active = $2 where id = $1 returning id`, [mintUuid('clusterVersion', id), active])
      return rows.length === 1
    },
    async deleteClusterVersion(id) {
      const rows = await run(`delete from cluster_version where id = $1 returning id`, [mintUuid('clusterVersion', id)])
      return rows.length === 1
    },
  }
}

function describe(row: ClusterVersion): ClusterVersionRow {
  return {
    id: mintId('clusterVersion', row.id),
    clusterId: mintId('cluster', row.cluster_id),
    publicKeyPem: row.public_key_pem,
    active: row.active,
    createdAt: row.created_at.toISOString(),
  }
}
