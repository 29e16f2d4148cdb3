import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'

test('counters, gauges and histograms in the text format of Prometheus', () => {
  const metrics = createMetrics()
  metrics.counter('calls_total', 'Calls.', ['code']).add(['a"b\\c\nd'], 2)
  metrics.gauge('open', 'Open.', [], () => [[[], 3]])
  const seconds = metrics.histogram('took_seconds', 'Seconds.', ['kind'])
  seconds.observe(['x'], 0.004)
  seconds.observe(['x'], 100)
  const lines = metrics.render().split('\n')
  expect(lines).toContain('# TYPE calls_total counter')
  expect(lines).toContain('calls_total{code="a\\"b\\\\c\\nd"} 2')
  expect(lines).toContain('open 3')
  expect(lines).toContain('took_seconds_bucket{kind="x",le="0.0025"} 0')
  expect(lines).toContain('took_seconds_bucket{kind="x",le="0.005"} 1')
  expect(lines).toContain('took_seconds_bucket{kind="x",le="10"} 1')
  expect(lines).toContain('took_seconds_bucket{kind="x",le="+Inf"} 2')
  expect(lines).toContain('took_seconds_count{kind="x"} 2')
})

test('labels cannot fill the memory', () => {
  const metrics = createMetrics()
  const counter = metrics.counter('calls_total', 'Calls.', ['id'])
  for (let index = 0; index < 10_100; index++) counter.add([String(index)])
  expect(metrics.render().split('\n').length).toBeLessThan(10_010)
})
