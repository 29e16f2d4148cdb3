import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { ScanEvent } from '@mintmark/contract/scan'
import { detectObject } from '@mintmark/ledger/connectors/kubernetes'
import { createDetector } from '@mintmark/ledger/detection'
import { type Cost, cheapest, childCost } from './cpu-time.ts'
import { clusterObjects } from './detection/cluster/index.ts'
import { type JsonObject, generateObjects } from './detection/generator/index.ts'
import { findScanners, scannerArguments } from './detection/peer-scan.ts'
import { table } from './detection/report.ts'
import { benchKey } from './detection/run-scorecard.ts'
import { machineLine } from './machine.ts'
import { writePage } from './page.ts'

const MEGABYTE_BYTES = 1_000_000
/** Rounds over a whole corpus. Code for what is rare is called a few hundred times a round, so that V8 needs some three hundred megabytes until it has compiled that too. */
const ROUNDS = 30
const FIRST_PASS = fileURLToPath(new URL('detection/first-pass.ts', import.meta.url))
/** Rounds over one kind, which is run over as often as makes a measurable time. */
const GROUP_ROUNDS = 5
/** Share of the scorecard's planting in the dense corpus: about one credential an object, in small objects. */
const DENSE_SHARE = 0.2

interface Input {
  readonly name: string
  readonly lines: readonly Buffer[]
  readonly bytes: number
  /** The lines of each kind of object, where the kinds are shown apart. */
  readonly groups: ReadonlyMap<string, readonly Buffer[]>
}

const sizeOf = (lines: readonly Buffer[]): number => lines.reduce((sum, line) => sum + line.length, 0)
const lineOf = (object: JsonObject): Buffer => Buffer.from(JSON.stringify(object))

function makeInput(name: string, seed: string, count: number, density: number): Input {
  const lines = [...generateObjects(seed, count, density)].map(({ object }) => lineOf(object))
  return { name, lines, bytes: sizeOf(lines), groups: new Map() }
}

function makeClusterInput(seed: string, count: number): Input {
  const lines: Buffer[] = []
  const groups = new Map<string, Buffer[]>()
  for (const { object, group } of clusterObjects(seed, count)) {
    const line = lineOf(object)
    lines.push(line)
    groups.set(group, [...(groups.get(group) ?? []), line])
  }
  return { name: 'Cluster', lines, bytes: sizeOf(lines), groups }
}

const parseLine = (line: Buffer): JsonObject => JSON.parse(line.toString('utf8'))

const perSecond = (bytes: number, cost: Cost): number => bytes / MEGABYTE_BYTES / cost.cpuSeconds

interface Measured {
  readonly parse: Cost
  readonly detect: Cost
  readonly findings: number
}

const TIME_SECONDS_MIN = 0.01
/** Runs of a process, empty and full in turns; the cheapest of each counts, because a start that is dear by chance would be taken off the work. */
const PROCESS_ROUNDS = 7

const difference = (whole: Cost, start: Cost): Cost => ({
  cpuSeconds: Math.max(whole.cpuSeconds - start.cpuSeconds, TIME_SECONDS_MIN),
  wallSeconds: Math.max(whole.wallSeconds - start.wallSeconds, TIME_SECONDS_MIN),
})

/** Processor time of our own first pass, in a process that has compiled nothing and names nothing yet; loading it is taken off by a run over an empty file. */
async function firstPassCost(file: string, empty: string, costs: Map<string, Cost>): Promise<void> {
  const run = (path: string): Promise<Cost> => childCost(process.execPath, [FIRST_PASS, path], process.env)
  costs.set('mintmark, first pass of a process', await workOf(run, file, empty))
}

async function workOf(run: (path: string) => Promise<Cost>, file: string, empty: string): Promise<Cost> {
  const starts: Cost[] = []
  const wholes: Cost[] = []
  for (let round = 0; round < PROCESS_ROUNDS; round++) {
    starts.push(await run(empty))
    wholes.push(await run(file))
  }
  const least = (costs: readonly Cost[]): Cost => ({
    cpuSeconds: Math.min(...costs.map(({ cpuSeconds }) => cpuSeconds)),
    wallSeconds: Math.min(...costs.map(({ wallSeconds }) => wallSeconds)),
  })
  return difference(least(wholes), least(starts))
}

/** Processor time of a scanner for one file, its start and its rule compilation taken off by a run over an empty one. */
async function peerCosts(input: Input): Promise<Map<string, Cost>> {
  const costs = new Map<string, Cost>()
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-throughput-'))
  try {
    const [file, empty, report] = [join(folder, 'objects.ndjson'), join(folder, 'empty.ndjson'), join(folder, 'report')]
    await writeFile(file, Buffer.concat(input.lines.flatMap((line) => [line, Buffer.from('\n')])))
    await writeFile(empty, '{}\n')
    const environment = { ...process.env, GOMAXPROCS: '1', KF_RULE_CACHE_DIR: join(folder, 'rules') }
    await firstPassCost(file, empty, costs)
    // gitleaks needs minutes for what takes the others a second; the detection scorecard runs it.
    for (const { name, executable } of findScanners().filter(({ name }) => name === 'kingfisher')) {
      const run = (path: string): Promise<Cost> => childCost(executable, scannerArguments(name, path, report), environment)
      // The first run also compiles its rules for all later ones.
      await run(empty)
      costs.set(name, await workOf(run, file, empty))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return costs
}

/** Small groups are run over as often as it takes to make a time that can be measured. */
const MEASURED_BYTES_MIN = 4_000_000

async function measure(lines: readonly Buffer[], rounds: number): Promise<Measured> {
  const detector = createDetector({ key: benchKey() })
  const repeats = Math.ceil(MEASURED_BYTES_MIN / sizeOf(lines))
  let sink = 0
  const costOf = async (work: (line: Buffer) => number): Promise<Cost> => {
    const cost = await cheapest(rounds, () => {
      for (let repeat = 0; repeat < repeats; repeat++) for (const line of lines) sink += work(line)
    })
    return { cpuSeconds: cost.cpuSeconds / repeats, wallSeconds: cost.wallSeconds / repeats }
  }
  const parse = await costOf((line) => Object.keys(parseLine(line)).length)
  const detect = await costOf((line) => detectObject(line, detector).length)
  if (sink === 0) throw new Error('Nothing was parsed: the corpus is empty')
  const isFinding = (event: ScanEvent): boolean => event.type === 'observation' && event.observation.entity === 'occurrence'
  const findings = lines.reduce((sum, line) => sum + detectObject(line, detector).filter(isFinding).length, 0)
  return { parse, detect, findings }
}

function rows(input: Input, { parse, detect }: Measured, peers: ReadonlyMap<string, Cost>): string[][] {
  const row = (name: string, cost: Cost): string[] => [
    name,
    perSecond(input.bytes, cost).toFixed(1),
    cost.cpuSeconds.toFixed(3),
    cost.wallSeconds.toFixed(3),
    (parse.cpuSeconds / cost.cpuSeconds).toFixed(3),
    (cost.cpuSeconds / detect.cpuSeconds).toFixed(2),
  ]
  return [row('JSON.parse alone', parse), row('mintmark: parse, extract, detect', detect), ...[...peers].map(([name, cost]) => row(name, cost))]
}

async function groupTable({ bytes, groups }: Input): Promise<string> {
  if (groups.size === 0) return ''
  const lines: string[][] = []
  for (const [name, group] of [...groups].toSorted(([, left], [, right]) => sizeOf(right) - sizeOf(left))) {
    const { parse, detect, findings } = await measure(group, GROUP_ROUNDS)
    const size = sizeOf(group)
    lines.push([
      name,
      `${group.length}`,
      `${((100 * size) / bytes).toFixed(1)} %`,
      (findings / group.length).toFixed(2),
      perSecond(size, parse).toFixed(0),
      perSecond(size, detect).toFixed(1),
      (parse.cpuSeconds / detect.cpuSeconds).toFixed(3),
    ])
  }
  const head = ['', 'objects', 'share of bytes', 'findings an object', 'JSON.parse MB/s', 'mintmark MB/s', 'share of JSON.parse']
  return `\n\nEach kind by itself:\n\n${table(head, lines)}`
}

/** The bench named `throughput`. */
export async function runThroughputBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { objects: { type: 'string', default: '4000' }, seed: { type: 'string', default: 'throughput' } } })
  const count = Number(values.objects)
  const sections: string[] = []
  const inputs = [
    makeClusterInput(values.seed, count),
    makeInput('Dense cluster', values.seed, Math.ceil(count / 3), DENSE_SHARE),
    makeInput('Scorecard corpus', values.seed, Math.ceil(count / 8), 1),
  ]
  for (const input of inputs) {
    const measured = await measure(input.lines, ROUNDS)
    const head = ['', 'MB/s', 'CPU s', 'clock s', 'share of JSON.parse', 'mintmark is faster by']
    const title = `${input.name}: ${input.lines.length} objects, ${(input.bytes / MEGABYTE_BYTES).toFixed(1)} MB, ${(measured.findings / input.lines.length).toFixed(2)} findings an object`
    sections.push(`## ${title}\n\n${table(head, rows(input, measured, await peerCosts(input)))}${await groupTable(input)}`)
  }
  await writePage(
    'throughput',
    `# Detection throughput

Written by \`npm run bench throughput -- --objects ${values.objects} --seed ${values.seed}\` on ${machineLine()}.

MB of API JSON per second of processor time, the cheapest of ${ROUNDS} rounds after which nothing is cold; parse is included everywhere. "Cluster" has the proportions of a cluster that a company runs (tools/bench/detection/cluster/index.ts states them); the other two are far denser. The other rows are processes: scanners with one thread, and ours over every object once with all threads of its compiler; their start on an empty file is taken off. Bars: 150 MB/s, 0.6 of JSON.parse, three times kingfisher.

${sections.join('\n\n')}
`,
  )
}
