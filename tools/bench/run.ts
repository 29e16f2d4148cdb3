import { parseArgs } from 'node:util'

/** A bench: what it measures, and how it is run with what follows its name. */
interface Bench {
  readonly summary: string
  readonly load: () => Promise<(args: readonly string[]) => Promise<void>>
}

/** All benches by name; each writes docs/bench/<name>.md. */
const BENCHES: Readonly<Record<string, Bench>> = {
  detection: {
    summary: 'scorecard over generated objects, gitleaks and kingfisher beside it',
    load: async () => (await import('./detection/scorecard.ts')).runDetectionBench,
  },
  throughput: {
    summary: 'detection on API JSON in MB/s, beside JSON.parse and kingfisher',
    load: async () => (await import('./throughput.ts')).runThroughputBench,
  },
  'cluster-scan': {
    summary: 'a live cluster beside a bare paged list, and one change in watch mode',
    load: async () => (await import('./cluster-scan.ts')).runClusterScanBench,
  },
  ingest: {
    summary: 'occurrences a second into the embedded database, and a million secrets',
    load: async () => (await import('./ingest.ts')).runIngestBench,
  },
  mint: {
    summary: 'issuance, the agent, a fleet of 1,000 agents, an outage; one part by --only NAME',
    load: async () => (await import('./mint/index.ts')).runMintBench,
  },
  start: {
    summary: 'until npm start is ready, and spirlctl --help',
    load: async () => (await import('./start.ts')).runStartBench,
  },
}

const HELP = `Runs a bench and writes docs/bench/<name>.md.

Usage: npm run bench [-- NAME [options]]

${Object.entries(BENCHES)
  .map(([name, { summary }]) => `  ${name.padEnd(14)}${summary}`)
  .join('\n')}

Example: npm run bench detection -- --seed 7 --objects 2000 --print
`

const [name, ...args] = process.argv.slice(2)
const bench = name === undefined ? undefined : BENCHES[name]
if (bench !== undefined) await (await bench.load())(args)
else {
  const { values } = parseArgs({ args: process.argv.slice(2), options: { help: { type: 'boolean' } }, allowPositionals: true, strict: false })
  const isAsked = name === undefined || values['help'] === true
  process[isAsked ? 'stdout' : 'stderr'].write(isAsked ? HELP : `There is no bench named ${name}.\n\n${HELP}`)
  if (!isAsked) process.exitCode = 2
}
