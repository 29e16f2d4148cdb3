import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Agent, type AgentSettings, createAgentLog, SECRET_NAMES, startAgent } from '@mintmark/mint/agent'
import { createWorkloadAttestation } from '@mintmark/mint/attestation'
import type { TrialCluster, TrialDomain } from './trust-domain.ts'

/** An agent on a socket of its own that attests callers by their Linux user. */
export interface TrialAgent {
  readonly agent: Agent
  readonly socketPath: string
  /** `unix:///…`, as clients read it from SPIFFE_ENDPOINT_SOCKET. */
  readonly address: string
  readonly lines: readonly Readonly<Record<string, unknown>>[]
  /** Settles with the first line, past or future, that has this message. */
  logged(message: string): Promise<Readonly<Record<string, unknown>>>
  close(): Promise<void>
}

/** What of a trial domain an agent needs. */
export type AgentHome = Pick<TrialDomain, 'rootsPem'> & { readonly endpoints: readonly string[] }

/** Starts an agent of a cluster. Attributes of every caller are what the kernel says of its user, and `extra`. */
export async function startTrialAgent(
  home: AgentHome,
  cluster: TrialCluster,
  change: (settings: AgentSettings) => AgentSettings = (same) => same,
): Promise<TrialAgent> {
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-agent-'))
  const socketPath = join(folder, 'agent.sock')
  const lines: Readonly<Record<string, unknown>>[] = []
  const waiting: { readonly message: string; readonly settle: (line: Readonly<Record<string, unknown>>) => void }[] = []
  const log = createAgentLog({
    level: 'info',
    write(text) {
      const line: Readonly<Record<string, unknown>> = JSON.parse(text)
      lines.push(line)
      for (const { message, settle } of waiting) if (line['msg'] === message) settle(line)
    },
  })
  const settings: AgentSettings = {
    socketPath,
    upstream: {
      endpoints: home.endpoints,
      tls: true,
      supplementalRootsPem: home.rootsPem(),
      connectionMaxAgeMs: 30 * 60_000,
      evidence: [{ type: 'cvk', versionId: cluster.versionId, privateKeyPem: cluster.privateKeyPem }],
      nodeName: 'trial-node',
      platform: 'linux',
      agentVersion: '0.0.0-trial',
      instanceId: folder,
      requireProofOfPossession: false,
    },
    workloadApi: { x509: true, jwt: true, allowUnauthenticatedVerifiers: false, allowedForeignJwtClaims: [] },
    sds: { names: SECRET_NAMES, spiffeValidation: true },
    telemetry: { emitLatencyMetrics: false, emitSvidExpiry: false },
  }
  const agent = await startAgent(change(settings), {
    log,
    createAttestation: () => createWorkloadAttestation({ linux: {} }, { log: log.logger('agent.workloadAttestation') }),
  })
  return {
    agent,
    socketPath,
    address: `unix://${socketPath}`,
    lines,
    async logged(message) {
      const past = lines.find((line) => line['msg'] === message)
      return past ?? (await new Promise((settle) => waiting.push({ message, settle })))
    },
    async close() {
      await agent.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
