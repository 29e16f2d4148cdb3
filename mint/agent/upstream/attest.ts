import { create } from '@bufbuild/protobuf'
import { status } from '../status.ts'
import { agentApi } from '@mintmark/contract/grpc'
import type { Clock } from '../clock.ts'
import { toRefusal } from '../refusal.ts'
import type { Channel } from './channel/index.ts'
import type { Connections } from './connections.ts'
import { gatherEvidence } from './evidence.ts'
import { callUnary } from './rpc.ts'
import { REQUEST_TIMEOUT_MS, type UpstreamSettings } from './settings.ts'

/** What the server said at attestation. */
export interface SessionFacts {
  readonly agentId: string
  readonly trustDomain: string
  readonly clusterId: string
  readonly clusterName: string
}

/** A session as the server gave it. */
export interface AttestedSession {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  readonly facts: SessionFacts
}

/** What attestation needs. */
export interface AttestParts {
  readonly settings: UpstreamSettings
  readonly connections: Connections
  readonly certificateThumbprint: string | undefined
  readonly clock: Clock
}

/** Shows the evidence to one endpoint after another until one answers. @throws Refusal of the server, or of the last endpoint */
export async function attest(parts: AttestParts): Promise<AttestedSession> {
  const { connections } = parts
  const tried = new Set<string>()
  for (;;) {
    const connection = connections.pick()
    tried.add(connection.endpoint)
    try {
      const session = await attestAt(parts, connection.channel)
      connections.worked(connection)
      return session
    } catch (error) {
      const refusal = toRefusal(error)
      if (refusal.code !== status.UNAVAILABLE && refusal.code !== status.DEADLINE_EXCEEDED) throw refusal
      connections.failed(connection)
      if (tried.has(connections.pick().endpoint)) throw refusal
    }
  }
}

async function attestAt({ settings, clock, certificateThumbprint }: AttestParts, channel: Channel): Promise<AttestedSession> {
  const startedAt = clock.now()
  const evidence = await gatherEvidence(settings.evidence, new Date(startedAt), settings.tls ? certificateThumbprint : undefined)
  const request = create(agentApi.AttestRequestSchema, {
    clusterId: settings.clusterId ?? '',
    clusterName: settings.clusterName ?? '',
    evidence: evidence.map(({ type, payload }) => ({ type, payload })),
    agentVersion: settings.agentVersion,
    nodeName: settings.nodeName,
    platform: settings.platform,
    instanceId: settings.instanceId,
  })
  const answer = await callUnary(channel, agentApi.AgentService.method.attest, request, { deadline: startedAt + REQUEST_TIMEOUT_MS })
  const { agentId, trustDomain, clusterId, clusterName } = answer
  return { token: answer.session, expiresAt: Number(answer.sessionExpiresAtUnixSeconds) * 1000, facts: { agentId, trustDomain, clusterId, clusterName } }
}
