import { createHash } from 'node:crypto'
import type { agentApi } from '@mintmark/contract/grpc'
import { AttestationError, versionOfAssertion, type AttestedAgent } from '@mintmark/mint/attestation'
import type { LiveCluster, Clusters } from '../directory/clusters.ts'
import { eventId } from '../events/id.ts'
import { CallError, CODES, readOrUnavailable, type Code } from '../failure.ts'
import { SERVER_LIMITS } from '../limits.ts'
import type { MintEvent } from '../ports.ts'
import type { AgentSession, Caller, Sessions } from '../sessions/sessions.ts'
import type { AgentsSeen } from './seen.ts'
import type { AttestationRate } from './rate.ts'

/** What attestation of agents needs. */
export interface AttestDependencies {
  readonly trustDomain: { readonly id: string; readonly name: string }
  readonly clusters: Clusters
  readonly sessions: Sessions
  readonly rate: AttestationRate
  /** Which failures of a cluster are put on record. */
  readonly failures: AttestationRate
  readonly agents: AgentsSeen
  readonly record: (event: MintEvent) => void
  readonly now: () => Date
  /** Sessions without a client certificate are refused (never behind a load balancer that ends TLS). */
  readonly requireBinding: boolean
}

/** What an agent is told. */
export interface AttestAnswer {
  readonly session: string
  readonly sessionExpiresAt: Date
  readonly agentId: string
  readonly cluster: LiveCluster
}

const CODE_OF: Readonly<Record<AttestationError['code'], Exclude<Code, 0>>> = {
  UNAVAILABLE: CODES.unavailable,
  PERMISSION_DENIED: CODES.permissionDenied,
  UNAUTHENTICATED: CODES.unauthenticated,
  FAILED_PRECONDITION: CODES.failedPrecondition,
  INVALID_ARGUMENT: CODES.invalidArgument,
  RESOURCE_EXHAUSTED: CODES.resourceExhausted,
}

/**
 * Evidence in, session out.
 *
 * @throws CallError with the attestor's code and sentence
 */
export async function attestAgent(request: agentApi.AttestRequest, caller: Caller, dependencies: AttestDependencies): Promise<AttestAnswer> {
  checkRequest(request)
  if (dependencies.requireBinding && caller.certificateThumbprint === undefined) {
    throw new CallError(CODES.unauthenticated, 'This server binds sessions to client certificates; show one (a self-made one will do).')
  }
  const cluster = await findCluster(request, dependencies)
  const now = dependencies.now()
  let attested: AttestedAgent
  try {
    attested = await cluster.attestation.attest(request.evidence, {
      cluster: { id: cluster.row.id, name: cluster.row.name },
      now,
      certificateThumbprint: caller.certificateThumbprint,
    })
  } catch (error) {
    if (!(error instanceof AttestationError)) throw error
    recordAttempt({ request, cluster, error: error.message, at: now }, dependencies)
    throw new CallError(CODE_OF[error.code], error.message, { cause: error })
  }
  // What identifies the token comes first: an agent cannot choose to be somebody else's, nor escape its own limit.
  const who = attested.clusterVersionIds.length > 0 ? `${attested.tokenIdentity} ${request.instanceId}` : attested.tokenIdentity
  if (!dependencies.rate.allow(`${cluster.row.id} ${who}`)) {
    throw new CallError(CODES.resourceExhausted, 'This agent has attested too often in the last minute; it has a session for an hour.')
  }
  return openSession({ request, caller, cluster, attested, who, now }, dependencies)
}

async function openSession(
  attempt: {
    readonly request: agentApi.AttestRequest
    readonly caller: Caller
    readonly cluster: LiveCluster
    readonly attested: AttestedAgent
    readonly who: string
    readonly now: Date
  },
  dependencies: AttestDependencies,
): Promise<AttestAnswer> {
  const { request, caller, cluster, attested, who, now } = attempt
  const agentId = `ag-${createHash('sha256').update(`${cluster.row.id} ${who}`).digest('hex').slice(0, 24)}`
  const nodeName = attested.nodeName ?? request.nodeName
  const session: AgentSession = {
    agentId,
    clusterId: cluster.row.id,
    clusterVersionIds: attested.clusterVersionIds,
    nodeName,
    attributes: attested.attributes,
    certificateThumbprint: caller.certificateThumbprint,
    expiresAt: new Date(now.getTime() + SERVER_LIMITS.sessionSeconds * 1000),
    agent: { version: request.agentVersion, platform: request.platform, attestedBy: attested.passed, attestedAt: now.toISOString() },
  }
  const text = await dependencies.sessions.open(session)
  if (text.length > SERVER_LIMITS.sessionBytesMax) {
    const error = `What attestation has proven of this agent makes a session of more than ${SERVER_LIMITS.sessionBytesMax} bytes; name fewer claims in attributeClaims.`
    recordAttempt({ request, cluster, error, at: now }, dependencies)
    throw new CallError(CODES.failedPrecondition, error)
  }
  dependencies.agents.seen(session)
  recordAttempt({ request, cluster, agentId, attested, nodeName, at: now }, dependencies)
  return { session: text, sessionExpiresAt: session.expiresAt, agentId, cluster }
}

function checkRequest(request: agentApi.AttestRequest): void {
  const { evidenceMax, evidenceBytesMax, agentTextBytesMax } = SERVER_LIMITS
  const isSmall =
    request.evidence.length <= evidenceMax &&
    request.evidence.every(({ type, payload }) => type.length <= 64 && payload.length <= evidenceBytesMax) &&
    [request.clusterId, request.clusterName, request.agentVersion, request.nodeName, request.platform, request.instanceId].every(
      (text) => text.length <= agentTextBytesMax,
    )
  if (!isSmall)
    throw new CallError(
      CODES.invalidArgument,
      `Evidence has at most ${evidenceMax} pieces of ${evidenceBytesMax} bytes, and texts ${agentTextBytesMax} characters.`,
    )
}

/** By id, by name, or by the cluster version that an assertion names. */
async function findCluster(request: agentApi.AttestRequest, dependencies: AttestDependencies): Promise<LiveCluster> {
  const id = await clusterIdOf(request, dependencies)
  const cluster = id === undefined ? undefined : await readOrUnavailable(() => dependencies.clusters.byId(id))
  if (cluster === undefined) {
    throw new CallError(CODES.permissionDenied, 'The trust domain has no such cluster; register it (spirlctl cluster register) and give its id to the agent.')
  }
  if (!cluster.row.enabled) throw new CallError(CODES.permissionDenied, `Cluster ${cluster.row.name} is disabled.`)
  return cluster
}

async function clusterIdOf({ clusterId, clusterName, evidence }: agentApi.AttestRequest, dependencies: AttestDependencies): Promise<string | undefined> {
  const named = clusterId === '' ? clusterName : clusterId
  if (named !== '') return readOrUnavailable(() => dependencies.clusters.idOf(named))
  for (const { type, payload } of evidence) {
    const version = type === 'cvk' ? versionOfAssertion(payload) : undefined
    if (version !== undefined) return readOrUnavailable(() => dependencies.clusters.idOfVersion(version))
  }
  throw new CallError(CODES.invalidArgument, 'The agent names no cluster; set its id (agent.auth.clusterId) or give it a cluster version key.')
}

function recordAttempt(
  attempt: {
    readonly request: agentApi.AttestRequest
    readonly cluster: LiveCluster
    readonly at: Date
    readonly agentId?: string
    readonly attested?: AttestedAgent
    readonly nodeName?: string
    readonly error?: string
  },
  { record, trustDomain, failures }: AttestDependencies,
): void {
  const { request, cluster, at, agentId, attested, error } = attempt
  if (error !== undefined && !failures.allow(cluster.row.id)) return
  record({
    id: eventId(at),
    at: at.toISOString(),
    type: 'agent_attestation',
    trustDomainId: trustDomain.id,
    clusterId: cluster.row.id,
    ...(agentId === undefined ? {} : { agentId }),
    outcome: error === undefined ? 'success' : 'failure',
    ...(error === undefined ? {} : { error }),
    details: {
      evidence: request.evidence.map(({ type }) => type),
      ...(attested === undefined ? {} : { policy: attested.policy, passed: attested.passed, attributes: Object.fromEntries(attested.attributes) }),
      node: attempt.nodeName ?? request.nodeName,
      version: request.agentVersion,
      platform: request.platform,
    },
  })
}
