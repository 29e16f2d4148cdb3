import type { SdsSettings } from './sds/service.ts'
import type { ListenAddress } from './telemetry/http.ts'
import type { UpstreamSettings } from './upstream/settings.ts'
import type { WorkloadApiSettings } from './workload-api/service.ts'

/** Everything that an agent is told when it starts. */
export interface AgentSettings {
  readonly socketPath: string
  /** Of the socket file; absent: 0777, because every workload may ask and the kernel says who it is. */
  readonly socketMode?: number
  readonly upstream: UpstreamSettings
  /** Where the newest roots of the own trust domain are kept for the next start; absent: nowhere. */
  readonly keptRootsFile?: string
  readonly workloadApi: WorkloadApiSettings
  readonly sds: SdsSettings
  /** Patterns of attributes that may leave the agent; absent or empty: all. */
  readonly allowedAttributes?: readonly string[]
  readonly telemetry: {
    /** Absent: no metrics are served. */
    readonly listen?: ListenAddress
    readonly emitLatencyMetrics: boolean
    readonly emitSvidExpiry: boolean
  }
  /** Where /live and /ready are served; absent: nowhere. */
  readonly health?: ListenAddress
}
