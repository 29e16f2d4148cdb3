import { parseArgs } from 'node:util'
import { machineLine } from '../machine.ts'
import { writePage } from '../page.ts'
import { makeCorpus } from './corpus.ts'
import { findScanners, scanWithPeer } from './peer-scan.ts'
import { type Column, comparisonTable, countsTable, negativesTable, placeComparison } from './report.ts'
import { type Tally, accuracy, pairingScore, usageScore } from './inventory-scores.ts'
import { scoreLive } from './live-scan.ts'
import { leakedRows, matchCorpus, scoreProduct } from './run-scorecard.ts'
import { linkageF1, score } from './scores.ts'
import { clearView, rawView } from './views.ts'

const tallyText = ({ right, wrong, silent }: Tally): string => `${right} right, ${wrong} wrong, ${silent} silent`

interface Options {
  readonly seed: string
  readonly objects: number
  readonly withPeers: boolean
}

async function peerColumns(options: Options, corpus: ReturnType<typeof makeCorpus>): Promise<Column[]> {
  if (!options.withPeers) return []
  const columns: Column[] = []
  for (const scanner of findScanners()) {
    for (const view of [rawView(corpus.objects, corpus.names), clearView(corpus.objects)]) {
      const label = view.name.endsWith('.ndjson') ? 'API JSON' : 'clear KEY="value"'
      columns.push({ name: `${scanner.name}, ${label}`, scores: score(matchCorpus(corpus, await scanWithPeer(scanner, view))) })
    }
  }
  return columns
}

/** Scores detection and returns the page for docs/bench/detection.md. */
export async function detectionScorecard(options: Options): Promise<string> {
  const corpus = makeCorpus(options.seed, options.objects)
  const { matched, result } = await scoreProduct(corpus)
  const scores = score(matched)
  const linkage = linkageF1(matched)
  const usage = usageScore(matched, result.report)
  const pairing = pairingScore(matched, result.report)
  const columns = [{ name: 'mintmark', scores }, ...(await peerColumns(options, corpus))]
  const missing = ['gitleaks', 'kingfisher'].filter((name) => columns.every((column) => !column.name.startsWith(name)))
  return `# Detection scorecard

Generated objects of seed \`${options.seed}\`: ${corpus.objects.length} objects, ${corpus.truth.flat().length} truth rows. Written by \`npm run bench detection -- --seed ${options.seed} --objects ${options.objects}\` on ${machineLine()}.

The objects are written as manifests and scanned as \`spirlctl scan kubernetes --manifests\` does; usage, owners and links are those of the report.

These scores track regressions over a corpus of our own; they are no claim of accuracy on anybody's cluster. Recall counts planted occurrences that were found; "right type" also names the kind. A false hit is a secret reported where none is. Values over which people disagree (a password \`changeme\`) count neither way.

## Side by side
${missing.length === 0 ? '' : `\nNot installed here: ${missing.join(', ')} (\`npm run peers ${missing.join(' ')}\`).\n`}
${comparisonTable(columns)}

gitleaks and kingfisher ran on the same objects as processes, without live validation: once on API JSON as it is, once on every entry decoded and written as \`KEY="value"\` (last-applied copies left out of that view).

## By place

${countsTable(scores.byPlace, scores.total)}

${columns.length > 1 ? placeComparison(columns) : ''}

## By kind

${countsTable(scores.byType, scores.total)}

## By the way it is written

${countsTable(scores.byStyle, scores.total)}

## Hard negatives

${negativesTable(scores)}

## Beyond single findings

| score | result |
|---|---:|
| linkage F1 (${linkage.pairs} pairs of equal secrets) | ${linkage.f1.toFixed(3)} |
| owner of a multi-part credential: ${tallyText(pairing)} | ${accuracy(pairing).toFixed(3)} |
| usage verdict: ${tallyText(usage.verdict)} | ${accuracy(usage.verdict).toFixed(3)} |
| consumers named exactly: ${tallyText(usage.consumers)} | ${accuracy(usage.consumers).toFixed(3)} |
| public identifiers found | ${scores.identifiers.found} of ${scores.identifiers.planted} |
| planted values in scan lines and report (must be 0) | ${leakedRows(corpus, result.output).length} |
`
}

/** Scores the same path over a real API server and returns the page for docs/bench/detection-live.md. */
async function liveScorecard(seed: string, objects: number): Promise<string> {
  const { corpus, refused, matched, result } = await scoreLive(seed, objects)
  const scores = score(matched)
  const linkage = linkageF1(matched)
  const usage = usageScore(matched, result.report)
  return `# Detection scorecard of a live cluster

The ${corpus.objects.length} generated objects of seed \`${seed}\` in a real API server (${refused.length} more were refused by it), read over HTTP by a user who holds exactly the ClusterRole \`spirl-ledger-scanner\`. Written by \`npm run bench detection -- --live --seed ${seed} --objects ${objects}\` on ${machineLine()}.

${countsTable(scores.byPlace, scores.total)}

| score | result |
|---|---:|
| linkage F1 (${linkage.pairs} pairs of equal secrets) | ${linkage.f1.toFixed(3)} |
| owner of a multi-part credential: ${tallyText(pairingScore(matched, result.report))} | ${accuracy(pairingScore(matched, result.report)).toFixed(3)} |
| usage verdict: ${tallyText(usage.verdict)} | ${accuracy(usage.verdict).toFixed(3)} |
| collections that were not read completely | ${result.report.scan.coverage.filter(({ coverage }) => coverage.state !== 'complete').length} |
| planted values in scan lines and report (must be 0) | ${leakedRows(corpus, result.output).length} |
`
}

/** The bench named `detection`. */
export async function runDetectionBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: 'mintmark' },
      objects: { type: 'string', default: '3000' },
      peers: { type: 'boolean', default: true },
      print: { type: 'boolean', default: false },
      live: { type: 'boolean', default: false },
    },
    allowNegative: true,
  })
  const objects = Number(values.objects)
  const page = values.live ? await liveScorecard(values.seed, objects) : await detectionScorecard({ seed: values.seed, objects, withPeers: values.peers })
  if (values.print) process.stdout.write(page)
  else await writePage(values.live ? 'detection-live' : 'detection', page)
}
