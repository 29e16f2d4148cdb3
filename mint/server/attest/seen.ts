import { describeError, type ServerLog } from '../log.ts'
import type { RegistryStore } from '../ports.ts'
import type { AgentSession } from '../sessions/sessions.ts'

/** Milliseconds between two notes of one agent, and after which an agent that was not seen counts as inactive. */
const NOTE_MS = 60_000
const ACTIVE_MS = 5 * 60_000
const AGENTS_MAX = 50_000

/** Notes that agents are there: at attestation, and at most once a minute while they call or watch. */
export interface AgentsSeen {
  seen(session: AgentSession): void
}

/** The inventory is not worth an agent's identity: notes are written behind the call, and a database that is away delays nothing. */
export function createAgentsSeen(registry: Pick<RegistryStore, 'saveAgent'>, clock: () => number, log: ServerLog): AgentsSeen {
  const noted = new Map<string, { readonly at: number; readonly attestedAt: string }>()
  return {
    seen: ({ agentId, clusterId, nodeName, agent }) => {
      const now = clock()
      const last = noted.get(agentId)
      if (last !== undefined && last.attestedAt === agent.attestedAt && now - last.at < NOTE_MS) return
      noted.delete(agentId)
      const oldest = noted.size >= AGENTS_MAX ? noted.keys().next().value : undefined
      if (oldest !== undefined) noted.delete(oldest)
      noted.set(agentId, { at: now, attestedAt: agent.attestedAt })
      registry.saveAgent({ id: agentId, clusterId, nodeName, ...agent, lastSeenAt: new Date(now).toISOString() }).catch((error: unknown) => {
        log.warn({ logger: 'server.agents', agent: agentId, ...describeError(error) }, 'Agent could not be noted')
      })
    },
  }
}

/** Whether an agent that was last seen then is there now. */
export function agentState(lastSeenAt: string, now: Date): 'ACTIVE' | 'INACTIVE' {
  return now.getTime() - Date.parse(lastSeenAt) <= ACTIVE_MS ? 'ACTIVE' : 'INACTIVE'
}
