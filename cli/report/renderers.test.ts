import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { LIMITS, ScanReport, parseScanLine } from '@mintmark/contract/scan'
// oxlint-disable-next-line mintmark/layers -- samples are data with a writer, no package of their own
import { sampleValues } from '../../samples/index.ts'
import { renderScanHtml } from '../html-report/render.ts'
import { sampleReport } from '../testing.ts'
import { scanReportSchema } from './json-schema.ts'
import { renderScanJson } from './json.ts'
import { createNdjsonSink } from './ndjson.ts'
import { renderScanSarif } from './sarif.ts'
import { renderScanTable } from './table.ts'
import { widthOf } from './text.ts'

let report: ScanReport
beforeAll(async () => {
  report = await sampleReport()
})

const plain = { color: false, width: 80 } as const
const hostile = '</script><img src=x onerror=alert(1)>"\'\u001b[2J\u202e../..//%2e'

/** The sample with a hostile name wherever a cluster can put one. */
function hostileReport(): ScanReport {
  const rename = (text: string): string => JSON.stringify(text).slice(1, -1)
  const text = JSON.stringify(report).replaceAll('storefront', rename(hostile)).replaceAll('tea-shop-sample', rename(hostile))
  return ScanReport.parse(JSON.parse(text))
}

describe('the table', () => {
  test('fits 80 columns without colour, except for commands to copy', () => {
    const table = renderScanTable(report, plain)
    expect(table).not.toContain('\u001b')
    for (const line of table.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(80)
  })

  test.each([60, 100, 140])('fits %i columns with colour', (width) => {
    const table = renderScanTable(report, { color: true, width })
    // oxlint-disable-next-line no-control-regex -- the escape sequences of our own paint are what is taken away here
    for (const line of table.replaceAll(/\u001b\[\d+m/g, '').split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width)
  })

  test('says where, how many, whose, why, and what is not known', () => {
    const table = renderScanTable(report, plain)
    expect(table).toContain('Cluster tea-shop-sample\nEKS · eu-west-1 · account 111122223333\n')
    expect(table).toMatch(/\d+ Critical {3}\d+ High {3}\d+ Medium {3}\d+ Low/)
    expect(table).toContain('Not known, and so not scored:')
    expect(table).toContain('shop/Deployment/storefront env DATABASE_URL → storefront (literal)')
    expect(table).toContain('A federated identity stands beside it: tea-shop-checkout')
    expect(table).toMatch(/values only name a secret that is kept elsewhere/)
  })

  test('what is left out is counted', () => {
    const table = renderScanTable(report, { ...plain, secretsMax: 3 })
    expect(table).toContain(`… ${report.secrets.length - 3} more: -o json`)
  })

  test('what could not be read is always said, with the permission that would change it', () => {
    const gap = { collection: 'secrets', scope: {}, coverage: { state: 'denied', permission: 'list secrets' }, objects: 0 } as const
    const coverage = [...report.scan.coverage.filter((entry) => entry.collection !== 'secrets'), gap]
    const partial = { ...report, secrets: [], scan: { ...report.scan, coverage } }
    const table = renderScanTable(partial, plain)
    expect(table).toContain('1 of 11 collections could not be read completely')
    expect(table).toContain('Grant list secrets')
    expect(table).toContain('No static secret was found in what could be read; the rest is unknown.')
    expect(renderScanHtml(partial)).toContain('Grant list secrets')
    expect(renderScanSarif(partial)).toContain('Grant list secrets')
  })

  test('names that are terminal commands are shown, not obeyed', () => {
    expect(renderScanTable(hostileReport(), plain)).not.toMatch(/[\u001b\u202e]/u)
  })
})

describe('JSON', () => {
  test('parses with the contract and validates against the published schema', async () => {
    const parsed: unknown = JSON.parse(renderScanJson(report))
    expect(ScanReport.parse(parsed)).toEqual(report)
    const validate = new Ajv2020({ strict: false, formats: { uuid: true, 'date-time': true } }).compile(await publishedSchema())
    expect(validate(parsed), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true)
    expect(validate({ ...report, secrets: [{ value: 'x' }] })).toBe(false)
  })

  test('the published schema is the one of this code', async () => {
    // After an intended change: vitest run -u cli/report
    await expect(`${JSON.stringify(scanReportSchema(), undefined, 2)}\n`).toMatchFileSnapshot('../../docs/schema/scan-report.json')
  })
})

async function publishedSchema(): Promise<object> {
  return JSON.parse(await readFile(new URL('../../docs/schema/scan-report.json', import.meta.url), 'utf8')) as object
}

test('NDJSON is the scan document, line by line', async () => {
  let text = ''
  const sink = createNdjsonSink({
    write(part, done) {
      text += part
      done?.()
      return true
    },
  })
  const { id: scanId, startedAt, finishedAt, scanner, fingerprintKeyId } = report.scan
  const source = { key: report.cluster.key, name: report.cluster.name }
  await sink.begin({
    type: 'scan',
    version: LIMITS.documentVersion,
    scanId,
    connector: 'kubernetes',
    source,
    mode: 'full',
    startedAt,
    scanner,
    fingerprintKeyId,
  })
  await sink.take({ type: 'coverage', collection: 'secrets', scope: {}, coverage: { state: 'complete' }, objects: 1 })
  await sink.end({ type: 'end', finishedAt, lines: 1 })
  const lines = text.trimEnd().split('\n')
  expect(lines.map((line, index) => parseScanLine(line, index + 1).type)).toEqual(['scan', 'coverage', 'end'])
})

describe('SARIF', () => {
  interface Sarif {
    readonly version: string
    readonly runs: readonly [
      {
        readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
        readonly results: readonly {
          readonly ruleId: string
          readonly ruleIndex: number
          readonly level: string
          readonly message: { readonly text: string }
          readonly locations: readonly [
            { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string }; readonly region: { readonly startLine: number } } },
          ]
        }[]
      },
    ]
  }
  const sarifOf = (shown: ScanReport): Sarif => JSON.parse(renderScanSarif(shown)) as Sarif

  test('has one result for each place, with its rule, level and region', () => {
    const sarif = sarifOf(report)
    const [run] = sarif.runs
    expect(sarif.version).toBe('2.1.0')
    expect(run.results).toHaveLength(report.secrets.reduce((sum, secret) => sum + secret.occurrences.length, 0))
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId)
      expect(['error', 'warning', 'note']).toContain(result.level)
    }
    const mail = run.results.find((result) => result.message.text.includes('spring.mail.password'))
    expect(mail?.locations[0].physicalLocation.region.startLine).toBe(8)
  })

  test('a hostile name cannot leave its segment of the address', () => {
    for (const { locations, message } of sarifOf(hostileReport()).runs[0].results) {
      const { uri } = locations[0].physicalLocation.artifactLocation
      expect(uri).toMatch(/^kubernetes(?:\/(?:[\w.~-]|%[0-9A-F]{2})+){4}$/)
      expect(message.text).not.toMatch(/[\u001b\u202e]/u)
    }
  })
})

describe('HTML', () => {
  test('loads nothing, and a hostile name stays text', () => {
    const page = renderScanHtml(hostileReport())
    expect(page).not.toMatch(/<img|onerror=alert\(1\)>"|<\/script><img|[\u001b\u202e]/u)
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(page).not.toMatch(/<(?:link|iframe|object|embed|base)\b|\b(?:src|href)="(?!#)/)
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;')
  })

  test('its policy names exactly the style and the script inside', async () => {
    const { createHash } = await import('node:crypto')
    const page = renderScanHtml(report)
    for (const name of ['style', 'script']) {
      const [, text = ''] = new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(page) ?? []
      expect(page).toContain(`${name}-src &#39;sha256-${createHash('sha256').update(text).digest('base64')}&#39;`)
    }
  })
})

test('no form of the report holds a planted value, as it is or in base64', () => {
  const forms = [renderScanTable(report, plain), renderScanJson(report), renderScanSarif(report), renderScanHtml(report)].join('\n')
  const publicOnes = new Set(['aws-access-key-id', 'stripe-publishable'])
  for (const [name, value] of sampleValues()) {
    if (publicOnes.has(name)) continue
    expect(forms.includes(value), name).toBe(false)
    expect(forms.includes(Buffer.from(value).toString('base64').replace(/=+$/, '')), `${name} in base64`).toBe(false)
  }
  expect(report.secrets.map((secret) => secret.level)).toEqual(expect.arrayContaining(['Critical', 'High', 'Medium', 'Low']))
})
