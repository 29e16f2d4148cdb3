import { createHash, randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { LIMITS, type ScanEvent, type ScanHeader } from '@mintmark/contract/scan'
import { linkNamespace, summarizeSecret } from '@mintmark/ledger/linking'
import { MAX_V1, scoreSecret } from '@mintmark/ledger/risk'
import { type Derivation, type Store, migrate, openStore, startEmbeddedDatabase } from '@mintmark/storage'
import { ownCpuSeconds } from './cpu-time.ts'
import { machineLine } from './machine.ts'
import { peakMemoryMebibytes } from './memory.ts'
import { writePage } from './page.ts'
import { table } from './detection/report.ts'

const OCCURRENCES_PER_NAMESPACE = 1_000
const OCCURRENCES_PER_OBJECT = 5
const CHUNK_LINES = 2_500
/** Chunks that are made before the clock goes on: they are handed over like those of a scanner that does not wait for each answer. */
const CHUNKS_AHEAD = 3
const COLLECTIONS = ['namespaces', 'nodes', 'serviceaccounts', 'secrets', 'configmaps', 'deployments', 'statefulsets', 'daemonsets', 'cronjobs', 'jobs']
const derivation: Derivation = { linkNamespace, summarizeSecret, scoreSecret: (facts, now) => scoreSecret(facts, MAX_V1, now) }

function occurrence(cluster: string, namespace: string, index: number): ScanEvent {
  const name = `app-${Math.floor(index / OCCURRENCES_PER_OBJECT)}-secrets`
  const entry = `password-${index % OCCURRENCES_PER_OBJECT}`
  return {
    type: 'observation',
    collection: 'secrets',
    namespace,
    object: name,
    observation: {
      entity: 'occurrence',
      key: `${cluster}/${namespace}/Secret/${name}#data[${entry}]##1:1#name-password`,
      object: { kind: 'Secret', namespace, name },
      path: `data[${entry}]`,
      entry,
      position: { line: 1, column: 1, length: 12 },
      encoding: ['base64'],
      exposure: 'kubernetes-secret',
      finding: {
        kind: 'password',
        role: 'secret',
        provider: '',
        confidence: 'strong',
        rule: 'name-password',
        fingerprint: createHash('sha256').update(`${cluster}/${namespace}/${index}`).digest('hex'),
        attributes: { user: 'app' },
        reasons: ['The name says that it is a password'],
      },
    },
  }
}

function workload(cluster: string, namespace: string, number: number): ScanEvent[] {
  const [name, target] = [`app-${number}`, `app-${number}-secrets`]
  const key = `${cluster}/${namespace}/Deployment/${name}`
  const line = (observation: Extract<ScanEvent, { type: 'observation' }>['observation']): ScanEvent => ({
    type: 'observation',
    collection: 'deployments',
    namespace,
    object: name,
    observation,
  })
  return [
    line({
      entity: 'deployment',
      key,
      object: { kind: 'Deployment', namespace, name },
      application: { key: `application:${name}`, name, rule: 'name', evidence: `named ${name}` },
      serviceAccount: 'default',
      images: ['registry.example/app:1'],
      mint: { injection: 'not-labelled', spiffeIdPath: `/ns/${namespace}/sa/default`, evidence: 'no label' },
    }),
    line({
      entity: 'use',
      key: `${key}#envFrom#${target}`,
      deployment: key,
      target: { kind: 'Secret', namespace, name: target },
      container: 'main',
      via: 'envFrom',
      evidence: 'envFrom of container main',
    }),
  ]
}

function* scanLines(cluster: string, occurrences: number): Generator<ScanEvent> {
  for (let done = 0; done < occurrences; done += OCCURRENCES_PER_NAMESPACE) {
    const namespace = `team-${done / OCCURRENCES_PER_NAMESPACE}`
    for (let index = 0; index < Math.min(OCCURRENCES_PER_NAMESPACE, occurrences - done); index++) {
      if (index % OCCURRENCES_PER_OBJECT === 0) yield* workload(cluster, namespace, index / OCCURRENCES_PER_OBJECT)
      yield occurrence(cluster, namespace, index)
    }
  }
  for (const collection of COLLECTIONS) yield { type: 'coverage', collection, scope: {}, coverage: { state: 'complete' }, objects: 1 }
}

const CLOCK_TICKS_PER_SECOND = 100

/** Processor seconds of the server and of all its processes, those that have ended included; Linux only. */
async function serverCpuSeconds(postmaster: number): Promise<number> {
  let ticks = 0
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    // Fields after the name of the program, which may hold spaces: state, parent, ..., and from the twelfth on the times.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [own, ended] = [(fields[11] ?? 0) + (fields[12] ?? 0), (fields[13] ?? 0) + (fields[14] ?? 0)]
    if (Number(pid) === postmaster) ticks += own + ended
    else if (fields[1] === postmaster) ticks += own
  }
  return ticks / CLOCK_TICKS_PER_SECOND
}

interface Times {
  readonly appendSeconds: number
  readonly publishSeconds: number
  readonly lines: number
  /** Processor seconds of this process, without those that made the lines. */
  readonly ownCpuSeconds: number
}

/** The next chunks, made while no clock runs. */
function prepare(lines: Iterator<ScanEvent>): ScanEvent[][] {
  const chunks: ScanEvent[][] = []
  let chunk: ScanEvent[] = []
  while (chunks.length < CHUNKS_AHEAD) {
    const next = lines.next()
    if (next.done === true) break
    if (chunk.push(next.value) < CHUNK_LINES) continue
    chunks.push(chunk)
    chunk = []
  }
  return chunk.length === 0 ? chunks : [...chunks, chunk]
}

async function ingest(store: Store, cluster: string, occurrences: number): Promise<Times> {
  const now = new Date()
  const integration = await store.integrations.create({ kind: 'kubernetes', name: `bench-${randomUUID()}`, publicKeyPem: 'bench', now })
  const header: ScanHeader = {
    type: 'scan',
    version: LIMITS.documentVersion,
    scanId: randomUUID(),
    connector: 'kubernetes',
    source: { key: cluster, name: 'bench' },
    mode: 'full',
    startedAt: now.toISOString(),
    scanner: { version: 'bench', rules: 'bench' },
    fingerprintKeyId: 'bench',
  }
  await store.scans.begin(integration.id, header, now)
  const source = scanLines(cluster, occurrences)
  let [sequence, lines, appendMs, cpuSeconds] = [0, 0, 0, 0]
  for (let chunks = prepare(source); chunks.length > 0; chunks = prepare(source)) {
    const [started, cpu] = [performance.now(), ownCpuSeconds()]
    // They are stored in their order; each is prepared while the one before it is stored.
    await Promise.all(chunks.map((chunk, index) => appendChunk(store, header.scanId, sequence + index, chunk)))
    appendMs += performance.now() - started
    cpuSeconds += ownCpuSeconds() - cpu
    sequence += chunks.length
    for (const chunk of chunks) lines += chunk.length
  }
  const [ended, cpu] = [performance.now(), ownCpuSeconds()]
  await store.scans.publish(header.scanId, { type: 'end', finishedAt: new Date().toISOString(), lines }, derivation, new Date())
  return {
    appendSeconds: appendMs / 1000,
    publishSeconds: (performance.now() - ended) / 1000,
    lines,
    ownCpuSeconds: cpuSeconds + ownCpuSeconds() - cpu,
  }
}

function appendChunk(store: Store, scanId: string, sequence: number, lines: readonly ScanEvent[]): Promise<boolean> {
  return store.scans.append(scanId, { sequence, sha256: createHash('sha256').update(`${sequence}`).digest('hex'), lines })
}

const PAGE_ROWS = 100
const PAGES_READ = 200
const PERCENTILE = 0.95

/** Milliseconds that 95 of 100 pages of a list need at most: all secrets worst first, and those of one namespace after the other. */
async function listP95(store: Store, occurrences: number): Promise<{ readonly all: number; readonly filtered: number }> {
  const [all, filtered]: [number[], number[]] = [[], []]
  let cursor: string | undefined
  for (let page = 0; page < PAGES_READ; page++) {
    const started = performance.now()
    const answer = await store.inventory.listSecrets({ size: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) })
    const middle = performance.now()
    const namespace = `team-${page % Math.ceil(occurrences / OCCURRENCES_PER_NAMESPACE)}`
    await store.inventory.listSecrets({ size: PAGE_ROWS, namespace })
    all.push(middle - started)
    filtered.push(performance.now() - middle)
    cursor = answer.next
  }
  const p95 = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length * PERCENTILE)] ?? Number.NaN
  return { all: p95(all), filtered: p95(filtered) }
}

/** The bench named `ingest`. */
export async function runIngestBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { occurrences: { type: 'string', default: '1000000' } } })
  const occurrences = Number(values.occurrences)
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-ingest-'))
  await chmod(folder, 0o755)
  const database = await startEmbeddedDatabase({ folder })
  try {
    await migrate({ socketDirectory: database.socketDirectory })
    const store = await openStore({ socketDirectory: database.socketDirectory })
    const rows: string[][] = []
    for (const { scan, cluster, count } of [
      { scan: 'first of its cluster', cluster: 'bench-small', count: Math.min(10_000, occurrences) },
      { scan: 'first of its cluster', cluster: 'bench-large', count: occurrences },
      { scan: 'the same again', cluster: 'bench-large', count: occurrences },
    ]) {
      const serverCpu = await serverCpuSeconds(database.pid() ?? 0)
      const { appendSeconds, publishSeconds, lines, ownCpuSeconds: ownCpu } = await ingest(store, cluster, count)
      const total = appendSeconds + publishSeconds
      rows.push([
        scan,
        `${count}`,
        `${lines}`,
        appendSeconds.toFixed(1),
        publishSeconds.toFixed(1),
        `${Math.round(count / total)}`,
        `${Math.round(count / appendSeconds)}`,
        ownCpu.toFixed(1),
        ((await serverCpuSeconds(database.pid() ?? 0)) - serverCpu).toFixed(1),
        (await peakMemoryMebibytes()).toFixed(0),
      ])
      process.stderr.write(`${rows.at(-1)?.join(' | ')}\n`)
    }
    const lists = await listP95(store, occurrences)
    await store.close()
    const head = [
      'scan',
      'occurrences',
      'lines',
      'append s',
      'link, score, publish s',
      'occurrences/s, whole',
      'occurrences/s, append',
      'processor s, Node',
      'processor s, PostgreSQL',
      'peak memory of the process MiB',
    ]
    await writePage(
      'ingest',
      `# Ingest\n\nWritten by \`npm run bench ingest -- --occurrences ${occurrences}\` on ${machineLine()}.\n\nScans of distinct secrets into the embedded PostgreSQL with flushing to disk as in production: appended in chunks of ${CHUNK_LINES} lines, then linked, scored and made visible in one transaction. ${CHUNKS_AHEAD} chunks at a time are made before the clock goes on: neither time nor processor seconds hold the making of the lines. Other work may share the machine, so processor time stands beside the clock. Bars: 10,000 occurrences a second; memory does not grow with the scan.\n\n${table(head, rows)}\n\nLists afterwards, pages of ${PAGE_ROWS} secrets, 95 of 100 within: ${lists.all.toFixed(1)} ms (all, worst first), ${lists.filtered.toFixed(1)} ms (of one namespace).\n`,
    )
  } finally {
    await database.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
