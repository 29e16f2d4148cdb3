import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { ChannelCredentials, Client, Metadata, type ServiceError } from '@grpc/grpc-js'
import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { agentApi, serviceDefinition } from '@mintmark/contract/grpc'
import { signAssertion } from '@mintmark/mint/attestation'
import { memoryKeys, openAuthority, type Authority, type AuthoritySettings, type KeysetStore } from '@mintmark/mint/authority'
import {
  certificatesToPem,
  generateWorkloadKey,
  parseTrustDomain,
  randomSerial,
  spiffeId,
  writeLeaf,
  writeAuthority,
  localSigner,
  type TrustDomain,
} from '@mintmark/spiffe'
import { memoryStores, type MemoryStores } from './memory-stores.ts'
import { openTrustDomainServer, type TrustDomainServer } from './open.ts'
import type { ClusterRow, Platform } from './ports.ts'
import type { ServerLog } from './log.ts'
import type { TrustDomainServerSettings } from './settings.ts'

/** A trust domain with everything in memory, and a clock of its own. */
export interface TestDomain {
  readonly name: TrustDomain
  readonly stores: MemoryStores
  readonly authority: Authority
  readonly server: TrustDomainServer
  readonly lines: readonly string[]
  /** Moves the clock. */
  advance(seconds: number): void
  now(): Date
  /** A cluster with a version key. */
  addCluster(name: string, platform?: Platform): Promise<TestCluster>
  close(): Promise<void>
}

/** A cluster and what its agents sign with. */
export interface TestCluster {
  readonly row: ClusterRow
  readonly versionId: string
  readonly privateKeyPem: string
}

/** A keyset store in memory. */
export function memoryKeysets(): KeysetStore {
  let stored: Awaited<ReturnType<KeysetStore['load']>> = { revision: 0n, keysets: [] }
  return {
    load: async () => stored,
    replace: async (_trustDomain, expected, keysets) => {
      if (stored.revision !== expected) return undefined
      stored = { revision: expected + 1n, keysets }
      return stored
    },
  }
}

/** Opens a trust domain in memory. */
export async function openTestDomain(
  settings: TrustDomainServerSettings = {},
  authoritySettings: Partial<AuthoritySettings> = {},
  name = 'example.org',
): Promise<TestDomain> {
  let offsetMs = 0
  const now = (): Date => new Date(Date.now() + offsetMs)
  const parsed = parseTrustDomain(name)
  if (!parsed.ok) throw new Error(parsed.reason)
  const lines: string[] = []
  const note = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const log: ServerLog = { debug: note, info: note, warn: note, error: note }
  const authority = await openAuthority({ trustDomain: parsed.trustDomain, store: memoryKeysets(), keys: memoryKeys(), now, settings: authoritySettings })
  const stores = memoryStores()
  const trustDomain = await stores.registry.createTrustDomain({ name: parsed.trustDomain, now: now() })
  const server = await openTrustDomainServer({ trustDomain, stores, authority, now, settings, log })
  return {
    name: parsed.trustDomain,
    stores,
    authority,
    server,
    lines,
    now,
    advance: (seconds) => {
      offsetMs += seconds * 1000
    },
    addCluster: async (name, platform = 'k8s') => {
      const row = await stores.registry.createCluster({ trustDomainId: trustDomain.id, name, platform, now: now() })
      const { publicKey, privateKey } = generateKeyPairSync('ed25519')
      const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' })
      const { version } = await stores.registry.addClusterVersion({ clusterId: row.id, publicKeyPem, limit: 10, now: now() })
      return { row, versionId: version.id, privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) }
    },
    close: async () => {
      await server.close()
      await authority.close()
    },
  }
}

/** A client of AgentService. */
export interface TestAgent {
  readonly thumbprint: string | undefined
  call<Response extends DescMessage>(method: string, request: object, session?: string): Promise<MessageShape<Response>>
  watch(session: string, onMessage: (message: agentApi.WatchResponse) => void): { readonly ended: Promise<ServiceError | undefined>; cancel(): void }
  close(): void
}

/** A listener of its own for the domain, and an agent that is connected to it by TLS. */
export async function listenAndConnect(domain: TestDomain): Promise<TestAgent> {
  const { address } = await domain.server.listen({ host: '127.0.0.1', port: 0, tls: { from: 'own', dnsNames: ['localhost'], ipAddresses: [] } })
  return connectAgent(address.port, { roots: domain.authority.current().bundle.x509Authorities })
}

/** Connects; with `roots` by TLS and a self-made client certificate. */
export function connectAgent(
  port: number,
  tls?: { readonly roots: readonly Uint8Array[]; readonly serverName?: string; readonly withCertificate?: boolean },
): TestAgent {
  const identity = tls === undefined || tls.withCertificate === false ? undefined : selfMadeIdentity()
  const credentials =
    tls === undefined
      ? ChannelCredentials.createInsecure()
      : ChannelCredentials.createSsl(Buffer.from(certificatesToPem(tls.roots)), identity && Buffer.from(identity.key), identity && Buffer.from(identity.cert))
  const options = tls === undefined ? {} : { 'grpc.ssl_target_name_override': tls.serverName ?? 'localhost' }
  const client = new Client(`127.0.0.1:${port}`, credentials, options)
  const methods = serviceDefinition(agentApi.AgentService)
  const metadataOf = (session: string | undefined): Metadata => {
    const metadata = new Metadata()
    if (session !== undefined) metadata.set('authorization', `Bearer ${session}`)
    return metadata
  }
  const methodOf = (name: string) => {
    const method = methods[name]
    if (method === undefined) throw new Error(`There is no method ${name}`)
    return method
  }
  return {
    thumbprint: identity?.thumbprint,
    call: (name, request, session) => {
      const { path, requestSerialize, responseDeserialize } = methodOf(name)
      return new Promise((resolve, reject) => {
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadataOf(session), (error, response) => {
          if (error !== null || response === undefined) reject(error ?? new Error('no answer'))
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the method's own decoder has made it
          else resolve(response as never)
        })
      })
    },
    watch: (session, onMessage) => {
      const { path, requestSerialize, responseDeserialize } = methodOf('watch')
      const stream = client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        { $typeName: agentApi.WatchRequestSchema.typeName, identities: 0 },
        metadataOf(session),
      )
      stream.on('data', onMessage)
      const ended = new Promise<ServiceError | undefined>((resolve) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- errors of a call are service errors
        stream.on('error', (error) => resolve(error as ServiceError))
        stream.on('end', () => resolve(undefined))
      })
      return { ended, cancel: () => stream.cancel() }
    },
    close: () => client.close(),
  }
}

/** A certificate that an agent makes itself: nobody has to trust it, it only binds the session. */
function selfMadeIdentity(): { readonly key: string; readonly cert: string; readonly thumbprint: string } {
  const key = generateWorkloadKey()
  const signer = localSigner(key.privateKey)
  const parsed = parseTrustDomain('self-made.agent')
  if (!parsed.ok) throw new Error(parsed.reason)
  const id = spiffeId(parsed.trustDomain, '/agent')
  if (!id.ok) throw new Error(id.reason)
  const dates = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000) }
  const root = writeAuthority({
    trustDomain: parsed.trustDomain,
    publicKey: key.publicKey,
    serial: randomSerial(),
    ...dates,
    subject: [{ type: 'CN', value: 'agent' }],
    signer,
  })
  if (root instanceof Promise) throw new Error('A local key answers at once')
  const leaf = writeLeaf({ signer, certificate: root, intermediates: [] }, { id: id.id, publicKey: key.publicKey, serial: randomSerial(), ...dates })
  if (leaf instanceof Promise) throw new Error('A local key answers at once')
  const thumbprint = createHash('sha256').update(new X509Certificate(leaf).raw).digest('base64url')
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${Buffer.from(key.privateKey).toString('base64')}\n-----END PRIVATE KEY-----\n`,
    cert: certificatesToPem([leaf]),
    thumbprint,
  }
}

/** An attest request with a fresh assertion. */
export function attestRequest(cluster: TestCluster, now: Date, thumbprint?: string): agentApi.AttestRequest {
  const assertion = signAssertion({ versionId: cluster.versionId, privateKeyPem: cluster.privateKeyPem }, now, thumbprint)
  return {
    $typeName: 'mintmark.agent.v1.AttestRequest',
    clusterId: '',
    clusterName: '',
    evidence: [{ $typeName: 'mintmark.agent.v1.Evidence', type: 'cvk', payload: Buffer.from(assertion) }],
    agentVersion: '0.1.0',
    nodeName: 'node-1',
    platform: 'k8s',
    instanceId: 'instance-1',
  }
}

/** Attributes of a pod. */
export function podAttributes(namespace = 'shop', serviceAccount = 'web'): agentApi.Attribute[] {
  return attributesOf({ 'kubernetes.pod.namespace': namespace, 'kubernetes.pod.service_account': serviceAccount, 'kubernetes.pod.name': 'web-1' })
}

/** Attributes as they travel. */
export function attributesOf(values: Readonly<Record<string, string>>): agentApi.Attribute[] {
  return Object.entries(values).map(([name, value]) => ({ $typeName: 'mintmark.agent.v1.Attribute', name, value }))
}
