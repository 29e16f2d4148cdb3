import type { Level, Occurrence, ScanReport, Secret } from '@mintmark/contract/scan'
import { paintFor, type Paint } from './colors.ts'
import { groupByApplication, type SecretGroup } from './grouping.ts'
import { LEVELS_WORST_FIRST, countLevels } from './levels.ts'
import { cleanText, countOf, cutEnd, cutMiddle, widthOf, wrapWords } from './text.ts'
import {
  durationWords,
  factorWords,
  fieldWords,
  gapWords,
  gapsTitle,
  levelReason,
  nameOfKey,
  objectWords,
  platformWords,
  publicWords,
  secretTitle,
  shadowWords,
  summarizeCoverage,
  timeWords,
  usageWords,
  viaWords,
} from './words.ts'

/** How to draw the table, and what to advise at its end. */
export interface TableOptions {
  readonly color: boolean
  /** Columns of the terminal. */
  readonly width: number
  /** Most secrets shown; the rest is counted. */
  readonly secretsMax?: number
  /** Commands that go further, each with what it is for. */
  readonly nextSteps?: readonly { readonly command: string; readonly purpose: string }[]
}

const SECRETS_MAX = 20
const GAPS_MAX = 12
const PROBLEMS_MAX = 5
const BADGE_COLUMNS = 10
const INDENT = ' '.repeat(BADGE_COLUMNS + 2)

/** The scan as a person reads it in a terminal: where, how many, the worst first and why, and what could not be read. */
export function renderScanTable(report: ScanReport, options: TableOptions): string {
  const paint = paintFor(options.color)
  const lines = [
    ...header(report, paint, options.width),
    '',
    ...totals(report, paint, options),
    ...secrets(report, paint, options),
    ...references(report, paint, options.width),
    ...coverage(report, paint, options.width),
    ...nextSteps(options, paint),
  ]
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

function header(report: ScanReport, paint: Paint, width: number): string[] {
  const { scan, cluster } = report
  const { total, complete, objects } = summarizeCoverage(scan.coverage)
  const read = `${complete} of ${countOf(total, 'collection')} read completely`
  const facts = `${timeWords(scan.startedAt)} · ${durationWords(scan.startedAt, scan.finishedAt)} · ${countOf(objects, 'object')}`
  const mint = Object.entries({
    agent: cluster.mint.agent,
    controller: cluster.mint.controller,
    'CSI driver': cluster.mint.csiDriver,
    reflector: cluster.mint.reflector,
  })
  const mintWords = `Mint: ${mint.map(([part, presence]) => `${part} ${presence.state}`).join(', ')}`
  return [
    paint.bold(cutMiddle(`Cluster ${cleanText(cluster.name)}`, width)),
    cutEnd(cleanText(platformWords(cluster)), width),
    ...joinOrBreak(' · ', width, [facts, paint.dim], [read, complete === total ? paint.dim : paint.warning]),
    paint.dim(cutEnd(mintWords, width)),
  ]
}

type PaintedText = readonly [text: string, paint: (text: string) => string]

/** Parts side by side, and on a line of their own from where they no longer fit. */
function joinOrBreak(separator: string, width: number, ...parts: readonly PaintedText[]): string[] {
  const lines: { painted: string; width: number }[] = []
  for (const [text, paint] of parts) {
    const line = lines.at(-1)
    const joined = (line?.width ?? 0) + widthOf(separator) + widthOf(text)
    if (line === undefined || joined > width) lines.push({ painted: paint(text), width: widthOf(text) })
    else lines.splice(-1, 1, { painted: `${line.painted}${separator}${paint(text)}`, width: joined })
  }
  return lines.map(({ painted }) => painted)
}

function totals(report: ScanReport, paint: Paint, options: TableOptions): string[] {
  const counts = countLevels(report.secrets)
  const shown = LEVELS_WORST_FIRST.filter((level) => level !== 'Unknown' || counts.Unknown > 0)
  const levels = shown.map((level): PaintedText => [
    `${counts[level]} ${level}`,
    (text) => (counts[level] === 0 ? paint.dim(text) : paint.level(level, paint.bold(text))),
  ])
  const inventory = `${countOf(report.secrets.length, 'secret')} · ${countOf(report.applications.length, 'application')} · ${countOf(report.identities.length, 'identity', 'identities')}`
  const strip = options.color ? [bar(counts, report.secrets.length, paint, options.width)] : []
  return [...joinOrBreak('   ', options.width, ...levels, [inventory, paint.dim]), ...strip, ...unknowns(report.secrets, paint, options.width)]
}

/** A strip whose parts are as long as the levels are frequent. Without colour it would say nothing, so it is left out. */
function bar(counts: Readonly<Record<Level, number>>, total: number, paint: Paint, width: number): string {
  if (total === 0) return ''
  return LEVELS_WORST_FIRST.map((level) => {
    const columns = counts[level] === 0 ? 0 : Math.max(1, Math.floor((counts[level] / total) * (width - LEVELS_WORST_FIRST.length)))
    return paint.level(level, '━'.repeat(columns))
  }).join('')
}

function secrets(report: ScanReport, paint: Paint, options: TableOptions): string[] {
  if (report.secrets.length === 0) return ['', noSecrets(report)]
  const lines: string[] = []
  let left = options.secretsMax ?? SECRETS_MAX
  for (const group of groupByApplication(report)) {
    if (left === 0) break
    const shown = group.secrets.slice(0, left)
    left -= shown.length
    lines.push('', groupTitle(group, paint, options.width), ...shown.flatMap((secret) => secretLines(secret, report, paint, options.width)))
  }
  const hidden = report.secrets.length - ((options.secretsMax ?? SECRETS_MAX) - left)
  if (hidden > 0) lines.push('', paint.dim(`… ${hidden} more: -o json, or -o html --output report.html`))
  return lines
}

function noSecrets(report: ScanReport): string {
  const { total, complete } = summarizeCoverage(report.scan.coverage)
  if (complete === total) return 'No static secret was found, and everything was read.'
  return 'No static secret was found in what could be read; the rest is unknown.'
}

function groupTitle(group: SecretGroup, paint: Paint, width: number): string {
  const count = countOf(group.secrets.length, 'secret')
  const title = cutEnd(cleanText(groupWords(group)), width - count.length - 2)
  return `${paint.name(title)} ${paint.dim('─'.repeat(Math.max(0, width - widthOf(title) - count.length - 2)))} ${paint.dim(count)}`
}

function groupWords({ applications, namespaces }: SecretGroup): string {
  const [only] = applications
  if (only === undefined) return 'No known application'
  if (applications.length > 1) return `Shared by ${applications.length}: ${applications.join(', ')}`
  return namespaces.length === 0 ? only : `${only} in ${namespaces.join(', ')}`
}

function secretLines(secret: Secret, report: ScanReport, paint: Paint, width: number): string[] {
  const room = width - INDENT.length
  const title = secretTitle(secret)
  const id = cutMiddle(cleanText(publicWords(secret)), Math.max(0, room - widthOf(title) - 2))
  const sure = secret.confidence === 'weak' ? paint.dim('  (unsure)') : ''
  const [first] = secret.occurrences
  return [
    `${paint.badge(secret.level, ` ${secret.level.toUpperCase()}`.padEnd(BADGE_COLUMNS))}  ${paint.bold(cutEnd(cleanText(title), room))}${id === '' ? '' : `  ${id}`}${sure}`,
    ...(first === undefined ? [] : placeLines(first, secret, report, paint, room)),
    ...wrapWords(cleanText(levelReason(secret)), room).map((line) => INDENT + paint.dim(line)),
    ...shadowWords(secret).flatMap((words) => wrapWords(cleanText(words), room).map((line) => INDENT + paint.good(line))),
  ]
}

function placeLines(occurrence: Occurrence, secret: Secret, report: ScanReport, paint: Paint, room: number): string[] {
  const more = secret.occurrencesTotal > 1 ? ` (+${countOf(secret.occurrencesTotal - 1, 'place')})` : ''
  const object = cleanText(objectWords(occurrence))
  const field = cleanText(fieldWords(occurrence))
  const use = `→ ${cleanText(consumersWords(occurrence, report))}`
  const fits = (...parts: readonly string[]) => parts.reduce((sum, part) => sum + widthOf(part) + 1, -1) <= room - more.length
  if (fits(object, field, use)) return [`${INDENT}${object} ${field}${paint.dim(more)} ${use}`]
  const place = fits(object, field)
    ? [`${object} ${field}${paint.dim(more)}`]
    : [`${cutMiddle(object, room - more.length)}${paint.dim(more)}`, `  ${cutMiddle(field, room - 2)}`]
  return [...place, cutEnd(use, room)].map((line) => INDENT + line)
}

function consumersWords(occurrence: Occurrence, report: ScanReport): string {
  if (occurrence.consumers.length === 0) return usageWords(occurrence)
  const names = new Map(report.deployments.map((deployment) => [deployment.key, deployment.name]))
  const words = occurrence.consumers.map((consumer) => `${names.get(consumer.deployment) ?? nameOfKey(consumer.deployment)} (${viaWords(consumer)})`)
  const distinct = [...new Set(words)]
  const more = Math.max(0, occurrence.consumersTotal - occurrence.consumers.length)
  return more === 0 ? distinct.join(', ') : `${distinct.join(', ')}, ${more} more`
}

/** What the levels do not rest on (law 3). */
function unknowns(secrets: readonly Secret[], paint: Paint, width: number): string[] {
  const counts = new Map<string, number>()
  for (const secret of secrets)
    for (const factor of secret.factors) if (!factor.known) counts.set(factorWords(factor.name), (counts.get(factorWords(factor.name)) ?? 0) + 1)
  if (counts.size === 0) return []
  const words = [...counts].map(([name, count]) => `${name.toLowerCase()} of ${count === secrets.length ? 'all' : count}`)
  return wrapWords(`Not known, and so not scored: ${words.join(', ')}.`, width).map(paint.dim)
}

function references(report: ScanReport, paint: Paint, width: number): string[] {
  if (report.references.length === 0) return []
  const kinds = new Map<string, number>()
  for (const { kind } of report.references) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  const words = [...kinds].toSorted((left, right) => right[1] - left[1]).map(([kind, count]) => `${count} ${kind}`)
  const sentence = `${countOf(report.references.length, 'value')} only ${report.references.length === 1 ? 'names' : 'name'} a secret that is kept elsewhere (${words.join(', ')}): managed, not counted above.`
  return ['', ...wrapWords(cleanText(sentence), width).map(paint.dim)]
}

function coverage(report: ScanReport, paint: Paint, width: number): string[] {
  const { gaps } = summarizeCoverage(report.scan.coverage)
  const { problems } = report.scan
  const lines: string[] = []
  if (gaps.length > 0) {
    lines.push('', paint.warning(paint.bold(gapsTitle(report.scan.coverage))))
    lines.push(...gaps.slice(0, GAPS_MAX).flatMap((gap) => bullet(gapWords(gap), width)))
    if (gaps.length > GAPS_MAX) lines.push(paint.dim(`  … ${gaps.length - GAPS_MAX} more: -o json`))
  }
  if (problems.length > 0) {
    lines.push('', paint.warning(paint.bold(`${countOf(problems.length, 'field')} could not be read`)))
    for (const { namespace, collection, object, field, problem } of problems.slice(0, PROBLEMS_MAX)) {
      lines.push(...bullet(`${namespace === '' ? '' : `${namespace}/`}${collection}/${object} ${field}: ${problem}`, width))
    }
    if (problems.length > PROBLEMS_MAX) lines.push(paint.dim(`  … ${problems.length - PROBLEMS_MAX} more: -o json`))
  }
  return lines
}

function bullet(text: string, width: number): string[] {
  return wrapWords(cleanText(text), width - 4).map((line, index) => (index === 0 ? `  - ${line}` : `    ${line}`))
}

function nextSteps(options: TableOptions, paint: Paint): string[] {
  const steps = options.nextSteps ?? []
  if (steps.length === 0) return []
  return ['', paint.bold('Next'), ...steps.flatMap(({ command, purpose }) => [`  ${purpose}`, `    ${paint.name(command)}`])]
}
