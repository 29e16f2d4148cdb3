/** Values of a metric's labels, in the order of their names. */
export type LabelValues = readonly string[]

/** A number that only grows. */
export interface Counter {
  readonly add: (labels: LabelValues, amount?: number) => void
}

/** A number that is asked for when somebody looks. */
export type GaugeReader = () => Iterable<readonly [LabelValues, number]>

/** How long things took. */
export interface Histogram {
  readonly observe: (labels: LabelValues, seconds: number) => void
}

/** The metrics of a process, in the text format of Prometheus (version 0.0.4). */
export interface Metrics {
  readonly counter: (name: string, help: string, labelNames: readonly string[]) => Counter
  readonly gauge: (name: string, help: string, labelNames: readonly string[], read: GaugeReader) => void
  readonly histogram: (name: string, help: string, labelNames: readonly string[]) => Histogram
  /** The page that Prometheus reads. */
  readonly render: () => string
}

/** Upper bounds of a histogram's buckets in seconds; the last one, +Inf, is implied. */
const BUCKET_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Most series of one metric: labels such as a SPIFFE ID must not fill the memory. What comes later is not counted. */
const SERIES_MAX = 10_000

interface HistogramSeries {
  readonly counts: number[]
  sum: number
  count: number
}

/** Metrics without a library: a handful of maps and forty lines of text format. */
export function createMetrics(): Metrics {
  const pages: (() => string)[] = []
  return {
    counter(name, help, labelNames) {
      const series = new Map<string, number>()
      pages.push(() => head(name, help, 'counter') + [...series].map(([labels, value]) => `${name}${labels} ${value}\n`).join(''))
      return {
        add(labels, amount = 1) {
          const key = labelText(labelNames, labels)
          const value = series.get(key)
          if (value !== undefined || series.size < SERIES_MAX) series.set(key, (value ?? 0) + amount)
        },
      }
    },
    gauge(name, help, labelNames, read) {
      pages.push(() => {
        const lines: string[] = []
        for (const [labels, value] of read()) {
          if (lines.length === SERIES_MAX) break
          lines.push(`${name}${labelText(labelNames, labels)} ${value}\n`)
        }
        return head(name, help, 'gauge') + lines.join('')
      })
    },
    histogram(name, help, labelNames) {
      const series = new Map<string, HistogramSeries>()
      pages.push(() => head(name, help, 'histogram') + [...series].map(([labels, one]) => renderHistogram(name, labels, one)).join(''))
      return { observe: (labels, seconds) => observe(series, labelText(labelNames, labels), seconds) }
    },
    render: () => pages.map((page) => page()).join(''),
  }
}

function observe(series: Map<string, HistogramSeries>, key: string, seconds: number): void {
  let one = series.get(key)
  if (one === undefined) {
    if (series.size >= SERIES_MAX) return
    one = { counts: BUCKET_SECONDS.map(() => 0), sum: 0, count: 0 }
    series.set(key, one)
  }
  one.sum += seconds
  one.count += 1
  const bucket = BUCKET_SECONDS.findIndex((bound) => seconds <= bound)
  if (bucket >= 0) one.counts[bucket] = (one.counts[bucket] ?? 0) + 1
}

function renderHistogram(name: string, labels: string, one: HistogramSeries): string {
  const inner = labels === '' ? '' : `${labels.slice(1, -1)},`
  let below = 0
  const buckets = BUCKET_SECONDS.map((bound, index) => {
    below += one.counts[index] ?? 0
    return `${name}_bucket{${inner}le="${bound}"} ${below}\n`
  })
  return `${buckets.join('')}${name}_bucket{${inner}le="+Inf"} ${one.count}\n${name}_sum${labels} ${one.sum}\n${name}_count${labels} ${one.count}\n`
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`
}

function labelText(names: readonly string[], values: LabelValues): string {
  if (names.length === 0) return ''
  return `{${names.map((name, index) => `${name}="${escapeLabel(values[index] ?? '')}"`).join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
