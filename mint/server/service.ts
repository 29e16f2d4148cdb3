import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { agentApi } from '@mintmark/contract/grpc'
import { attestAgent, type AttestDependencies } from './attest/attest.ts'
import type { TrustFeed } from './bundles/trust.ts'
import type { LiveCluster } from './directory/clusters.ts'
import { CallError, CODES, readOrUnavailable } from './failure.ts'
import type { Asker, Issuer } from './issuance/asker.ts'
import { SERVER_LIMITS } from './limits.ts'
import { refused, type JwtAnswer, type Refused, type X509Answer } from './issuance/answer.ts'
import type { JwtWant, Unreadable, X509Want } from './issuance/want.ts'
import { readJwtRequest, readX509Request, writeJwtResponse, writeX509Response } from './listener/codec.ts'
import type { AgentSession, Caller } from './sessions/sessions.ts'

/** AgentService as functions: the same for calls off the wire and in this process. Every one of them may throw {@link CallError}. */
export interface AgentService {
  attest(request: agentApi.AttestRequest, caller: Caller): Promise<agentApi.AttestResponse>
  issueX509(request: agentApi.IssueX509Request, caller: Caller): Promise<agentApi.IssueX509Response>
  issueJwt(request: agentApi.IssueJwtRequest, caller: Caller): Promise<agentApi.IssueJwtResponse>
  /** The same two on what is already taken apart: the way of large batches. */
  issueX509Batch(items: readonly (X509Want | Unreadable)[], caller: Caller): Promise<readonly X509Answer[]>
  issueJwtBatch(items: readonly (JwtWant | Unreadable)[], caller: Caller): Promise<readonly JwtAnswer[]>
  /** Sends the full state at once and at every change, until the signal ends it; settles then, or throws when the agent may not watch any more. */
  watch(caller: Caller, send: (response: agentApi.WatchResponse) => void, signal: AbortSignal): Promise<void>
}

/** What the service is made of. */
export interface ServiceDependencies extends AttestDependencies {
  readonly issuer: Issuer
  readonly trust: TrustFeed
  /** Called at every change of configuration. @returns what ends the calls */
  readonly onConfiguration: (listener: () => void) => () => void
}

/** Milliseconds after which a watching agent's session and cluster are looked at again. */
const RECHECK_MS = 15_000

/** The service of a trust domain. */
export function createAgentService(dependencies: ServiceDependencies): AgentService {
  const { issuer } = dependencies
  const issueX509: AgentService['issueX509Batch'] = async (items, caller) => {
    checkBatch(items.length)
    const asker = await askerOf(caller, dependencies)
    return inOrder(items, await issuer.issueX509(items.filter(isReadable), asker))
  }
  const issueJwt: AgentService['issueJwtBatch'] = async (items, caller) => {
    checkBatch(items.length)
    const asker = await askerOf(caller, dependencies)
    return inOrder(items, await issuer.issueJwt(items.filter(isReadable), asker))
  }
  return {
    attest: async (request, caller) => {
      const { session, sessionExpiresAt, agentId, cluster } = await attestAgent(request, caller, dependencies)
      return create(agentApi.AttestResponseSchema, {
        session,
        sessionExpiresAtUnixSeconds: BigInt(Math.floor(sessionExpiresAt.getTime() / 1000)),
        agentId,
        trustDomain: dependencies.trustDomain.name,
        clusterId: cluster.row.id,
        clusterName: cluster.row.name,
      })
    },
    issueX509: async (request, caller) => {
      const wants = readX509Request(Buffer.from(toBinary(agentApi.IssueX509RequestSchema, request)))
      return fromBinary(agentApi.IssueX509ResponseSchema, writeX509Response(await issueX509(wants, caller)))
    },
    issueJwt: async (request, caller) => {
      const wants = readJwtRequest(Buffer.from(toBinary(agentApi.IssueJwtRequestSchema, request)))
      return fromBinary(agentApi.IssueJwtResponseSchema, writeJwtResponse(await issueJwt(wants, caller)))
    },
    issueX509Batch: issueX509,
    issueJwtBatch: issueJwt,
    watch: (caller, send, signal) => watch(caller, send, signal, dependencies),
  }
}

function checkBatch(items: number): void {
  if (items > SERVER_LIMITS.batchItemsMax)
    throw new CallError(CODES.invalidArgument, `A batch has at most ${SERVER_LIMITS.batchItemsMax} workloads; send the rest in another one.`)
}

function isReadable<Want extends object>(item: Want | Unreadable): item is Want {
  return !('reason' in item)
}

/** Puts answers back to the items that could be read, and refusals between them. */
function inOrder<Answer>(items: readonly object[], answers: readonly Answer[]): readonly (Answer | Refused)[] {
  // Nearly always: what came could be read.
  if (items.length === answers.length) return answers
  let next = 0
  return items.map((item) => {
    if ('reason' in item) return refused(CODES.invalidArgument, 'attributes-not-allowed', String(item.reason))
    const answer = answers[next]
    next += 1
    return answer ?? refused(CODES.internal, 'no-answer', 'The server failed for this workload.')
  })
}

/**
 * The agent of a call and its cluster, both still allowed to ask.
 *
 * @throws CallError UNAUTHENTICATED (attest again) or PERMISSION_DENIED (disabled, deleted)
 */
async function askerOf(caller: Caller, dependencies: ServiceDependencies): Promise<Asker> {
  const session = dependencies.sessions.check(caller)
  const cluster = await allowedCluster(session, dependencies)
  dependencies.agents.seen(session)
  return { session, cluster }
}

async function allowedCluster(session: AgentSession, { clusters }: ServiceDependencies): Promise<LiveCluster> {
  const cluster = await readOrUnavailable(() => clusters.byId(session.clusterId))
  if (cluster === undefined) throw new CallError(CODES.permissionDenied, 'The cluster of this agent was deleted.')
  if (!cluster.row.enabled) throw new CallError(CODES.permissionDenied, `Cluster ${cluster.row.name} is disabled.`)
  for (const id of session.clusterVersionIds) {
    if ((await readOrUnavailable(() => clusters.version(id)))?.active !== true)
      throw new CallError(CODES.unauthenticated, `Cluster version ${id} is not active any more; attest with another key.`)
  }
  return cluster
}

async function watch(caller: Caller, send: (response: agentApi.WatchResponse) => void, signal: AbortSignal, dependencies: ServiceDependencies): Promise<void> {
  const session = dependencies.sessions.check(caller)
  let told = ''
  let known: LiveCluster | undefined
  async function tell(): Promise<void> {
    try {
      // The session is looked at again: its key may be tainted, its time over, its cluster disabled since.
      known = await allowedCluster(dependencies.sessions.check(caller), dependencies)
    } catch (error) {
      // The key that is tainted may be the one that signed the session: the agent hears of that before it is told to attest again.
      if (known !== undefined) sendNew(known)
      throw error
    }
    dependencies.agents.seen(session)
    sendNew(known)
  }
  function sendNew(cluster: LiveCluster): void {
    const trust = dependencies.trust.current()
    const response = {
      bundles: trust.documents.map((bundle) => create(agentApi.TrustBundleSchema, bundle)),
      issuingX509Authorities: [...trust.issuingX509],
      taintedX509Authorities: [...trust.taintedX509],
      taintedJwtKeys: [...trust.taintedJwt],
      configuration: { ...cluster.agentSections },
      issuancePolicy: cluster.policyName,
    }
    const text = JSON.stringify([trust.documents, trust.issuingX509, trust.taintedX509, trust.taintedJwt, cluster.agentSections, cluster.policyName])
    if (signal.aborted || text === told) return
    told = text
    send(create(agentApi.WatchResponseSchema, { ...response, revision: trust.revision }))
  }
  await tell()
  await untilEnded(tell, signal, dependencies)
}

/** Calls `tell` at every change, one at a time and never twice for changes that came together. */
function untilEnded(tell: () => Promise<void>, signal: AbortSignal, { trust, onConfiguration }: ServiceDependencies): Promise<void> {
  return new Promise((resolve, reject) => {
    let telling = false
    let again = false
    const ends: (() => void)[] = []
    const finish = (error?: unknown): void => {
      for (const end of ends) end()
      if (error === undefined) resolve()
      else reject(error)
    }
    const changed = (): void => {
      again = true
      if (telling) return
      telling = true
      const round = async (): Promise<void> => {
        while (again) {
          again = false
          await tell()
        }
      }
      round().then(() => (telling = false), finish)
    }
    const timer = setInterval(changed, RECHECK_MS)
    timer.unref()
    ends.push(trust.subscribe(changed), onConfiguration(changed), () => clearInterval(timer))
    const onAbort = (): void => finish()
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) finish()
  })
}
