import type { ScanReport } from '@mintmark/contract/scan'
import { parseKubernetesSettings } from '@mintmark/ledger/connectors/kubernetes'
import { drawingOf, writeText, type Context, type Output } from '../program/context.ts'
import { EXIT } from '../program/exit.ts'
import { shellWord } from '../program/shell-word.ts'
import { UsageError } from '../program/usage-error.ts'
import { isAtLeast } from '../report/levels.ts'
import type { ReportSink } from '../report/build.ts'
import { countOf } from '../report/text.ts'
import { createChangesSink } from './changes.ts'
import { chooseFingerprintKey } from './fingerprint-key.ts'
import { startProgress, type Progress } from './progress.ts'
import type { ScanSender } from '../send/sender.ts'
import { withScanner, type Scanner } from './scan.ts'
import type { ScanSink } from './sink.ts'

type Format = 'table' | 'json' | 'ndjson' | 'sarif' | 'html'

/** Options of `spirlctl scan kubernetes`; their meaning stands beside their declaration. */
export interface KubernetesScanOptions {
  readonly kubeconfig?: string
  readonly context?: string
  readonly manifests?: string
  readonly namespace?: readonly string[]
  readonly excludeNamespace?: readonly string[]
  readonly clusterName?: string
  readonly allowExec?: boolean
  readonly watch?: boolean
  readonly server?: string
  readonly key?: string
  readonly o?: Format
  readonly output?: string
  readonly failOn?: 'Low' | 'Medium' | 'High' | 'Critical'
  readonly fingerprintKey?: string
}

/** `spirlctl scan kubernetes` */
export async function runKubernetesScan(context: Context, options: KubernetesScanOptions): Promise<number> {
  refuseContradictions(options)
  const settings = settingsOf(context, options)
  const progress = startProgress(context)
  const { signal, now } = context
  const onProgress = (read: { readonly collection: string; readonly objects: number }) =>
    progress.step(() => `Reading ${read.collection}: ${countOf(read.objects, 'object')}`)
  try {
    const sender = await createSenderFor(context, options, progress)
    const fingerprintKey = await chooseFingerprintKey(context.env, options.fingerprintKey, sender)
    return await withOutput(context, options.output, async (output) => {
      // What links and scores takes more memory than a scan; lines alone need none of it.
      const report = needsReport(options) ? (await import('../report/build.ts')).createReportSink(now) : undefined
      const ndjson = options.o === 'ndjson' ? (await import('../report/ndjson.ts')).createNdjsonSink(output) : undefined
      const sinks = [sender, ndjson, report].filter((sink) => sink !== undefined)
      return await withScanner({ settings, fingerprintKey, signal, now, onProgress }, async (scanner) => {
        await scanner.scan(sinks, options.watch === true)
        const built = report?.build()
        progress.stop()
        await printResult(context, output, options, built)
        if (sender !== undefined) await writeText(options.o === undefined ? context.stdout : context.stderr, sender.summary())
        if (options.watch === true) await watchOn(context, scanner, sender ?? ndjson, output, report)
        return isFound(options, built) ? EXIT.found : EXIT.done
      })
    })
  } finally {
    progress.stop()
  }
}

function refuseContradictions(options: KubernetesScanOptions): void {
  if (options.server !== undefined && options.key === undefined) {
    throw new UsageError(
      '--server needs the key of a scanner.',
      'Create one with: spirlctl ledger integration create kubernetes NAME --key-out FILE, then add --key FILE',
    )
  }
  if (options.key !== undefined && options.server === undefined) throw new UsageError('--key says as whom to send, but not where.', 'Add --server URL.')
  if (options.watch === true && options.server === undefined && (options.o === 'html' || options.o === 'sarif' || options.o === 'json')) {
    throw new UsageError(
      `--watch goes on and on, and a report in ${options.o} is finished once.`,
      'Use -o table or -o ndjson with --watch, or send changes with --server.',
    )
  }
}

function settingsOf(context: Context, options: KubernetesScanOptions): ReturnType<typeof parseKubernetesSettings> {
  return parseKubernetesSettings({
    source: sourceOf(context, options),
    namespaces: options.namespace,
    excludeNamespaces: options.excludeNamespace,
    clusterName: options.clusterName,
  })
}

/** A folder when one is named; the pod's own cluster when this runs in one and no kubeconfig is meant; else the kubeconfig. */
function sourceOf({ env }: Context, options: KubernetesScanOptions): object {
  if (options.manifests !== undefined) return { type: 'manifests', directory: options.manifests }
  const wantsKubeconfig = options.kubeconfig !== undefined || options.context !== undefined || (env['KUBECONFIG'] ?? '') !== ''
  if (!wantsKubeconfig && (env['KUBERNETES_SERVICE_HOST'] ?? '') !== '') return { type: 'in-cluster' }
  return { type: 'kubeconfig', path: options.kubeconfig, context: options.context, allowExec: options.allowExec === true }
}

/** Alone, a scan ends in a report; sent to a server, only when one was asked for. */
function needsReport(options: KubernetesScanOptions): boolean {
  if (options.failOn !== undefined) return true
  return options.o === undefined ? options.server === undefined : options.o !== 'ndjson'
}

interface SummarizingSender extends ScanSink, Pick<ScanSender, 'fingerprintKey'> {
  summary(): string
}

async function createSenderFor(context: Context, options: KubernetesScanOptions, progress: Progress): Promise<SummarizingSender | undefined> {
  if (options.server === undefined || options.key === undefined) return undefined
  const [{ createSender }, { readScannerKey }, { parseServer }] = await Promise.all([
    import('../send/sender.ts'),
    import('../send/key-file.ts'),
    import('../server/address.ts'),
  ])
  const server = parseServer(options.server, context.env)
  const key = await readScannerKey(options.key)
  const sender = createSender({ server, key, signal: context.signal, now: context.now, onNotice: (sentence) => progress.notice(sentence) })
  return {
    fingerprintKey: () => sender.fingerprintKey(),
    begin: (header) => sender.begin(header),
    take: (event) => sender.take(event),
    end: (end) => sender.end(end),
    summary() {
      const { sent } = sender
      if (sent?.state === 'abandoned') return `The scan was sent to ${server}, but a later scan of the same source overtook it.\n`
      const number = sent?.number === undefined ? '' : ` as number ${sent.number}`
      return `The scan is visible at ${server}${number}.\nSee it with: spirlctl ledger secret list --server ${shellWord(server)}\n`
    },
  }
}

async function withOutput<Result>(context: Context, path: string | undefined, use: (output: Output) => Promise<Result>): Promise<Result> {
  if (path === undefined) return await use(context.stdout)
  const { createFileOutput } = await import('../files/file-output.ts')
  const file = await createFileOutput(path)
  try {
    const result = await use(file)
    await file.finish()
    return result
  } catch (error) {
    await file.abandon()
    throw error
  }
}

async function printResult(context: Context, output: Output, options: KubernetesScanOptions, report: ScanReport | undefined): Promise<void> {
  const format = options.o ?? (options.server === undefined ? 'table' : undefined)
  if (report === undefined || format === undefined || format === 'ndjson') return
  await writeText(output, await render(format, report, context, output, options))
  if (output !== context.stdout) await writeText(context.stderr, `Wrote ${options.output ?? 'the report'}.\n`)
}

async function render(
  format: Exclude<Format, 'ndjson'>,
  report: ScanReport,
  context: Context,
  output: Output,
  options: KubernetesScanOptions,
): Promise<string> {
  switch (format) {
    case 'json':
      return (await import('../report/json.ts')).renderScanJson(report)
    case 'sarif':
      return (await import('../report/sarif.ts')).renderScanSarif(report)
    case 'html':
      return (await import('../html-report/render.ts')).renderScanHtml(report)
    case 'table': {
      const { renderScanTable } = await import('../report/table.ts')
      return renderScanTable(report, { ...drawingOf(output, context.env), nextSteps: nextStepsFor(options) })
    }
  }
}

function nextStepsFor(options: KubernetesScanOptions): readonly { readonly command: string; readonly purpose: string }[] {
  const source = [
    ...(options.manifests === undefined ? [] : ['--manifests', options.manifests]),
    ...(options.kubeconfig === undefined ? [] : ['--kubeconfig', options.kubeconfig]),
    ...(options.context === undefined ? [] : ['--context', options.context]),
    ...(options.clusterName === undefined ? [] : ['--cluster-name', options.clusterName]),
  ]
  return [
    {
      purpose: 'All of it as a page to read and to pass on:',
      command: ['spirlctl scan kubernetes', ...source.map(shellWord), '-o html --output report.html'].join(' '),
    },
    { purpose: 'An inventory that remembers, over many scans and clusters:', command: 'npm start' },
  ]
}

async function watchOn(context: Context, scanner: Scanner, sink: ScanSink | undefined, output: Output, report: ReportSink | undefined): Promise<void> {
  await writeText(context.stderr, 'Watching for changes. Stop with Ctrl-C.\n')
  const changes = sink ?? createChangesSink(output, drawingOf(output, context.env), context.now, report?.build())
  try {
    await scanner.watch([changes])
  } catch (error) {
    if (!context.signal.aborted) throw error
  }
}

function isFound({ failOn }: KubernetesScanOptions, report: ScanReport | undefined): boolean {
  return failOn !== undefined && report !== undefined && report.secrets.some((secret) => isAtLeast(secret.level, failOn))
}
