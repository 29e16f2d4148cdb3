import { createHash } from 'node:crypto'
import type { Level, Occurrence, ScanReport, Secret } from '@mintmark/contract/scan'
import { VERSION } from '../program/version.ts'
import { LEVELS_WORST_FIRST } from './levels.ts'
import { cleanText } from './text.ts'
import { factorWords, factorsWorstFirst, fieldWords, gapWords, kindWords, objectWords, publicWords, secretTitle } from './words.ts'

/** SARIF has four levels of its own (SARIF 2.1.0, section 3.27.10). */
const SARIF_LEVEL: Readonly<Record<Level, 'error' | 'warning' | 'note'>> = { Critical: 'error', High: 'error', Medium: 'warning', Low: 'note', Unknown: 'note' }

/** GitHub's reading of `security-severity`: over 9.0 critical, 7.0 high, 4.0 medium, else low. */
const SEVERITY: Readonly<Record<Level, string>> = { Critical: '9.5', High: '8.0', Medium: '5.5', Low: '2.0', Unknown: '0.0' }

/** Results of one run that GitHub takes; more are cut and said so. */
const RESULTS_MAX = 25_000

/**
 * The report as SARIF 2.1.0 for code scanning. Each place of each secret is a result. An artifact is one entry of one object
 * (`kubernetes/<namespace>/<Kind>/<name>/<path>`), and regions count inside the decoded text of that entry.
 */
export function renderScanSarif(report: ScanReport): string {
  const all = report.secrets.flatMap((secret) => secret.occurrences.map((occurrence) => ({ secret, occurrence })))
  const shown = all.slice(0, RESULTS_MAX)
  const kinds = [...new Set(report.secrets.map((secret) => secret.kind))].toSorted()
  const sarif = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'spirlctl', organization: 'Mintmark', semanticVersion: VERSION, rules: kinds.map((kind) => rule(kind, report)) } },
        automationDetails: { id: `mintmark/kubernetes/${encodeSegment(report.cluster.name)}/` },
        invocations: [invocation(report, all.length - shown.length)],
        columnKind: 'utf16CodeUnits',
        results: shown.map(({ secret, occurrence }) => result(secret, occurrence, kinds.indexOf(secret.kind), report)),
      },
    ],
  }
  return `${JSON.stringify(sarif, undefined, 2)}\n`
}

function rule(kind: string, report: ScanReport): object {
  const levels = report.secrets.filter((secret) => secret.kind === kind).map((secret) => secret.level)
  const worst = LEVELS_WORST_FIRST.find((level) => levels.includes(level)) ?? 'Unknown'
  return {
    id: kind,
    name: kind
      .split(/[^A-Za-z0-9]+/)
      .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
      .join(''),
    shortDescription: { text: `Static secret: ${kindWords(kind)}` },
    fullDescription: { text: `A static secret (${kindWords(kind)}) lies in a Kubernetes object, where whoever can read the object can use it.` },
    help: { text: 'Replace it by a short-lived identity, or move it to a secret store, and withdraw the old value.' },
    defaultConfiguration: { level: SARIF_LEVEL[worst] },
    properties: { 'security-severity': SEVERITY[worst], tags: ['security', 'secret'] },
  }
}

function invocation(report: ScanReport, cut: number): object {
  const { startedAt, finishedAt, coverage, problems } = report.scan
  const gaps = coverage.filter((entry) => entry.coverage.state !== 'complete').map((entry) => notification('warning', gapWords(entry)))
  const unread = problems.map((problem) =>
    notification('warning', `${problem.namespace}/${problem.collection}/${problem.object} ${problem.field}: ${problem.problem}`),
  )
  const truncated = cut === 0 ? [] : [notification('error', `${cut} more results are not in this file: it holds ${RESULTS_MAX}`)]
  return {
    executionSuccessful: true,
    startTimeUtc: startedAt,
    endTimeUtc: finishedAt,
    toolExecutionNotifications: [...truncated, ...gaps, ...unread].slice(0, RESULTS_MAX),
  }
}

function notification(level: 'warning' | 'error', text: string): object {
  return { level, message: { text: cleanText(text) } }
}

function result(secret: Secret, occurrence: Occurrence, ruleIndex: number, report: ScanReport): object {
  const { position } = occurrence
  const path = ['kubernetes', occurrence.namespace === '' ? '-' : occurrence.namespace, occurrence.object.kind, occurrence.object.name, occurrence.path]
  return {
    ruleId: secret.kind,
    ruleIndex,
    level: SARIF_LEVEL[secret.level],
    message: { text: cleanText(message(secret, occurrence)) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: path.map(encodeSegment).join('/') },
          region: { startLine: position.line, startColumn: position.column, endColumn: position.column + position.length },
        },
        logicalLocations: [
          {
            name: cleanText(occurrence.key === '' ? occurrence.path : occurrence.key),
            fullyQualifiedName: cleanText([report.cluster.name, ...path.slice(1), ...(occurrence.field === undefined ? [] : [occurrence.field])].join('/')),
            kind: 'resource',
          },
        ],
      },
    ],
    partialFingerprints: { 'mintmarkOccurrence/v1': createHash('sha256').update(occurrence.id).digest('hex') },
    properties: {
      'security-severity': SEVERITY[secret.level],
      level: secret.level,
      confidence: secret.confidence,
      exposure: occurrence.exposure,
      usage: occurrence.usage,
      secret: secret.key,
      ...(secret.publicId === undefined ? {} : { publicId: cleanText(secret.publicId) }),
    },
  }
}

function message(secret: Secret, occurrence: Occurrence): string {
  const whose = publicWords(secret)
  const [worst] = factorsWorstFirst(secret.factors).filter((factor) => factor.known)
  const why = worst === undefined ? 'nothing is known of its risk' : `${factorWords(worst.name)}: ${worst.reason}`
  return `${secret.level}: ${secretTitle(secret)}${whose === '' ? '' : ` of ${whose}`} in ${objectWords(occurrence)} ${fieldWords(occurrence)}. ${why}.`.replace(
    /\.\.$/,
    '.',
  )
}

/** One segment of a relative reference (RFC 3986); "." and ".." would be taken for folders. */
function encodeSegment(text: string): string {
  const encoded = encodeURIComponent(text.toWellFormed()).replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
  return /^\.{1,2}$/.test(encoded) ? encoded.replaceAll('.', '%2E') : encoded
}
