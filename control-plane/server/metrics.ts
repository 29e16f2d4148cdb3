import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** The figures of `/metrics`. Labels come from fixed sets (routes, states), so that no request can grow them. */
export interface Metrics {
  readonly registry: Registry
  readonly requestSeconds: Histogram<'method' | 'route' | 'status'>
  readonly requestBytes: Histogram<'route'>
  readonly scans: Counter<'state'>
  readonly publishSeconds: Histogram
  readonly ingestLines: Counter<'type'>
  readonly ingestBytes: Counter
  readonly databaseUp: Gauge
}

/** A registry of its own, so that two control planes of one process (in tests) do not share figures. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    requestSeconds: new Histogram({
      name: 'mintmark_http_request_duration_seconds',
      help: 'Time from the first byte of a request to its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers,
    }),
    requestBytes: new Histogram({
      name: 'mintmark_http_request_size_bytes',
      help: 'Size of request bodies as announced by Content-Length',
      labelNames: ['route'],
      buckets: [0, 1_024, 16_384, 262_144, 1_048_576, 4_194_304],
      registers,
    }),
    scans: new Counter({ name: 'mintmark_scans_total', help: 'Scans begun, published and failed to publish', labelNames: ['state'], registers }),
    publishSeconds: new Histogram({
      name: 'mintmark_scan_publish_duration_seconds',
      help: 'Time to apply, link and score one scan',
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900],
      registers,
    }),
    ingestLines: new Counter({ name: 'mintmark_ingest_lines_total', help: 'Lines of scan documents stored', labelNames: ['type'], registers }),
    ingestBytes: new Counter({ name: 'mintmark_ingest_bytes_total', help: 'Bytes of scan documents received, as sent', registers }),
    databaseUp: new Gauge({ name: 'mintmark_database_up', help: '1 when the database answered the last time it was asked', registers }),
  }
}
