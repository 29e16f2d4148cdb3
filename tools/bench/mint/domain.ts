import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { administerRegistry, type Platform } from '@mintmark/mint/server'
import { openStore, type Store } from '@mintmark/storage'
import { startTestCluster } from '@mintmark/storage/testing'
import { type MeasuredProcess, startMeasured } from './measured-process.ts'

const SERVER = join(import.meta.dirname, '..', '..', '..', 'processes', 'bin', 'trust-domain-server.js')
const TRUST_DOMAIN = 'bench.test'
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** A registered cluster and the key of its first version. */
export interface BenchCluster {
  readonly name: string
  readonly versionId: string
  readonly privateKeyPem: string
}

/** A trust domain server that runs as its own process, with TLS of its own. */
export interface BenchServer extends MeasuredProcess {
  /** host:port for agents. */
  readonly endpoint: string
}

/** A trust domain on a PostgreSQL of its own. Servers are replicas: they share database and master key. */
export interface BenchDomain {
  readonly folder: string
  /** The root of the trust domain, PEM; there once a server has started. */
  rootsPem(): Promise<string>
  startServer(name: string, port?: number): Promise<BenchServer>
  addCluster(cluster: {
    readonly name: string
    readonly platform: Platform
    readonly pathTemplate: string
    readonly x509Seconds: number
  }): Promise<BenchCluster>
  close(): Promise<void>
}

/** Opens database and folder; nothing runs yet but PostgreSQL. */
export async function openBenchDomain(): Promise<BenchDomain> {
  const database = await startTestCluster()
  const address = await database.createDatabase()
  const store = await openStore({ ...address, poolSize: 2 })
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-bench-'))
  // Callers under other users walk through it to the socket.
  await chmod(folder, 0o755)
  const keyFile = join(folder, 'master.key')
  await writeFile(keyFile, randomBytes(32), { mode: 0o600 })
  const { socketDirectory, database: name } = { socketDirectory: '', database: '', ...address }
  const databaseUrl = `postgresql://mintmark@localhost/${name}?host=${encodeURIComponent(socketDirectory)}`
  const running = new Set<MeasuredProcess>()
  return {
    folder,
    async rootsPem() {
      const { keysets } = await store.mint.keysets.load(TRUST_DOMAIN)
      return keysets.map(({ x509 }) => pemOf(x509.chain.at(-1) ?? '')).join('')
    },
    async startServer(serverName, port = 0) {
      const server = startMeasured(SERVER, {
        HOME: folder,
        MINTMARK_DATA: join(folder, serverName),
        MINTMARK_LISTEN: '127.0.0.1:0',
        MINTMARK_AGENT_LISTEN: `127.0.0.1:${port}`,
        MINTMARK_TRUST_DOMAIN: TRUST_DOMAIN,
        MINTMARK_MASTER_KEY_FILE: keyFile,
        MINTMARK_MINT_URL: 'https://mint.bench.test',
        DATABASE_URL: databaseUrl,
      })
      running.add(server)
      const [, endpoint = ''] = await server.line(/"agents":"([^"]+)"/)
      return {
        ...server,
        endpoint,
        async end(signal) {
          running.delete(server)
          await server.end(signal)
        },
      }
    },
    addCluster: (cluster) => addCluster(store, cluster),
    async close() {
      await Promise.all([...running].map((server) => server.end()))
      await store.close()
      await database.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function addCluster(store: Store, { name, platform, pathTemplate, x509Seconds }: Parameters<BenchDomain['addCluster']>[0]): Promise<BenchCluster> {
  const trustDomain = await store.mint.registry.trustDomain(TRUST_DOMAIN)
  if (trustDomain === undefined) throw new Error('Start a server first: it makes the trust domain.')
  const { clusters, configuration } = administerRegistry({ trustDomain, stores: store.mint, now: () => new Date(), log: SILENT })
  const { cluster, version, privateKeyPem } = await clusters.register({ name, platform })
  const spec = { policy: { pathTemplate, x509: { ttl: `${x509Seconds}s` } } }
  const documents = JSON.stringify({ section: 'SVIDIssuancePolicy', schema: 'v1', spec })
  await configuration.set({ scope: { kind: 'cluster', id: cluster.id }, documents, prune: false, validateOnly: false, actor: 'bench' })
  return { name, versionId: version.id, privateKeyPem }
}

function pemOf(base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
