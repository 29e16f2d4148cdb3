import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Attributes, WorkloadContext } from '@mintmark/mint/attestation'
import { startAgent, type Agent } from './agent.ts'
import { createAgentLog } from './log.ts'
import { SECRET_NAMES } from './sds/secrets.ts'
import type { AgentSettings } from './settings.ts'
import { connectTestClient, type TestClient } from './testing-client.ts'
import { startFakeServer, type FakeServer } from './testing-server.ts'

/** An agent on a socket of its own, its server, and what it wrote to its log. */
export interface AgentFixture {
  readonly agent: Agent
  readonly server: FakeServer
  readonly path: string
  readonly lines: Readonly<Record<string, unknown>>[]
  /** Attributes of every caller from now on; a function may throw. */
  attributes: (context: WorkloadContext) => Attributes | Promise<Attributes>
  attestations: number
  /** Settles when a line with this message has been written. */
  readonly logged: (message: string) => Promise<Readonly<Record<string, unknown>>>
  readonly connect: () => TestClient
  readonly close: () => Promise<void>
}

/** What a test changes of the usual settings. */
export interface FixtureChanges {
  readonly settings?: (settings: AgentSettings) => AgentSettings
  readonly server?: (server: FakeServer) => void
  readonly endpoints?: readonly string[]
}

/** Starts both on loopback and a socket in a folder of its own. */
export async function startAgentFixture(changes: FixtureChanges = {}): Promise<AgentFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'mint-agent-'))
  const server = await startFakeServer({ trustDomain: 'one.test' })
  changes.server?.(server)
  const tokenPath = join(folder, 'token')
  await writeFile(tokenPath, 'a token of the test')
  const path = join(folder, 'agent.sock')
  const settings = usualSettings(path, changes.endpoints ?? [server.endpoint], tokenPath)
  const lines: Readonly<Record<string, unknown>>[] = []
  const waiting = new Map<string, (line: Readonly<Record<string, unknown>>) => void>()
  const log = createAgentLog({
    level: 'debug',
    write(text) {
      const line: Readonly<Record<string, unknown>> = JSON.parse(text)
      lines.push(line)
      waiting.get(String(line['msg']))?.(line)
    },
  })
  const clients: TestClient[] = []
  const state = { attributes: attributesOfUser, attestations: 0 } as Pick<AgentFixture, 'attributes' | 'attestations'>
  const agent = await startAgent(changes.settings?.(settings) ?? settings, {
    log,
    createAttestation: () => ({
      attest: async (context) => {
        state.attestations += 1
        return state.attributes(context)
      },
      close: () => undefined,
    }),
  })
  return Object.assign(state, {
    agent,
    server,
    path,
    lines,
    logged: (message: string) =>
      new Promise<Readonly<Record<string, unknown>>>((resolve) => {
        const known = lines.find(({ msg }) => msg === message)
        if (known === undefined) waiting.set(message, resolve)
        else resolve(known)
      }),
    connect() {
      const client = connectTestClient(path)
      clients.push(client)
      return client
    },
    async close() {
      for (const client of clients) client.close()
      await agent.close()
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  })
}

/** What the linux attestor would say, as far as tests care. */
function attributesOfUser({ peer }: WorkloadContext): Attributes {
  return new Map([
    ['linux.user.id', String(peer.uid)],
    ['linux.group.id', String(peer.gid)],
  ])
}

function usualSettings(socketPath: string, endpoints: readonly string[], tokenPath: string): AgentSettings {
  return {
    socketPath,
    upstream: {
      endpoints,
      tls: false,
      connectionMaxAgeMs: 1_800_000,
      clusterId: 'c-1',
      evidence: [{ type: 'k8s_token', tokenPath }],
      nodeName: 'node-1',
      platform: 'linux',
      agentVersion: '0.1.0',
      instanceId: 'instance-1',
      requireProofOfPossession: false,
    },
    workloadApi: { x509: true, jwt: true, allowUnauthenticatedVerifiers: false, allowedForeignJwtClaims: [] },
    sds: { names: SECRET_NAMES, spiffeValidation: true },
    telemetry: { listen: { host: '127.0.0.1', port: 0 }, emitLatencyMetrics: true, emitSvidExpiry: true },
    health: { host: '127.0.0.1', port: 0 },
  }
}
