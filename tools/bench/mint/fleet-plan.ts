/** Environment variable that carries the plan, as JSON: it holds a key, which a command line would show. */
export const FLEET_VARIABLE = 'MINTMARK_BENCH_FLEET'

/** What a fleet consists of. */
export interface FleetPlan {
  readonly agents: number
  /** Number of the first one: a fleet may be in several processes. */
  readonly firstAgent: number
  /** Of each agent. */
  readonly workloads: number
  readonly endpoints: readonly string[]
  readonly versionId: string
  readonly privateKeyPem: string
  /** Agents start one after another within so many seconds. */
  readonly startSeconds: number
}

/** What happened in a second of a fleet. */
export interface FleetSecond {
  /** When it began, milliseconds since 1970: a whole second by the clock, so that what several processes tell can be added. */
  readonly at: number
  issued: number
  /** Issued after the one before had ended. */
  late: number
  /** Taken away while valid. */
  stoppedEarly: number
  /** Ended without a successor. */
  ranOut: number
  /** The least that a renewed one still had before it, as share of its life. */
  leastLeft: number
  /** Workloads that hold something valid. */
  readonly held: number
  /** Agents that are attested and hear the server. */
  readonly connected: number
}
