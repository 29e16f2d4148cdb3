import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ScanEvent } from '@mintmark/contract/scan'
import type { DatabaseAddress } from '../address.ts'
import { openSideConnections } from '../bulk/side-connections.ts'
import { STORAGE_LIMITS } from '../limits.ts'
import { openStore } from '../open.ts'
import { runnerOf } from '../queries/run.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'
import { persist } from './persist-testing.ts'
import { completeCoverage, EXAMPLE_NOW, exampleDerivation, exampleFingerprint, exampleHeader, occurrenceLine, sendScan } from './example-scans.ts'

const NAMESPACES = 20
const TOTAL = STORAGE_LIMITS.partOccurrencesMin + 10
/** One secret lies in two namespaces, so it is summarised when parts are attached. */
const LINES: readonly ScanEvent[] = [
  ...Array.from({ length: TOTAL }, (_, index) => occurrenceLine(`n${index % NAMESPACES}`, `settings-${index}`, `secret ${index}`)),
  occurrenceLine('n1', 'copy', 'secret 0'),
  ...completeCoverage(),
]
const CHUNK_LINES = 5_000

async function ask<Row extends object>(address: DatabaseAddress, question: string): Promise<Row[]> {
  const database = openSideConnections(address)
  try {
    return await runnerOf(database)<Row>(question)
  } finally {
    await database.destroy()
  }
}

const listParts = (address: DatabaseAddress) =>
  ask<{ part: string; attached: boolean }>(
    address,
    `select relname as part, relispartition as attached from pg_class where relkind = 'r' and relname ~ '^(observation|occurrence|secret)_[0-9]+$' order by relname`,
  )

describe('parts that a publication fills beside itself', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startTestCluster({ durable: true })
  })
  afterAll(() => cluster.stop())

  test('kill -9 of the database while they are filled, and again when they are there: nothing is lost, doubled or left over', async () => {
    const address = await cluster.createDatabase()
    const store = await openStore(address)
    const { id } = await store.integrations.create({ kind: 'kubernetes', name: 'example', publicKeyPem: 'key', now: EXAMPLE_NOW })
    const header = exampleHeader()
    await store.scans.begin(id, header, EXAMPLE_NOW)
    for (let sequence = 0; sequence * CHUNK_LINES < LINES.length; sequence += 1) {
      const lines = LINES.slice(sequence * CHUNK_LINES, (sequence + 1) * CHUNK_LINES)
      await store.scans.append(header.scanId, { sequence, sha256: `digest ${sequence}`, lines })
    }
    const shared = exampleFingerprint('secret 0')
    const kills: string[] = []
    let scored = 0
    const dying: typeof exampleDerivation = {
      ...exampleDerivation,
      scoreSecret: (facts, now) => {
        scored += 1
        if (kills.length === 0 && scored === 5_000) kills.push(killServer(cluster, 'while they are filled'))
        if (kills.length === 1 && facts.fingerprint === shared) kills.push(killServer(cluster, 'when they are attached'))
        return exampleDerivation.scoreSecret(facts, now)
      },
    }
    const end = { type: 'end', finishedAt: EXAMPLE_NOW.toISOString(), lines: LINES.length } as const
    await persist(() => store.scans.publish(header.scanId, end, dying, EXAMPLE_NOW))
    expect(kills).toEqual(['while they are filled', 'when they are attached'])
    expect(await store.scans.get(header.scanId)).toMatchObject({ state: 'visible', number: 1 })
    expect(await store.inventory.getSecret(shared)).toMatchObject({ occurrencesTotal: 2 })
    const [counted] = await ask<{ observations: number; occurrences: number; secrets: number; lines: number }>(
      address,
      `select (select count(*)::int from observation) as observations, (select count(*)::int from occurrence) as occurrences,
         (select count(*)::int from secret) as secrets, (select count(*)::int from scan_line) as lines`,
    )
    expect(counted).toEqual({ observations: TOTAL + 1, occurrences: TOTAL + 1, secrets: TOTAL, lines: 0 })
    expect(await listParts(address)).toEqual(['observation_0', 'observation_1', 'occurrence_0', 'occurrence_1', 'secret_0', 'secret_1'].map(attached))
    await store.close()
  })

  test('what a publication that died has left behind is removed at the next start, and nothing else', async () => {
    const address = await cluster.createDatabase()
    const store = await openStore(address)
    const { id } = await store.integrations.create({ kind: 'kubernetes', name: 'example', publicKeyPem: 'key', now: EXAMPLE_NOW })
    await sendScan(store, id, LINES, { chunkLines: CHUNK_LINES })
    await ask(address, `create table secret_2 (like secret); create table occurrence_2 (like occurrence)`)
    await store.scans.sweep(EXAMPLE_NOW)
    expect(await listParts(address)).toEqual(['observation_0', 'observation_1', 'occurrence_0', 'occurrence_1', 'secret_0', 'secret_1'].map(attached))
    await store.close()
  })

  test('a part has the indexes of its table', async () => {
    const address = await cluster.createDatabase()
    const store = await openStore(address)
    const { id } = await store.integrations.create({ kind: 'kubernetes', name: 'example', publicKeyPem: 'key', now: EXAMPLE_NOW })
    await sendScan(store, id, LINES, { chunkLines: CHUNK_LINES })
    const indexes = await ask<{ part: string; inherited: number; all: number }>(
      address,
      `select c.relname as part, count(h.inhrelid)::int as inherited, count(*)::int as all from pg_index i join pg_class c on c.oid = i.indrelid
       left join pg_inherits h on h.inhrelid = i.indexrelid where c.relname ~ '^(observation|occurrence|secret)_[01]$' group by c.relname order by c.relname`,
    )
    const countOf = (part: string) => indexes.find((each) => each.part === part)
    for (const table of ['observation', 'occurrence', 'secret']) {
      const { inherited, all } = countOf(`${table}_0`) ?? { inherited: 0, all: 0 }
      expect(countOf(`${table}_1`)).toEqual({ part: `${table}_1`, inherited, all })
    }
    await store.close()
  })
})

function attached(part: string) {
  return { part, attached: true }
}

function killServer(cluster: TestCluster, when: string): string {
  const pid = cluster.server.pid()
  if (pid !== undefined) process.kill(pid, 'SIGKILL')
  return when
}
