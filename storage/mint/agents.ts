import type { AgentRow, RegistryStore } from '@mintmark/mint/server'
import { ConflictError } from '../errors.ts'
import { pageSize, readCursor, toPage, writeCursor } from '../queries/cursor.ts'
import type { Run } from '../queries/run.ts'
import { storable } from '../schema/hash.ts'
import { mintId, mintUuid } from './ids.ts'

const SHAPE = { list: 'agents', parts: ['string'] } as const

interface Agent {
  readonly id: string
  readonly cluster_id: string
  readonly node_name: string
  readonly version: string
  readonly platform: string
  readonly attested_by: readonly string[]
  readonly attested_at: Date
  readonly last_seen_at: Date
}

/** Agents as they were last seen. */
export function openAgents(run: Run): Pick<RegistryStore, 'saveAgent' | 'listAgents'> {
  return {
    async saveAgent(agent) {
      const cluster = mintUuid('cluster', agent.clusterId)
      const texts = [agent.id, agent.nodeName, agent.version, agent.platform].map(storable)
      // Replicas report the same agent in any order: the later sighting stays.
      const saved = await run(
        `insert into agent as known (cluster_id, id, node_name, version, platform, attested_by, attested_at, last_seen_at)
         select c.id, $2, $3, $4, $5, $6::text[], $7, $8 from cluster c where c.id = $1
         on conflict (id) do update set cluster_id = excluded.cluster_id, node_name = excluded.node_name, version = excluded.version,
           platform = excluded.platform, attested_by = excluded.attested_by, attested_at = greatest(known.attested_at, excluded.attested_at),
           last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at)
         returning id`,
        [cluster, ...texts, agent.attestedBy.map(storable), agent.attestedAt, agent.lastSeenAt],
      )
      if (saved.length === 0) throw new ConflictError('cluster-unknown', 'There is no such cluster')
    },
    async listAgents(page) {
      const size = pageSize(page)
      const cursor = readCursor(SHAPE, page.cursor)
      const parameters: unknown[] = [cursor?.[0] ?? null, size + 1]
      const conditions = ['($1::text is null or a.id > $1)']
      if (page.clusterId !== undefined) conditions.push(`a.cluster_id = $${parameters.push(mintUuid('cluster', page.clusterId))}`)
      if (page.trustDomainId !== undefined) conditions.push(`c.trust_domain_id = $${parameters.push(mintUuid('trustDomain', page.trustDomainId))}`)
      const rows = await run<Agent>(
        `select a.* from agent a join cluster c on c.id = a.cluster_id where ${conditions.join(' and ')} order by a.id limit $2`,
        parameters,
      )
      return toPage(rows, size, describe, (last) => writeCursor(SHAPE, [last.id]))
    },
  }
}

function describe(row: Agent): AgentRow {
  return {
    id: row.id,
    clusterId: mintId('cluster', row.cluster_id),
    nodeName: row.node_name,
    version: row.version,
    platform: row.platform,
    attestedBy: row.attested_by,
    attestedAt: row.attested_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
  }
}
