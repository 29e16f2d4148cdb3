import { generateKeyPairSync } from 'node:crypto'
import { type Authority, type AuthoritySettings, type KeyManager, memoryKeys, openAuthority } from '@mintmark/mint/authority'
import {
  type GrpcListener,
  openTrustDomainServer,
  type Platform,
  type TrustDomainRow,
  type TrustDomainServer,
  type TrustDomainServerSettings,
} from '@mintmark/mint/server'
import { certificatesToPem, parseTrustDomain } from '@mintmark/spiffe'
import type { Store } from '@mintmark/storage'

/** A trust domain server on a real database, and the agents' way to it. */
export interface TrialDomain {
  readonly row: TrustDomainRow
  readonly store: Store
  readonly authority: Authority
  readonly server: TrustDomainServer
  readonly listener: GrpcListener
  /** host:port */
  readonly endpoint: string
  /** What vouches for the server, PEM; keysets may have come since. */
  readonly rootsPem: () => string
  readonly logged: readonly Readonly<Record<string, unknown>>[]
  addCluster(name: string, platform: Platform): Promise<TrialCluster>
  close(): Promise<void>
}

/** A registered cluster and the key of its first version. */
export interface TrialCluster {
  readonly id: string
  readonly name: string
  readonly versionId: string
  readonly privateKeyPem: string
}

/** What a trial may change. */
export interface TrialDomainOptions {
  readonly name: string
  readonly store: Store
  readonly settings?: TrustDomainServerSettings
  readonly authority?: Partial<AuthoritySettings>
  /** Replicas share their keys through the database; without this each server keeps its own in memory. */
  readonly keys?: KeyManager
  /** Where agents dial; 0 for a free port. */
  readonly port?: number
}

/** Opens the server with TLS of its own on a free port. */
export async function startTrialDomain(options: TrialDomainOptions): Promise<TrialDomain> {
  const { store } = options
  const now = (): Date => new Date()
  const parsed = parseTrustDomain(options.name)
  if (!parsed.ok) throw new Error(parsed.reason)
  const row = (await store.mint.registry.trustDomain(options.name)) ?? (await store.mint.registry.createTrustDomain({ name: options.name, now: now() }))
  const logged: Readonly<Record<string, unknown>>[] = []
  const note = (fields: object, msg: string): void => void logged.push({ ...fields, msg })
  const authority = await openAuthority({
    trustDomain: parsed.trustDomain,
    store: store.mint.keysets,
    keys: options.keys ?? memoryKeys(),
    now,
    ...(options.authority !== undefined && { settings: options.authority }),
  })
  const server = await openTrustDomainServer({
    trustDomain: row,
    stores: store.mint,
    authority,
    now,
    settings: options.settings ?? {},
    log: { debug: note, info: note, warn: note, error: note },
  })
  const listener = await server.listen({
    host: '127.0.0.1',
    port: options.port ?? 0,
    tls: { from: 'own', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
  })
  return {
    row,
    store,
    authority,
    server,
    listener,
    endpoint: `127.0.0.1:${listener.address.port}`,
    rootsPem: () => certificatesToPem(authority.current().bundle.x509Authorities),
    logged,
    async addCluster(name, platform) {
      const cluster = await store.mint.registry.createCluster({ trustDomainId: row.id, name, platform, now: now() })
      const { publicKey, privateKey } = generateKeyPairSync('ed25519')
      const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' })
      const { version } = await store.mint.registry.addClusterVersion({ clusterId: cluster.id, publicKeyPem, limit: 10, now: now() })
      return { id: cluster.id, name, versionId: version.id, privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) }
    },
    async close() {
      await server.close()
      await authority.close()
    },
  }
}
