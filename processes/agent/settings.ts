import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { WorkloadAttestationSettings } from '@mintmark/mint/attestation'
import {
  LOG_LEVELS,
  SECRET_NAMES,
  type AgentSettings,
  type EvidenceSettings,
  type ListenAddress,
  type LogLevel,
  type UpstreamSettings,
} from '@mintmark/mint/agent'
import type { AgentDocument } from './document.ts'
import { AgentSettingsError, durationMs, fieldsOf, type Fields } from './fields.ts'
import ownPackage from '../package.json' with { type: 'json' }

/** What the process of an agent is made of. */
export interface AgentProcessSettings {
  readonly agent: AgentSettings
  readonly attestation: WorkloadAttestationSettings
  readonly logLevel: LogLevel
}

const SOCKET_PATHS = {
  k8s: '/run/spirl/sockets/agent.sock',
  eks: '/run/spirl/sockets/agent.sock',
  linux: '/run/spirl/sockets/agent.sock',
  istio: '/run/spirl/sockets/socket',
  'eks-istio': '/run/spirl/sockets/socket',
} as const
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount/token'
const METRICS_PORT = 9_090
const CONNECTION_MAX_AGE = '30m'
/** Every workload may connect: the kernel says who it is. */
const SOCKET_MODE = 0o777

/** The settings of a document. @throws AgentSettingsError naming the field */
export function agentSettings(document: AgentDocument): AgentProcessSettings {
  const root = fieldsOf(document.values, '')
  const agent = root.object('agent')
  const section = root.object(document.section)
  const telemetry = root.object('telemetry')
  const collectors = telemetry.object('collectors')
  const experimental = root.object('experimental')
  const api = agent.object('workloadApi')
  const health = agent.object('health').text('listen')
  const allowed = agent.texts('allowedAttributes')
  const keptRootsFile = agent.object('endpoint').text('keptRootsFile')
  return {
    logLevel: logLevelOf(agent.text('logLevel')),
    attestation: attestationOf(document, section, agent, experimental),
    agent: {
      socketPath: section.text('spiffeSocketPath') ?? SOCKET_PATHS[document.platform],
      socketMode: SOCKET_MODE,
      upstream: upstreamOf(document, agent),
      workloadApi: {
        x509: api.boolean('x509') ?? true,
        jwt: api.boolean('jwt') ?? true,
        allowUnauthenticatedVerifiers: api.boolean('allowUnauthenticatedVerifiers') ?? false,
        allowedForeignJwtClaims: api.texts('allowedForeignJWTClaims') ?? [],
      },
      sds: {
        names: {
          defaultSvid: agent.object('sds').text('defaultSVIDName') ?? SECRET_NAMES.defaultSvid,
          defaultBundle: agent.object('sds').text('defaultBundleName') ?? SECRET_NAMES.defaultBundle,
          allBundles: agent.object('sds').text('defaultAllBundlesName') ?? SECRET_NAMES.allBundles,
        },
        spiffeValidation: !(experimental.boolean('useLegacyEnvoyValidation') ?? false),
      },
      ...(keptRootsFile === undefined ? {} : { keptRootsFile }),
      ...(allowed === undefined ? {} : { allowedAttributes: allowed }),
      telemetry: {
        ...(telemetry.boolean('enabled') === true ? { listen: { host: '0.0.0.0', port: telemetry.object('metricsAPI').port('port') ?? METRICS_PORT } } : {}),
        emitLatencyMetrics: collectors.object('grpc').boolean('emitLatencyMetrics') ?? false,
        emitSvidExpiry: collectors.object('workload').boolean('emitSVIDExpiry') ?? false,
      },
      ...(health === undefined ? {} : { health: addressOf(health) }),
    },
  }
}

function upstreamOf({ platform }: AgentDocument, agent: Fields): UpstreamSettings {
  const endpoint = agent.object('endpoint')
  const auth = agent.object('auth')
  const first = endpoint.text('endpoint')
  const endpoints = [...new Set([...(first === undefined ? [] : [first]), ...(endpoint.texts('endpoints') ?? [])])]
  if (endpoints.length === 0) throw new AgentSettingsError('No trust domain server is named.', 'Set agent.endpoint.endpoint, or SPIRL_ENDPOINT.')
  const roots = endpoint.text('supplementalRootsPEM') ?? readText(endpoint.text('supplementalRootsFile'), 'agent.endpoint.supplementalRootsFile')
  const clusterId = auth.text('clusterId')
  const clusterName = auth.text('clusterName')
  return {
    endpoints,
    tls: endpoint.boolean('enableTLS') ?? true,
    ...(roots === undefined ? {} : { supplementalRootsPem: roots }),
    connectionMaxAgeMs: durationMs(endpoint.text('connectionMaxAge') ?? CONNECTION_MAX_AGE, 'agent.endpoint.connectionMaxAge'),
    ...(clusterId === undefined ? {} : { clusterId }),
    ...(clusterName === undefined ? {} : { clusterName }),
    evidence: evidenceOf(auth),
    nodeName: agent.text('nodeName') ?? hostname(),
    platform,
    agentVersion: ownPackage.version,
    instanceId: instanceId(),
    requireProofOfPossession: agent.boolean('requireProofOfPossession') ?? false,
  }
}

function evidenceOf(auth: Fields): readonly EvidenceSettings[] {
  const evidence: EvidenceSettings[] = auth.objects('attestors').map((attestor): EvidenceSettings => {
    const type = attestor.text('type')
    const tokenPath = attestor.text('tokenPath')
    if (type === 'k8s_token') return { type, tokenPath: tokenPath ?? auth.text('tokenPath') ?? TOKEN_PATH }
    if (type === 'custom_jwt' && tokenPath !== undefined) return { type, tokenPath }
    if (type === 'custom_jwt')
      throw new AgentSettingsError('The attestor custom_jwt has no token.', 'Set agent.auth.attestors[].tokenPath to the file that holds it.')
    throw new AgentSettingsError(
      'An entry of agent.auth.attestors has a type that is not known.',
      'Types are: k8s_token, custom_jwt. A cluster version key stands in agent.auth.key.',
    )
  })
  const key = auth.object('key')
  const versionId = key.text('id')
  const privateKeyPem = key.text('pem') ?? readText(key.text('file'), 'agent.auth.key.file')
  if ((versionId === undefined) !== (privateKeyPem === undefined))
    throw new AgentSettingsError('A cluster version key needs its id and its key.', 'Set both agent.auth.key.id and agent.auth.key.pem (or .file).')
  if (versionId !== undefined && privateKeyPem !== undefined) evidence.push({ type: 'cvk', versionId, privateKeyPem })
  if (evidence.length === 0)
    throw new AgentSettingsError('The agent has nothing to prove itself with.', 'Set agent.auth.attestors to [{type: k8s_token}], or agent.auth.key.')
  return evidence
}

function attestationOf(document: AgentDocument, section: Fields, agent: Fields, experimental: Fields): WorkloadAttestationSettings {
  const attestors = agent.object('workloadAttestors')
  const enabled = (name: string, byDefault: boolean): boolean => attestors.object(name).boolean('enabled') ?? byDefault
  const jwt = experimental.object('supplementalAttestation').object('jwt')
  const issuer = jwt.text('issuer')
  const jwksURI = jwt.text('jwksUrl')
  const supplementalRootsFile = jwt.text('supplementalRootsFile')
  return {
    kubernetes: enabled('kubernetes', document.platform !== 'linux')
      ? {
          includeAnnotationPrefixes: section.texts('includeAnnotations') ?? [],
          kubelet: { host: section.text('kubeletHost'), skipVerification: section.boolean('skipKubeletVerification') ?? true },
        }
      : undefined,
    linux: enabled('linux', true) ? { discoverWorkloadPath: attestors.object('linux').boolean('discoverWorkloadPath') ?? false } : undefined,
    docker: enabled('docker', false) ? { includeEnvVars: attestors.object('docker').texts('includeEnvVars') ?? [] } : undefined,
    systemd: enabled('systemd', false),
    jwt: issuer === undefined ? undefined : { allowedIssuers: [{ issuer, ...(jwksURI === undefined ? {} : { jwksURI }) }], supplementalRootsFile },
  }
}

function logLevelOf(text: string | undefined): LogLevel {
  const level = LOG_LEVELS.find((known) => known === (text ?? 'info'))
  if (level === undefined) throw new AgentSettingsError('The log level is not known.', `Levels are: ${LOG_LEVELS.join(', ')}.`)
  return level
}

function addressOf(text: string): ListenAddress {
  const match = /^(.*):(\d{1,5})$/.exec(text)
  if (match === null || Number(match[2]) > 65_535)
    throw new AgentSettingsError('The setting agent.health.listen is not HOST:PORT.', 'For example 0.0.0.0:9091.')
  return { host: (match[1] ?? '').replaceAll(/[[\]]/g, '') || '0.0.0.0', port: Number(match[2]) }
}

function readText(path: string | undefined, place: string): string | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new AgentSettingsError(`The file ${path} cannot be read (${code}).`, `Correct ${place}.`)
  }
}

/** Stays the same over restarts where the machine has an id, and does not tell that id (machine-id(5) asks for this). */
function instanceId(): string {
  try {
    const machine = readFileSync('/etc/machine-id', 'utf8').trim()
    if (machine !== '') return createHash('sha256').update(`mintmark-agent ${machine}`).digest('hex').slice(0, 32)
  } catch {
    // A container without the file has a new id at each start.
  }
  return randomUUID()
}
