import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ScanReport } from '@mintmark/contract/scan'
import type { FingerprintKey } from '@mintmark/ledger/detection'
// oxlint-disable-next-line mintmark/layers -- samples are data with a writer, no package of their own
import { SAMPLE_CLUSTER_NAME, writeSampleCluster } from '../samples/index.ts'
import { scanKubernetes } from './scan/scan.ts'

const BINARY = fileURLToPath(new URL('./bin/spirlctl.js', import.meta.url))

/** The clock of tests. */
const NOW = new Date('2026-06-01T00:00:00Z')

/** A key for tests; fingerprints under it mean nothing anywhere else. */
const TEST_KEY: FingerprintKey = { id: '0123456789abcdef', bytes: new Uint8Array(32).fill(7) }

/** What a finished process said. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** How the real binary runs in a test. */
export interface RunOptions {
  readonly env?: Record<string, string>
  readonly input?: string
  /** Sees everything printed so far, after each piece; may end the process with a signal. */
  readonly onText?: (printed: { readonly stdout: string; readonly stderr: string }, kill: (signal: NodeJS.Signals) => void) => void
}

/** Runs the real binary in a home of its own. */
export async function runSpirlctl(home: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(process.execPath, [BINARY, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: home, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
      options.onText?.(printed, (signal) => child.kill(signal))
    })
  }
  child.stdin.end(options.input ?? '')
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { code, ...printed }
}

/** A folder that is gone afterwards. */
export async function withFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'spirlctl-test-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The report of the sample cluster, made by the real scanner under the tests' clock. */
export async function sampleReport(): Promise<ScanReport> {
  return await withFolder(async (folder) => {
    await writeSampleCluster(folder)
    return await scanFolder(folder)
  })
}

/** The report of a folder of manifests. */
async function scanFolder(folder: string): Promise<ScanReport> {
  return await scanKubernetes({
    settings: { source: { type: 'manifests', directory: folder }, clusterName: SAMPLE_CLUSTER_NAME },
    fingerprintKey: TEST_KEY,
    signal: new AbortController().signal,
    now: () => NOW,
  })
}
