import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { detectObject } from '@mintmark/ledger/connectors/kubernetes'
import { createDetector } from '@mintmark/ledger/detection'
import { type Cost, cheapest, childCost } from './cpu-time.ts'
import { type JsonObject, generateObjects } from './detection/generator/index.ts'
import { findScanners, scannerArguments } from './detection/peer-scan.ts'
import { table } from './detection/report.ts'
import { benchKey } from './detection/run-scorecard.ts'
import { machineLine } from './machine.ts'
import { writePage } from './page.ts'

const MEGABYTE_BYTES = 1_000_000
const ROUNDS = 5
/** Share of the scorecard's planting that an ordinary cluster has: about one credential in five objects. */
const ORDINARY_DENSITY = 0.2

interface Input {
  readonly name: string
  readonly lines: readonly Buffer[]
  readonly bytes: number
}

function makeInput(name: string, seed: string, count: number, density: number): Input {
  const lines = [...generateObjects(seed, count, density)].map(({ object }) => Buffer.from(JSON.stringify(object)))
  return { name, lines, bytes: lines.reduce((sum, line) => sum + line.length, 0) }
}

const parseLine = (line: Buffer): JsonObject => JSON.parse(line.toString('utf8'))

const perSecond = (input: Input, cost: Cost): number => input.bytes / MEGABYTE_BYTES / cost.cpuSeconds

interface Measured {
  readonly input: Input
  readonly parse: Cost
  readonly detect: Cost
  readonly peers: ReadonlyMap<string, Cost>
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
    // gitleaks needs minutes for what takes the others a second; the detection scorecard runs it.
    for (const { name, executable } of findScanners().filter(({ name }) => name === 'kingfisher')) {
      await childCost(executable, scannerArguments(name, empty, report), environment)
      const start = await childCost(executable, scannerArguments(name, empty, report), environment)
      const whole = await childCost(executable, scannerArguments(name, file, report), environment)
      costs.set(name, { cpuSeconds: Math.max(whole.cpuSeconds - start.cpuSeconds, 0.01), wallSeconds: Math.max(whole.wallSeconds - start.wallSeconds, 0.01) })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return costs
}

async function measure(input: Input): Promise<Measured> {
  const detector = createDetector({ key: benchKey() })
  let sink = 0
  const parse = await cheapest(ROUNDS, () => {
    for (const line of input.lines) sink += Object.keys(parseLine(line)).length
  })
  const detect = await cheapest(ROUNDS, () => {
    for (const line of input.lines) sink += detectObject(line, detector).length
  })
  if (sink === 0) throw new Error('Nothing was parsed: the corpus is empty')
  return { input, parse, detect, peers: await peerCosts(input) }
}

function rows({ input, parse, detect, peers }: Measured): string[][] {
  const row = (name: string, cost: Cost): string[] => [
    name,
    perSecond(input, cost).toFixed(1),
    cost.cpuSeconds.toFixed(2),
    cost.wallSeconds.toFixed(2),
    (parse.cpuSeconds / cost.cpuSeconds).toFixed(3),
    (perSecond(input, detect) / perSecond(input, cost)).toFixed(2),
  ]
  return [row('JSON.parse alone', parse), row('mintmark: parse, extract, detect', detect), ...[...peers].map(([name, cost]) => row(name, cost))]
}

/** The bench named `throughput`. */
export async function runThroughputBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { objects: { type: 'string', default: '4000' }, seed: { type: 'string', default: 'throughput' } } })
  const count = Number(values.objects)
  const sections: string[] = []
  for (const input of [
    makeInput('Ordinary cluster', values.seed, count, ORDINARY_DENSITY),
    makeInput('Scorecard corpus', values.seed, Math.ceil(count / 4), 1),
  ]) {
    const measured = await measure(input)
    const head = ['', 'MB/s', 'CPU s', 'clock s', 'share of JSON.parse', 'mintmark is faster by']
    sections.push(`## ${input.name}: ${input.lines.length} objects, ${(input.bytes / MEGABYTE_BYTES).toFixed(1)} MB\n\n${table(head, rows(measured))}`)
  }
  await writePage(
    'throughput',
    `# Detection throughput

Written by \`npm run bench throughput -- --objects ${values.objects} --seed ${values.seed}\` on ${machineLine()}.

MB of API JSON per second of processor time, the cheapest of ${ROUNDS} rounds after which nothing is cold; parse is included everywhere. Scanners run as processes with one thread; their start on an empty file is taken off. Bars: 150 MB/s, 0.6 of JSON.parse, three times kingfisher.

${sections.join('\n\n')}
`,
  )
}
