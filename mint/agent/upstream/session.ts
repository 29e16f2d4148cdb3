import { create } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { agentApi } from '@mintmark/contract/grpc'
import { jitter, type Clock } from '../clock.ts'
import { reasonOf, type Logger } from '../log.ts'
import { Refusal, toRefusal } from '../refusal.ts'
import { createBackOff } from './back-off.ts'
import type { Connections } from './connections.ts'
import { gatherEvidence } from './evidence.ts'
import { callUnary } from './rpc.ts'
import { BACKGROUND_BACK_OFF, REQUEST_TIMEOUT_MS, type UpstreamSettings } from './settings.ts'

/** A session is not used in its last seconds, so that it does not end on the way, in milliseconds. */
const MARGIN_MS = 5_000
const RENEWAL_JITTER = 0.1

/** What the server said at attestation. */
export interface SessionFacts {
  readonly agentId: string
  readonly trustDomain: string
  readonly clusterId: string
  readonly clusterName: string
}

/** The agent's proof towards the server, renewed at half of its life by evidence read anew. */
export interface Session {
  /** The token that calls carry. @throws Refusal when attestation is refused or no server answers */
  bearer(): Promise<string>
  /** The server does not accept this token any more: the next caller attests. */
  invalidate(token: string): void
  facts(): SessionFacts | undefined
  isValid(): boolean
  close(): void
}

interface Current {
  readonly token: string
  readonly expiresAt: number
  readonly facts: SessionFacts
}

/** Attests on the first call, then keeps the session fresh by itself. Concurrent callers share one attestation. */
export function createSession(parts: {
  readonly settings: UpstreamSettings
  readonly connections: Connections
  readonly certificateThumbprint: string | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
}): Session {
  const { clock, log, connections } = parts
  const backOff = createBackOff(BACKGROUND_BACK_OFF, parts.random)
  let current: Current | undefined
  let underWay: Promise<Current> | undefined
  let refusedUntil = 0
  let lastRefusal: Refusal | undefined
  let cancelRenewal = (): void => undefined
  let isClosed = false

  async function attest(): Promise<Current> {
    const tried = new Set<string>()
    for (;;) {
      const connection = connections.pick()
      tried.add(connection.endpoint)
      try {
        const next = await attestAt(connection.client)
        connections.worked(connection)
        return next
      } catch (error) {
        const refusal = toRefusal(error)
        if (refusal.code !== status.UNAVAILABLE && refusal.code !== status.DEADLINE_EXCEEDED) throw refusal
        connections.failed(connection)
        if (tried.has(connections.pick().endpoint)) throw refusal
      }
    }
  }
  async function attestAt(client: Parameters<typeof callUnary>[0]): Promise<Current> {
    const { settings } = parts
    const startedAt = clock.now()
    const evidence = await gatherEvidence(settings.evidence, new Date(startedAt), settings.tls ? parts.certificateThumbprint : undefined)
    const request = create(agentApi.AttestRequestSchema, {
      clusterId: settings.clusterId ?? '',
      clusterName: settings.clusterName ?? '',
      evidence: evidence.map(({ type, payload }) => ({ type, payload })),
      agentVersion: settings.agentVersion,
      nodeName: settings.nodeName,
      platform: settings.platform,
      instanceId: settings.instanceId,
    })
    const answer = await callUnary(client, agentApi.AgentService.method.attest, request, { deadline: startedAt + REQUEST_TIMEOUT_MS })
    const { agentId, trustDomain, clusterId, clusterName } = answer
    return { token: answer.session, expiresAt: Number(answer.sessionExpiresAtUnixSeconds) * 1000, facts: { agentId, trustDomain, clusterId, clusterName } }
  }
  function renew(): Promise<Current> {
    underWay ??= attest()
      .then(accept, refuse)
      .finally(() => (underWay = undefined))
    return underWay
  }
  function accept(next: Current): Current {
    const isFirst = current === undefined
    current = next
    backOff.reset()
    lastRefusal = undefined
    log[isFirst ? 'info' : 'debug']('The agent is attested', { ...next.facts, expiresAt: new Date(next.expiresAt).toISOString() })
    const lifeMs = next.expiresAt - clock.now()
    planRenewal(Math.max(1_000, jitter(lifeMs / 2, RENEWAL_JITTER, parts.random)))
    return next
  }
  function refuse(error: unknown): never {
    const refusal = toRefusal(error)
    const waitMs = backOff.next()
    refusedUntil = clock.now() + waitMs
    lastRefusal = refusal
    log.warn('The agent is not attested', { code: status[refusal.code], reason: reasonOf(refusal), retryInMs: Math.round(waitMs) })
    planRenewal(waitMs)
    throw refusal
  }
  function planRenewal(ms: number): void {
    cancelRenewal()
    if (!isClosed) cancelRenewal = clock.after(ms, () => void renew().catch(() => undefined))
  }
  const isValid = (): boolean => current !== undefined && current.expiresAt - MARGIN_MS > clock.now()
  return {
    async bearer() {
      if (current !== undefined && isValid()) return current.token
      if (underWay === undefined && lastRefusal !== undefined && clock.now() < refusedUntil)
        throw new Refusal(status.UNAVAILABLE, `The agent is not attested: ${lastRefusal.message}`)
      return (await renew()).token
    },
    invalidate(token) {
      if (current?.token === token) current = undefined
    },
    facts: () => current?.facts,
    isValid,
    close() {
      isClosed = true
      cancelRenewal()
    },
  }
}
