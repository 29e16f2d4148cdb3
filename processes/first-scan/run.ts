import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseFingerprintKey, createSender, renderScanTable, scanKubernetes } from '@mintmark/cli'
import type { ScanReport } from '@mintmark/contract/scan'
import type { KubernetesSettings } from '@mintmark/ledger/connectors/kubernetes'
import type { IntegrationStore } from '@mintmark/storage'
// oxlint-disable-next-line mintmark/layers -- samples are data with a writer, no package of their own
import { SAMPLE_CLUSTER_NAME, writeSampleCluster } from '../../samples/index.ts'
import type { ScanChoice } from './choose.ts'
import { ownScanner, type OwnScanner } from './scanner-key.ts'

/** Name of the integration that the sample cluster is scanned under. */
const SAMPLE_INTEGRATION = 'sample cluster'

/** Where a scan goes, and what it takes from its process. */
export interface FirstScanOptions {
  readonly choice: Exclude<ScanChoice, { readonly scan: 'none' }>
  readonly server: string
  readonly dataFolder: string
  readonly integrations: IntegrationStore
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly now: () => Date
  readonly onNotice: (sentence: string) => void
}

/** A scan that the inventory shows now. */
export interface FirstScan {
  readonly report: ScanReport
  readonly scanner: OwnScanner
}

/**
 * Scans on behalf of this process, by the way of every scanner: an integration with a key of its own, and HTTP to the server.
 *
 * @throws UserError when the cluster cannot be read or the server does not take the scan
 */
export async function runFirstScan(options: FirstScanOptions): Promise<FirstScan> {
  const { choice, integrations, dataFolder, now, signal, server, onNotice } = options
  const name = choice.scan === 'sample' ? SAMPLE_INTEGRATION : integrationName(choice.context)
  const scanner = await ownScanner(integrations, dataFolder, name, now())
  const sender = createSender({ server, key: scanner.key, signal, now, onNotice })
  const fingerprintKey = await chooseFingerprintKey(options.environment, undefined, sender)
  const scan = (settings: KubernetesSettings) => scanKubernetes({ settings, fingerprintKey, signal, now, sinks: [sender] })
  const report = choice.scan === 'sample' ? await scanSample(scan) : await scan({ source: kubeconfigOf(choice.context) })
  return { report, scanner }
}

function kubeconfigOf(context: string): KubernetesSettings['source'] {
  return { type: 'kubeconfig', context, allowExec: false }
}

async function scanSample(scan: (settings: KubernetesSettings) => Promise<ScanReport>): Promise<ScanReport> {
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-sample-'))
  try {
    await writeSampleCluster(folder)
    return await scan({ source: { type: 'manifests', directory: folder }, clusterName: SAMPLE_CLUSTER_NAME })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Contexts may hold what names of integrations may not, such as the slashes of an ARN. */
function integrationName(context: string): string {
  return context.replaceAll(/[^\p{L}\p{N} ._-]+/gu, '-').replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '') || 'cluster'
}

/** The table of a scan with what to do next. */
export function renderFirstScan(
  { report, scanner }: FirstScan,
  choice: FirstScanOptions['choice'],
  place: { readonly server: string; readonly link: string | undefined; readonly color: boolean; readonly width: number },
): string {
  const nextSteps = [
    ...(place.link === undefined ? [] : [{ command: `npx spirlctl login '${place.link}'`, purpose: 'sign in (the link works once)' }]),
    { command: 'npx spirlctl ledger secret list', purpose: 'the inventory, worst first' },
    choice.scan === 'sample'
      ? { command: 'npx spirlctl scan kubernetes', purpose: 'scan the cluster of your current kubeconfig context' }
      : {
          command: `npx spirlctl scan kubernetes --context ${quote(choice.context)} --server ${place.server} --key ${quote(scanner.file)}`,
          purpose: 'scan it again',
        },
    { command: `curl ${place.server}/api/v1/openapi.json`, purpose: 'the HTTP API' },
  ]
  return renderScanTable(report, { color: place.color, width: place.width, nextSteps })
}

/** Safe to paste into a shell. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
