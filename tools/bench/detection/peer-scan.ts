import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findPeer } from '../../peers/index.ts'
import type { Hit } from './hit.ts'
import type { View } from './views.ts'

const run = promisify(execFile)
const OUTPUT_BYTES_MAX = 512 * 1024 * 1024

/** A scanner of other authors, run as a process over one file. */
export interface PeerScanner {
  readonly name: 'gitleaks' | 'kingfisher'
  readonly executable: string
}

/** Scanners that are built here; `npm run peers` builds the others. */
export function findScanners(): PeerScanner[] {
  return (['gitleaks', 'kingfisher'] as const).flatMap((name) => {
    const executable = findPeer(name)?.[name]
    return executable === undefined ? [] : [{ name, executable }]
  })
}

interface Found {
  readonly rule: string
  readonly line: number
  readonly texts: readonly string[]
}

const recordOf = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {})
const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function readGitleaks(report: string): Found[] {
  const findings: unknown = JSON.parse(report)
  return (Array.isArray(findings) ? findings : []).map((finding: unknown) => {
    const { RuleID, StartLine, Secret, Match } = recordOf(finding)
    return { rule: stringOf(RuleID), line: Number(StartLine), texts: [stringOf(Secret), stringOf(Match)] }
  })
}

function readKingfisher(report: string): Found[] {
  return report
    .split('\n')
    .filter((line) => line.startsWith('{"rule"'))
    .map((line) => {
      const { rule, finding } = recordOf(JSON.parse(line))
      const inner = recordOf(finding)
      return { rule: `${stringOf(recordOf(rule)['id'])} ${stringOf(recordOf(rule)['name'])}`, line: Number(inner['line']), texts: [stringOf(inner['snippet'])] }
    })
}

/** Arguments that give every occurrence, decode base64 and never go to the network. One thread, for fair timing. */
export function scannerArguments(name: PeerScanner['name'], file: string, report: string): readonly string[] {
  if (name === 'gitleaks')
    return ['dir', file, '--report-format', 'json', '--report-path', report, '--no-banner', '--max-decode-depth', '3', '--exit-code', '0', '-l', 'error']
  return [
    'scan',
    file,
    '--no-validate',
    '--no-dedup',
    '--git-history',
    'none',
    '--no-update-check',
    '--jobs',
    '1',
    '--format',
    'jsonl',
    '--output',
    report,
    '--quiet',
  ]
}

/** Runs one scanner over one view. */
export async function scanWithPeer(scanner: PeerScanner, view: View): Promise<Hit[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-bench-'))
  try {
    const [file, report] = [join(folder, view.name), join(folder, 'report')]
    await writeFile(file, view.text)
    const environment = { ...process.env, GOMAXPROCS: '1', KF_RULE_CACHE_DIR: join(folder, 'rules') }
    await run(scanner.executable, [...scannerArguments(scanner.name, file, report)], { env: environment, maxBuffer: OUTPUT_BYTES_MAX }).catch(
      (error: unknown) => {
        // kingfisher ends with 200 when it found something; only a missing report is a failure.
        if (recordOf(error)['code'] !== 200) throw new Error(`${scanner.name} ended unexpectedly; run it by hand to see why: npm run peers ${scanner.name}`)
      },
    )
    const found = scanner.name === 'gitleaks' ? readGitleaks(await readFile(report, 'utf8')) : readKingfisher(await readFile(report, 'utf8'))
    return found.flatMap(({ rule, line, texts }): Hit[] => {
      const object = view.lines[line - 1]
      return object === undefined ? [] : [{ object, kind: rule, role: 'secret', texts: texts.filter((text) => text !== '') }]
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
