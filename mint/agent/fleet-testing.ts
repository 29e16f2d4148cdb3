import { createCore } from './agent.ts'
import type { X509Cache } from './cache/x509-cache.ts'
import { systemClock } from './clock.ts'
import type { AgentLog } from './log.ts'
import type { AgentSettings } from './settings.ts'
import { createAgentMetrics } from './telemetry/agent-metrics.ts'
import { createMetrics } from './telemetry/metrics.ts'

/** Tests and benches beside this part make certificates of agents and name workloads as agents do. */
export { makeChannelCertificate } from './upstream/credentials.ts'
export { workloadOf, type Workload } from './workload.ts'
export type { X509Listener, X509State } from './cache/x509-cache.ts'

/** An agent as the server sees it: session, stream, batches and caches of a running one, without its socket. */
export interface FleetAgent {
  readonly x509: X509Cache
  readonly isConnected: () => boolean
  readonly start: () => void
  readonly close: () => void
}

/** Opens one; a thousand of them fit into a process. */
export async function openFleetAgent(settings: AgentSettings, log: AgentLog): Promise<FleetAgent> {
  const metrics = createAgentMetrics(createMetrics(), settings.telemetry, systemClock)
  // Nobody calls: there is no socket.
  const createAttestation = () => ({ attest: async () => new Map<string, string>(), close: () => undefined })
  const { x509, jwtCache, upstream } = await createCore(settings, { log, createAttestation, clock: systemClock }, metrics, () => undefined)
  return {
    x509,
    isConnected: upstream.isHealthy,
    start: upstream.start,
    close() {
      x509.close()
      jwtCache.close()
      upstream.close()
    },
  }
}
