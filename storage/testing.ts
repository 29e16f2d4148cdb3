import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { clientSettings, type DatabaseAddress } from './address.ts'
import { startEmbeddedDatabase, type EmbeddedDatabase } from './embedded/index.ts'
import { migrate, openStore } from './open.ts'
import type { Store } from './store.ts'

/** Durability costs time and a test's cluster does not outlive it. */
const FAST_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', shared_buffers: '64MB', autovacuum: 'on' }
const TEMPLATE = 'template_migrated'

/** A PostgreSQL of the tests of one file. */
export interface TestCluster {
  /** A fresh, migrated database in some tens of milliseconds. */
  createDatabase(): Promise<DatabaseAddress>
  /** The same, opened; the cluster closes it at its own end. */
  openFreshStore(): Promise<Store>
  /** The server itself, for tests of crashes. */
  readonly server: EmbeddedDatabase
  readonly folder: string
  stop(): Promise<void>
}

export interface TestClusterOptions {
  /** True for crash tests: fsync as in production. */
  readonly durable?: boolean
  readonly folder?: string
  readonly settings?: Readonly<Record<string, string>>
}

/** Starts a cluster of its own in a temporary folder. `stop` ends it; so does the end of this process, by the process number of the server. */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const folder = options.folder ?? (await mkdtemp(path.join(os.tmpdir(), 'mintmark-pg-')))
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o755)
  const durable = options.durable ?? false
  const server = await startEmbeddedDatabase({ folder, durable, settings: { ...(durable ? {} : FAST_SETTINGS), ...options.settings } })
  const stores: Store[] = []
  const end = (): void => {
    const pid = server.pid()
    if (pid !== undefined) process.kill(pid, 'SIGQUIT')
  }
  process.once('exit', end)
  await createTemplate(server.socketDirectory)

  async function createDatabase(): Promise<DatabaseAddress> {
    const database = `test_${randomBytes(8).toString('hex')}`
    await administer(server.socketDirectory, `create database ${database} template ${TEMPLATE}`)
    return { socketDirectory: server.socketDirectory, database }
  }

  return {
    server,
    folder,
    createDatabase,
    async openFreshStore() {
      const store = await openStore({ ...(await createDatabase()), poolSize: 4 })
      stores.push(store)
      return store
    },
    async stop() {
      await Promise.allSettled(stores.map((store) => store.close()))
      await server.stop()
      process.removeListener('exit', end)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function createTemplate(socketDirectory: string): Promise<void> {
  await administer(socketDirectory, `create database ${TEMPLATE}`)
  await migrate({ socketDirectory, database: TEMPLATE })
}

async function administer(socketDirectory: string, statement: string): Promise<void> {
  const client = new pg.Client(clientSettings({ socketDirectory, database: 'postgres' }))
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
