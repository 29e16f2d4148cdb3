import { statusName } from '../status.ts'
import type { X509Cache } from '../cache/x509-cache.ts'
import type { Clock } from '../clock.ts'
import type { Issuance } from '../issuance.ts'
import { toRefusal } from '../refusal.ts'
import type { Metrics } from './metrics.ts'

/** Which of the costly series are wanted. */
export interface MetricSettings {
  /** Histograms of how long calls and issuance take. */
  readonly emitLatencyMetrics: boolean
  /** One series per SPIFFE ID with the end of its X.509-SVID. */
  readonly emitSvidExpiry: boolean
}

/** How long an SVID may be past its half life before it counts as expiring, in milliseconds. */
const EXPIRING_AFTER_MS = 60_000

/** What the parts of the agent tell its metrics. */
export interface AgentMetrics {
  /** The same issuance, counted. */
  readonly countIssuance: (issuance: Issuance) => Issuance
  readonly attested: (outcome: string, seconds: number) => void
  /** Undefined when latency is not measured. */
  readonly handled: ((type: string, service: string, method: string, seconds: number) => void) | undefined
  readonly bundleUpdated: (trustDomain: string) => void
  /** Gauges that look at the caches when somebody asks. */
  watch(parts: {
    readonly x509: X509Cache
    readonly jwtEntries: () => number
    readonly connections: () => number
    readonly streams: () => number
    readonly isUpstreamHealthy: () => boolean
  }): void
}

/** Declares the agent's metrics. Names that begin with `spirl_` and `grpc_` are those that dashboards know. */
export function createAgentMetrics(metrics: Metrics, settings: MetricSettings, clock: Clock): AgentMetrics {
  const minted = metrics.counter('spirl_agent_mint_svid_total', 'SVIDs asked of the trust domain server, by type and status.', ['svid_type', 'status_code'])
  const attestations = metrics.counter('mintmark_agent_workload_attestation_total', 'Attestations of callers, by status.', ['status_code'])
  const bundles = metrics.counter('mintmark_agent_bundle_updates_total', 'Bundles added or updated.', ['trust_domain'])
  const mintSeconds = histogram(
    'spirl_agent_mint_svid_duration_seconds',
    'Seconds to get an SVID from the trust domain server: key, request and reading the answer.',
    ['svid_type'],
  )
  const attestationSeconds = histogram('mintmark_agent_workload_attestation_duration_seconds', 'Seconds to attest a caller.', [])
  const handling = histogram('grpc_server_handling_seconds', 'Seconds until a call was answered or its stream had ended.', [
    'grpc_type',
    'grpc_service',
    'grpc_method',
  ])

  function histogram(name: string, help: string, labels: readonly string[]): ReturnType<Metrics['histogram']> | undefined {
    return settings.emitLatencyMetrics ? metrics.histogram(name, help, labels) : undefined
  }
  async function count<Result>(type: string, work: () => Promise<Result>): Promise<Result> {
    const startedAt = clock.now()
    let outcome = 'OK'
    try {
      return await work()
    } catch (error) {
      outcome = statusName(toRefusal(error).code)
      throw error
    } finally {
      minted.add([type, outcome])
      mintSeconds?.observe([type], (clock.now() - startedAt) / 1000)
    }
  }
  return {
    countIssuance: (issuance) => ({
      issueX509: (workload) => count('X509', () => issuance.issueX509(workload)),
      issueJwt: (wish) => count('JWT', () => issuance.issueJwt(wish)),
    }),
    attested(outcome, seconds) {
      attestations.add([outcome])
      attestationSeconds?.observe([], seconds)
    },
    handled: handling === undefined ? undefined : (type, service, method, seconds) => handling.observe([type, service, method], seconds),
    bundleUpdated: (trustDomain) => bundles.add([trustDomain]),
    watch({ x509, jwtEntries, connections, streams, isUpstreamHealthy }) {
      metrics.gauge('spirl_agent_svid_expiring', 'X.509-SVIDs that are more than a minute past half of their life.', [], () => {
        const now = clock.now()
        let expiring = 0
        for (const { halfLifeAt } of x509.states()) if (now > halfLifeAt + EXPIRING_AFTER_MS) expiring += 1
        return [[[], expiring]]
      })
      metrics.gauge('mintmark_agent_cache_entries', 'Workloads with X.509-SVIDs and sets of audiences with JWT-SVIDs in the cache.', ['svid_type'], () => [
        [['X509'], x509.size()],
        [['JWT'], jwtEntries()],
      ])
      metrics.gauge('mintmark_agent_connections', 'Connections of workloads.', [], () => [[[], connections()]])
      metrics.gauge('mintmark_agent_streams', 'Open streams of workloads.', [], () => [[[], streams()]])
      metrics.gauge('mintmark_agent_upstream_connected', 'One while the agent is attested and hears from a trust domain server.', [], () => [
        [[], isUpstreamHealthy() ? 1 : 0],
      ])
      metrics.gauge('process_resident_memory_bytes', 'Resident memory of the process.', [], () => [[[], process.memoryUsage.rss()]])
      metrics.gauge('process_cpu_seconds_total', 'CPU time of the process.', [], () => [[[], cpuSeconds()]])
      if (settings.emitSvidExpiry)
        metrics.gauge('spirl_agent_svid_expiry_timestamp_seconds', 'End of the newest X.509-SVID, seconds since 1970.', ['spiffe_id'], () => expiries(x509))
    },
  }
}

function expiries(x509: X509Cache): Iterable<readonly [readonly string[], number]> {
  const byId = new Map<string, number>()
  for (const { svids } of x509.states()) for (const { id, notAfter } of svids) byId.set(id, Math.max(byId.get(id) ?? 0, notAfter.getTime() / 1000))
  return [...byId].map(([id, seconds]) => [[id], seconds] as const)
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000_000
}
