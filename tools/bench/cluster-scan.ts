import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openKubernetes } from '@mintmark/ledger/connectors/kubernetes'
import { createDetector } from '@mintmark/ledger/detection'
import { type Cluster, startCluster } from '../peers/index.ts'
import { loadCluster } from './cluster-load.ts'
import { ownCpuSeconds } from './cpu-time.ts'
import { table } from './detection/report.ts'
import { benchKey } from './detection/run-scorecard.ts'
import { machineLine } from './machine.ts'
import { peakMemoryMebibytes } from './memory.ts'
import { writePage } from './page.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PAGE_LIMIT = 500
const ROUNDS = 3
const MEMORY_POLL_MS = 20
const IDLE_MS = 5_000
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

/** The floor: every page of the ten kinds, received and parsed, one after the other. */
async function bareList(cluster: Cluster): Promise<{ readonly seconds: number; readonly bytes: number; readonly objects: number }> {
  const started = performance.now()
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
  return { seconds: (performance.now() - started) / 1000, bytes, objects }
}

/** `spirlctl scan` as a user runs it; start included. */
async function productScan(kubeconfig: string): Promise<{ readonly seconds: number; readonly memory: number }> {
  const started = performance.now()
  const child = spawn(process.execPath, ['cli/bin/spirlctl.js', 'scan', 'kubernetes', '--kubeconfig', kubeconfig, '-o', 'ndjson'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  let memory = 0
  const poll = setInterval(() => {
    if (child.pid !== undefined)
      void peakMemoryMebibytes(child.pid).then(
        (peak) => (memory = Math.max(memory, Number.isNaN(peak) ? 0 : peak)),
        () => undefined,
      )
  }, MEMORY_POLL_MS)
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  clearInterval(poll)
  if (code !== 0 && code !== 1) throw new Error(`spirlctl scan ended with ${code}; its message stands above`)
  return { seconds: (performance.now() - started) / 1000, memory }
}

/** Seconds from a change to the batch that says it, and processor share while nothing happens. */
async function watchOnce(cluster: Cluster): Promise<{ readonly seconds: number; readonly idleShare: number }> {
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
  await cluster.api.request('PATCH', '/api/v1/namespaces/load-0/secrets/secret-0', { stringData: { 'bench-password': `changed-${process.pid}` } })
  for (;;) {
    const { done, value } = await pending
    if (done === true || value.events.some((event) => 'object' in event && event.object === 'secret-0')) break
    pending = batches.next()
  }
  const seconds = (performance.now() - started) / 1000
  stop.abort()
  await batches.return?.(undefined).catch(() => undefined)
  await opened.close()
  return { seconds, idleShare }
}

/** The bench named `cluster-scan`. */
export async function runClusterScanBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { scale: { type: 'string', default: '1' } } })
  const scale = Number(values.scale)
  const load = { workloads: Math.round(10_000 * scale), secrets: Math.round(10_000 * scale), configMaps: Math.round(5_000 * scale) }
  const cluster = await startCluster({ controllerManager: false })
  try {
    await loadCluster(cluster, load, 'cluster-scan')
    const [lists, scans] = [[await bareList(cluster)], [await productScan(cluster.kubeconfig)]]
    for (let round = 1; round < ROUNDS; round++) {
      lists.push(await bareList(cluster))
      scans.push(await productScan(cluster.kubeconfig))
    }
    const list = lists.reduce((left, right) => (left.seconds <= right.seconds ? left : right))
    const scan = scans.reduce((left, right) => (left.seconds <= right.seconds ? left : right))
    const watch = await watchOnce(cluster)
    const rows = [
      ['bare paged list and JSON.parse', `${list.seconds.toFixed(2)} s`, ''],
      ['`spirlctl scan kubernetes -o ndjson`, its start included', `${scan.seconds.toFixed(2)} s`, ''],
      ['ratio', (scan.seconds / list.seconds).toFixed(2), '1.5'],
      ['peak memory of spirlctl', `${Math.max(...scans.map(({ memory }) => memory)).toFixed(0)} MiB`, '150 MB'],
      ['watch: from a change to its batch', `${watch.seconds.toFixed(2)} s`, '2 s'],
      ['watch: processor while nothing changes', `${(watch.idleShare * 100).toFixed(1)} %`, 'idle'],
    ]
    await writePage(
      'cluster-scan',
      `# Scan of a live cluster

Written by \`npm run bench cluster-scan -- --scale ${values.scale}\` on ${machineLine()}.

A real API server with ${load.workloads} Deployments, ${load.secrets} Secrets and ${load.configMaps} ConfigMaps of the generator (${list.objects} objects, ${(list.bytes / 1_000_000).toFixed(1)} MB of JSON), list and scan in turns, the best of ${ROUNDS}. API server, etcd and scanner share the machine.

${table(['', 'measured', 'bar'], rows)}
`,
    )
  } finally {
    await cluster.stop()
  }
}
