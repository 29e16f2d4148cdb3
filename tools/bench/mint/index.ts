import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { table } from '../detection/report.ts'
import { describeDisturbance, disturbanceNow, machineLine } from '../machine.ts'
import { writePage } from '../page.ts'
import { measureAgent } from './agent-calls.ts'
import { type BenchDomain, type BenchServer, openBenchDomain } from './domain.ts'
import { FLEET_SIZE, type FleetSize, measureFleet } from './fleet.ts'
import { measureIssuance } from './issuance.ts'
import { measureMemory } from './memory.ts'
import { measureOutage } from './outage.ts'
import type { Row, Section } from './report.ts'

type Measure = (domain: BenchDomain, server: BenchServer, fleet: FleetSize) => Promise<Section>

/** Each part has a server of its own, so that none pays for what another has left behind. */
const SECTIONS: Readonly<Record<string, Measure>> = {
  issuance: measureIssuance,
  agent: measureAgent,
  memory: measureMemory,
  fleet: measureFleet,
  outage: measureOutage,
}

const PAGE = new URL('../../../docs/bench/mint.md', import.meta.url)
const HEAD = ['what', 'SPIRE 1.15.3', 'measured', 'bar', '']

const OPTIONS = {
  only: { type: 'string' },
  agents: { type: 'string', default: String(FLEET_SIZE.agents) },
  workloads: { type: 'string', default: String(FLEET_SIZE.workloads) },
  life: { type: 'string', default: String(FLEET_SIZE.lifeSeconds) },
  processes: { type: 'string', default: String(FLEET_SIZE.processes) },
} as const

const mark = ({ isReached }: Row): string => (isReached === undefined ? '' : isReached ? 'reached' : 'missed')

function textOf({ title, rows, notes }: Section, disturbance: string): string {
  const lines = rows.map((row) => [row.what, row.spire, row.measured, row.bar, mark(row)])
  return `## ${title}\n\n${table(HEAD, lines)}\n\n${notes.map((note) => `- ${note}`).join('\n')}\n- ${disturbance}`
}

async function run(measure: Measure, fleet: FleetSize): Promise<string> {
  const before = disturbanceNow()
  const domain = await openBenchDomain()
  try {
    const section = await measure(domain, await domain.startServer('one'), fleet)
    return textOf(section, describeDisturbance(before, disturbanceNow()))
  } finally {
    await domain.close()
  }
}

/** A part as it was measured before; parts stand in the page between marks. */
function pastOf(name: string): string {
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : ''
  return new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)(?=\\n\\n<!-- |\\s*$)`).exec(page)?.[1] ?? ''
}

/** The bench named `mint`. */
export async function runMintBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS })
  const fleet = { agents: Number(values.agents), workloads: Number(values.workloads), lifeSeconds: Number(values.life), processes: Number(values.processes) }
  const names = values.only === undefined ? Object.keys(SECTIONS) : [values.only]
  const parts = new Map<string, string>()
  for (const name of names) {
    const measure = SECTIONS[name]
    if (measure === undefined) throw new Error(`There is no part ${name}; parts are ${Object.keys(SECTIONS).join(', ')}.`)
    parts.set(name, await run(measure, fleet))
  }
  const texts = Object.keys(SECTIONS).map((name) => parts.get(name) ?? pastOf(name))
  await writePage(
    'mint',
    `# Mint: speed and load

Written by \`npm run bench mint\` on ${machineLine()}; one part alone is measured anew by \`npm run bench mint -- --only issuance\` (${Object.keys(SECTIONS).slice(1).join(', ')}).

Seconds are processor time of the measured process, read from the kernel, never the clock, unless a row says so; server, agent and client are processes of their own on the same two processors. The figures of SPIRE were taken on the same work on a machine of this kind.

${Object.keys(SECTIONS)
  .map((name, index) => `<!-- ${name} -->\n${texts[index]}`)
  .join('\n\n')}
`,
  )
}
