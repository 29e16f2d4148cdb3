import { spawn } from 'node:child_process'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openKubernetes } from '@mintmark/ledger/connectors/kubernetes'
import { createDetector } from '@mintmark/ledger/detection'
import { type Cluster, startCluster } from '../peers/index.ts'
import { type Load, SHAPES, type Shape, loadCluster } from './cluster-load.ts'
import { type Cost, ownCpuSeconds } from './cpu-time.ts'
import { table } from './detection/report.ts'
import { benchKey } from './detection/run-scorecard.ts'
import { machineLine } from './machine.ts'
import { peakMemoryMebibytes, processorSeconds } from './memory.ts'
import { writePage } from './page.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGE_LIMIT = 500
const ROUNDS = 3
const POLL_MS = 20
const IDLE_MS = 5_000
const WATCHED = 'bench-watched'
const LISTED = [
  '/api/v1/namespaces',
  '/api/v1/nodes',
  '/api/v1/serviceaccounts',
  '/api/v1/secrets',
  '/api/v1/configmaps',
  '/apis/apps/v1/deployments',
  '/apis/apps/v1/statefulsets',
  '/apis/apps/v1/daemonsets',
  '/apis/batch/v1/cronjobs',
  '/apis/batch/v1/jobs',
]

const recordOf = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {})

interface Listed extends Cost {
  readonly bytes: number
  readonly objects: number
}

/** The floor: every page of the ten kinds, received and parsed, one after the other. */
async function bareList(cluster: Cluster): Promise<Listed> {
  const [cpu, started] = [ownCpuSeconds(), performance.now()]
  let [bytes, objects] = [0, 0]
  for (const path of LISTED) {
    let next = ''
    do {
      const { body } = await cluster.api.request('GET', `${path}?limit=${PAGE_LIMIT}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`)
      const page = recordOf(JSON.parse(body))
      bytes += body.length
      objects += Array.isArray(page['items']) ? page['items'].length : 0
      const token = recordOf(page['metadata'])['continue']
      next = typeof token === 'string' ? token : ''
    } while (next !== '')
  }
  return { wallSeconds: (performance.now() - started) / 1000, cpuSeconds: ownCpuSeconds() - cpu, bytes, objects }
}

interface Scanned extends Cost {
  readonly memory: number
}

/** `spirlctl scan` as a user runs it; start included. */
async function productScan(kubeconfig: string): Promise<Scanned> {
  const started = performance.now()
  const child = spawn(process.execPath, ['cli/bin/spirlctl.js', 'scan', 'kubernetes', '--kubeconfig', kubeconfig, '-o', 'ndjson'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  let [memory, cpuSeconds] = [0, 0]
  const look = async (pid: number): Promise<void> => {
    const [peak, seconds] = await Promise.all([peakMemoryMebibytes(pid), processorSeconds(pid)])
    if (!Number.isNaN(peak)) memory = Math.max(memory, peak)
    cpuSeconds = Math.max(cpuSeconds, seconds)
  }
  // Between its end and the last look the process is gone.
  const poll = setInterval(() => void (child.pid === undefined ? undefined : look(child.pid).catch(() => undefined)), POLL_MS)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  clearInterval(poll)
  if (code !== 0 && code !== 1) throw new Error(`spirlctl scan ended with ${code}; its message stands above`)
  return { wallSeconds: (performance.now() - started) / 1000, cpuSeconds, memory }
}

/** Seconds from a change to the batch that says it, and processor share while nothing happens. */
async function watchOnce(cluster: Cluster): Promise<{ readonly seconds: number; readonly idleShare: number }> {
  await cluster.api.create([{ path: '/api/v1/namespaces/default/secrets', object: { metadata: { name: WATCHED } } }])
  const stop = new AbortController()
  const detector = createDetector({ key: benchKey() })
  const opened = await openKubernetes({ source: { type: 'kubeconfig', path: cluster.kubeconfig, allowExec: false } }, stop.signal)
  const options = { signal: stop.signal, clock: () => new Date() }
  for await (const event of opened.collect(detector, { ...options, watchAfter: true })) if (event.type === 'problem') continue
  const batches = opened.watch(detector, options)[Symbol.asyncIterator]()
  let pending = batches.next()
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
  const before = ownCpuSeconds()
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
  const idleShare = (ownCpuSeconds() - before) / (IDLE_MS / 1000)
  const started = performance.now()
  await cluster.api.request('PATCH', `/api/v1/namespaces/default/secrets/${WATCHED}`, { stringData: { 'bench-password': `changed-${process.pid}` } })
  for (;;) {
    const { done, value } = await pending
    if (done === true || value.events.some((event) => 'object' in event && event.object === WATCHED)) break
    pending = batches.next()
  }
  const seconds = (performance.now() - started) / 1000
  stop.abort()
  await batches.return?.(undefined).catch(() => undefined)
  await opened.close()
  return { seconds, idleShare }
}

const cheapest = <One extends Cost>(all: readonly One[]): One => all.reduce((left, right) => (left.wallSeconds <= right.wallSeconds ? left : right))

const WORDS: Readonly<Record<Shape, string>> = {
  dense: 'Objects of the scorecard generator, of which about 200 of each kind are repeated: nearly two credentials an object, as in no real cluster.',
  real: "Every object by itself, in the proportions of a company's cluster (the corpus `cluster` of the throughput bench): five kinds of workloads, dashboards, certificates, Helm releases; managedFields are the API server's own, statuses are missing.",
}

async function measure(shape: Shape, load: Load, rounds: number): Promise<string> {
  const cluster = await startCluster({ controllerManager: false })
  try {
    await loadCluster(cluster, load, 'cluster-scan', shape)
    const [lists, scans]: [Listed[], Scanned[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      lists.push(await bareList(cluster))
      scans.push(await productScan(cluster.kubeconfig))
    }
    const [list, scan] = [cheapest(lists), cheapest(scans)]
    const watch = await watchOnce(cluster)
    const seconds = ({ wallSeconds, cpuSeconds }: Cost): string[] => [`${wallSeconds.toFixed(2)} s`, `${cpuSeconds.toFixed(2)} s`]
    const rows = [
      ['bare paged list and JSON.parse', ...seconds(list), ''],
      ['`spirlctl scan kubernetes -o ndjson`, its start included', ...seconds(scan), ''],
      ['ratio', (scan.wallSeconds / list.wallSeconds).toFixed(2), (scan.cpuSeconds / list.cpuSeconds).toFixed(2), '1.5'],
      ['peak memory of spirlctl', `${Math.max(...scans.map(({ memory }) => memory)).toFixed(0)} MiB`, '', '150 MB'],
      ['watch: from a change to its batch', `${watch.seconds.toFixed(2)} s`, '', '2 s'],
      ['watch: processor while nothing changes', `${(watch.idleShare * 100).toFixed(1)} %`, '', 'idle'],
    ]
    const size = `${list.objects} objects, ${(list.bytes / 1_000_000).toFixed(1)} MB of JSON`
    return `## ${shape}: ${size}\n\n${WORDS[shape]}\n\n${table(['', 'measured', 'processor', 'bar'], rows)}\n`
  } finally {
    await cluster.stop()
  }
}

/**
 * The bench named `cluster-scan`. With `--corpus NAME` one shape alone is measured and printed, which takes half the time; the page has both.
 * More `--rounds` measure a loaded server for longer.
 */
export async function runClusterScanBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { scale: { type: 'string', default: '1' }, corpus: { type: 'string' }, rounds: { type: 'string', default: `${ROUNDS}` } },
  })
  const [scale, rounds] = [Number(values.scale), Number(values.rounds)]
  const shapes = SHAPES.filter((shape) => values.corpus === undefined || values.corpus === shape)
  if (shapes.length === 0) throw new Error(`There is no corpus named ${values.corpus}; there are ${SHAPES.join(' and ')}`)
  const load = { workloads: Math.round(10_000 * scale), secrets: Math.round(10_000 * scale), configMaps: Math.round(5_000 * scale) }
  const sections: string[] = []
  for (const shape of shapes) sections.push(await measure(shape, load, rounds))
  if (values.corpus !== undefined) {
    process.stdout.write(`${sections.join('\n')}\n`)
    return
  }
  await writePage(
    'cluster-scan',
    `# Scan of a live cluster

Written by \`npm run bench cluster-scan -- --scale ${values.scale}\` on ${machineLine()}; ${loadavg()[0]?.toFixed(1) ?? ''} processes wanted a processor in the last minute.

A real API server with ${load.workloads} workloads, ${load.secrets} Secrets and ${load.configMaps} ConfigMaps; list and scan in turns, the best of ${rounds} by the clock. API server, etcd and scanner share the machine. Processor is that of the client alone.

${sections.join('\n')}`,
  )
}
