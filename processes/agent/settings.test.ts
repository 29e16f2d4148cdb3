import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readAgentDocument } from './document.ts'
import { AgentSettingsError, durationMs } from './fields.ts'
import { agentSettings, type AgentProcessSettings } from './settings.ts'
import { AGENT_VARIABLES, agentHelp } from './variables.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mintmark-agent-settings-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function read(text: string, environment: Readonly<Record<string, string>> = {}): Promise<AgentProcessSettings> {
  const file = join(folder, `${Math.random()}.yaml`)
  await writeFile(file, text)
  const document = await readAgentDocument(['--config', file], environment)
  if (document === undefined) throw new Error('Help was not asked for.')
  return agentSettings(document)
}

const SEED_VALUES = `
agent:
  endpoint:
    endpoint: "td-server.spirl.example.com"
  auth:
    clusterId: c-xxxxxx
    attestors:
      - type: k8s_token
`

test('the values of the installation guide work as written', async () => {
  const { agent, attestation, logLevel } = await read(SEED_VALUES)
  expect(agent).toMatchObject({
    socketPath: '/run/spirl/sockets/agent.sock',
    upstream: {
      endpoints: ['td-server.spirl.example.com'],
      tls: true,
      clusterId: 'c-xxxxxx',
      connectionMaxAgeMs: 1_800_000,
      platform: 'k8s',
      evidence: [{ type: 'k8s_token', tokenPath: '/var/run/secrets/kubernetes.io/serviceaccount/token' }],
    },
    sds: { spiffeValidation: true },
  })
  expect(agent.telemetry.listen).toBeUndefined()
  expect(attestation).toMatchObject({ kubernetes: { kubelet: { skipVerification: true } }, linux: {}, docker: undefined })
  expect(logLevel).toBe('info')
})

test('TLS is switched off by the variable that the installation guide names, and by nothing else', async () => {
  expect((await read(SEED_VALUES, { SPIRL_ENDPOINT_ENABLE_TLS: 'false' })).agent.upstream.tls).toBe(false)
  expect((await read(SEED_VALUES, { SPIRL_ENDPOINT_ENABLE_TLS: 'true' })).agent.upstream.tls).toBe(true)
  await expect(read(SEED_VALUES, { SPIRL_ENDPOINT_ENABLE_TLS: 'no' })).rejects.toThrow('agent.endpoint.enableTLS is not true or false')
})

test('every documented value of the chart reaches the agent', async () => {
  const { agent, attestation } = await read(`
platform: ISTIO
agent:
  endpoint: {endpoint: a, endpoints: [b, a], supplementalRootsPEM: PEM, connectionMaxAge: 1h30m}
  auth: {key: {id: cv-1, pem: KEY}}
  allowedAttributes: [linux.*]
istio: {spiffeSocketPath: /s/socket, skipKubeletVerification: false, includeAnnotations: [example.org/]}
telemetry: {enabled: true, metricsAPI: {port: 9191}, collectors: {grpc: {emitLatencyMetrics: true}, workload: {emitSVIDExpiry: true}}}
experimental: {useLegacyEnvoyValidation: true, supplementalAttestation: {jwt: {issuer: "https://i.example", jwksUrl: "https://i.example/k", supplementalRootsFile: /r.pem}}}
`)
  expect(agent).toMatchObject({
    socketPath: '/s/socket',
    upstream: {
      endpoints: ['a', 'b'],
      supplementalRootsPem: 'PEM',
      connectionMaxAgeMs: 5_400_000,
      evidence: [{ type: 'cvk', versionId: 'cv-1', privateKeyPem: 'KEY' }],
    },
    allowedAttributes: ['linux.*'],
    telemetry: { listen: { port: 9191 }, emitLatencyMetrics: true, emitSvidExpiry: true },
    sds: { spiffeValidation: false },
  })
  expect(attestation).toMatchObject({
    kubernetes: { includeAnnotationPrefixes: ['example.org/'], kubelet: { skipVerification: false } },
    jwt: { allowedIssuers: [{ issuer: 'https://i.example', jwksURI: 'https://i.example/k' }], supplementalRootsFile: '/r.pem' },
  })
})

test('the environment alone is enough, and wins over the file', async () => {
  const environment = {
    SPIRL_PLATFORM: 'linux',
    SPIRL_ENDPOINT: 'x:1',
    SPIRL_AUTH_KEY_ID: 'cv-1',
    SPIRL_AUTH_KEY_PEM: 'KEY',
    SPIRL_SOCKET_PATH: '/x.sock',
    SPIRL_HEALTH_LISTEN: '127.0.0.1:9091',
  }
  const document = await readAgentDocument([], environment)
  const { agent, attestation } = agentSettings(document ?? { values: {}, platform: 'k8s', section: 'k8s' })
  expect(agent).toMatchObject({ socketPath: '/x.sock', upstream: { endpoints: ['x:1'], platform: 'linux' }, health: { host: '127.0.0.1', port: 9091 } })
  expect(attestation.kubernetes).toBeUndefined()
  expect((await read(SEED_VALUES, { SPIRL_ENDPOINT: 'other' })).agent.upstream.endpoints).toEqual(['other'])
})

test.each([
  ['no server', 'agent: {auth: {attestors: [{type: k8s_token}]}}', 'No trust domain server'],
  ['no evidence', 'agent: {endpoint: {endpoint: a}}', 'nothing to prove itself'],
  ['half a key', 'agent: {endpoint: {endpoint: a}, auth: {key: {id: cv-1}}}', 'needs its id and its key'],
  ['an unknown attestor', 'agent: {endpoint: {endpoint: a}, auth: {attestors: [{type: magic}]}}', 'type that is not known'],
  ['an unknown platform', 'platform: toaster', 'platform is not known'],
  ['a list for a text', 'agent: {endpoint: {endpoint: [a]}}', 'agent.endpoint.endpoint is not a text'],
  ['a bad span', 'agent: {endpoint: {endpoint: a, connectionMaxAge: 5}, auth: {attestors: [{type: k8s_token}]}}', 'connectionMaxAge is not a text'],
  [
    'a span without a unit',
    'agent: {endpoint: {endpoint: a, connectionMaxAge: "5"}, auth: {attestors: [{type: k8s_token}]}}',
    'connectionMaxAge is not a span',
  ],
  ['no YAML', '{"agent": ', 'neither YAML nor JSON'],
])('%s is an error that names the place and never the value', async (_what, text, message) => {
  const failure = read(text)
  await expect(failure).rejects.toBeInstanceOf(AgentSettingsError)
  await expect(failure).rejects.toThrow(message)
})

test('spans', () => {
  expect(durationMs('90s', 'x')).toBe(90_000)
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(durationMs(text, 'x')).toBeGreaterThan(0)
      } catch (error) {
        expect(error).toBeInstanceOf(AgentSettingsError)
      }
    }),
  )
})

test('help and the page of the agent name every variable', async () => {
  const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'mint', 'agent.md'), 'utf8')
  for (const { name } of AGENT_VARIABLES) {
    expect(agentHelp()).toContain(name)
    expect(page).toContain(`\`${name}\``)
  }
})
