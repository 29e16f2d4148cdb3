import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrate, openStore } from '../open.ts'
import { startTestCluster, type TestCluster } from '../testing.ts'
import { persist } from './persist-testing.ts'
import { completeCoverage, EXAMPLE_NOW, exampleDerivation, exampleHeader, occurrenceLine } from './example-scans.ts'

const LINES = [
  ...Array.from({ length: 300 }, (_, index) => occurrenceLine('shop', `settings-${index % 30}-${index}`, `secret ${index}`)),
  ...completeCoverage(),
]
const END = { type: 'end', finishedAt: EXAMPLE_NOW.toISOString(), lines: LINES.length } as const
const CHUNK_LINES = 60
const CHUNKS = Array.from({ length: Math.ceil(LINES.length / CHUNK_LINES) }, (_, sequence) => ({
  sequence,
  sha256: `digest ${sequence}`,
  lines: LINES.slice(sequence * CHUNK_LINES, (sequence + 1) * CHUNK_LINES),
}))

describe('after kill -9 of the database', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startTestCluster({ durable: true })
  })
  afterAll(() => cluster.stop())

  test('in the middle of sending and of publishing nothing is lost and nothing is doubled', async () => {
    const address = await cluster.createDatabase()
    await migrate(address)
    const store = await openStore(address)
    const { id } = await store.integrations.create({ kind: 'kubernetes', name: 'example', publicKeyPem: 'key', now: EXAMPLE_NOW })
    const header = exampleHeader()
    await store.scans.begin(id, header, EXAMPLE_NOW)
    for (const chunk of CHUNKS) {
      if (chunk.sequence === 2) killServer(cluster)
      await persist(() => store.scans.append(header.scanId, chunk))
    }
    expect(await persist(() => store.scans.begin(id, header, EXAMPLE_NOW))).toMatchObject({ receivedChunks: CHUNKS.length, state: 'receiving' })
    let scored = 0
    const dying = {
      ...exampleDerivation,
      scoreSecret: (...input: Parameters<typeof exampleDerivation.scoreSecret>) => {
        scored += 1
        if (scored === 150) killServer(cluster)
        return exampleDerivation.scoreSecret(...input)
      },
    }
    await persist(() => store.scans.publish(header.scanId, END, dying, EXAMPLE_NOW))
    expect(scored).toBeGreaterThan(300)
    expect(await store.scans.get(header.scanId)).toMatchObject({ state: 'visible', number: 1 })
    const page = await store.inventory.listSecrets({ size: 1_000 })
    expect(page.items).toHaveLength(300)
    expect(page.items.every((secret) => secret.occurrencesTotal === 1)).toBe(true)
    await store.close()
  })

  test('a killed writer leaves a scan that the next process finishes', async () => {
    const address = await cluster.createDatabase()
    const store = await openStore(address)
    const { id } = await store.integrations.create({ kind: 'kubernetes', name: 'example', publicKeyPem: 'key', now: EXAMPLE_NOW })
    const header = exampleHeader()
    await store.scans.begin(id, header, EXAMPLE_NOW)
    for (const chunk of CHUNKS) await store.scans.append(header.scanId, chunk)
    const writer = spawn(
      process.execPath,
      [new URL('./crash.writer.ts', import.meta.url).pathname, JSON.stringify(address), header.scanId, JSON.stringify(END)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    // It says when it is in the middle of scoring, and is killed there.
    await once(writer.stdout, 'data')
    writer.kill('SIGKILL')
    await once(writer, 'exit')
    expect(await store.inventory.isEmpty()).toBe(true)
    await store.scans.publish(header.scanId, END, exampleDerivation, EXAMPLE_NOW)
    expect((await store.inventory.listSecrets({ size: 1_000 })).items).toHaveLength(300)
    await store.close()
  })
})

function killServer(cluster: TestCluster): void {
  const pid = cluster.server.pid()
  if (pid !== undefined) process.kill(pid, 'SIGKILL')
}
