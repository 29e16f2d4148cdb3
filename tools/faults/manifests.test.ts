import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ScanReport } from '@mintmark/contract/scan'
import { type Finished, makeHome, runSpirlctl } from './programs.ts'

const MEBIBYTE_BYTES = 1024 * 1024
/** Stands in every bad input; must stand in nothing that is printed. */
const CANARY = 'Pelikan-7719-umbra'

const secret = (name: string, data: object): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'shop' }, type: 'Opaque', data })
const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** A Helm release whose values are fine for a person and huge for a machine: some kilobytes that unpack to 128 MB. */
function bomb(): object {
  const release = gzipSync(
    Buffer.concat([Buffer.from(`{"name":"bomb","config":{"password":"${CANARY}"},"manifest":"`), Buffer.alloc(128 * MEBIBYTE_BYTES, 0x20)]),
    { level: 9 },
  )
  return { ...secret('sh.helm.release.v1.bomb.v1', { release: base64(release.toString('base64')) }), type: 'helm.sh/release.v1' }
}

function deployment(name: string, env: readonly object[], owner?: string): object {
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: 'apps/v1', kind: 'Deployment', name: owner, uid: owner, controller: true }]
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: `acme/${name}:1`, env }] } }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', uid: name, ownerReferences },
    spec: { selector: { matchLabels: { app: name } }, template },
  }
}

/** Texts over which a backtracking expression would sit for ever. */
const HOSTILE = [
  `${'a'.repeat(50_000)}!`,
  `postgres://${'a:'.repeat(20_000)}@`,
  `eyJ${'a'.repeat(30_000)}.${'.'.repeat(30_000)}`,
  '-----BEGIN RSA PRIVATE KEY-----\n'.repeat(2_000),
  'password='.repeat(10_000),
  `${'${'.repeat(30_000)}${'}'.repeat(30_000)}`,
  `"${'\\'.repeat(60_000)}"`,
  `${' '.repeat(60_000)}=`,
  `${'\u{1F511}'.repeat(20_000)}:${'\u200d'.repeat(20_000)}`,
]

const FILES: Readonly<Record<string, () => string>> = {
  'malformed.yaml': () => `apiVersion: v1\nkind: Secret\nmetadata: {name: ${CANARY}\ndata: [\n`,
  'malformed.json': () => `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"},"stringData":{"password":"${CANARY}"`,
  'large.json': () =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'large', namespace: 'shop' },
      data: { blob: `token=${CANARY}\n`.repeat((50 * MEBIBYTE_BYTES) / 25), 'app.env': `SMTP_PASSWORD=${CANARY}-beside\n` },
    }),
  'base64.json': () => JSON.stringify(secret('not-base64', { password: `${CANARY}%%%`, 'smtp-password': base64(`${CANARY}-beside`) })),
  'bomb.json': () => JSON.stringify(bomb()),
  'cycle.json': () =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        deployment('first', [{ name: 'DB_PASSWORD', value: `${CANARY}-first` }], 'second'),
        deployment('second', [{ name: 'DB_PASSWORD', value: `${CANARY}-second` }], 'first'),
      ],
    }),
  'env.json': () =>
    JSON.stringify(
      deployment('wide', [
        { name: 'LARGE', value: 'x '.repeat(MEBIBYTE_BYTES / 2) },
        { name: 'LARGE_PASSWORD', value: CANARY.repeat(MEBIBYTE_BYTES / CANARY.length) },
        { name: 'DB_PASSWORD', value: `${CANARY}-wide` },
      ]),
    ),
  'hostile.json': () =>
    JSON.stringify(
      deployment('hostile', [
        ...HOSTILE.map((value, index) => ({ name: `HOSTILE_PASSWORD_${index}`, value })),
        { name: 'DB_PASSWORD', value: `${CANARY}-hostile` },
      ]),
    ),
  'fine.yaml': () => `apiVersion: v1\nkind: Secret\nmetadata: {name: fine, namespace: shop}\nstringData: {password: ${CANARY}-fine}\n`,
}

let home: Awaited<ReturnType<typeof makeHome>>
let finished: Finished
let report: ScanReport

beforeAll(async () => {
  home = await makeHome()
  const folder = join(home.path, 'manifests')
  await mkdir(folder)
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text())
  finished = await runSpirlctl(home.path, ['scan', 'kubernetes', '--manifests', folder, '--cluster-name', 'faults', '-o', 'json'])
  report = ScanReport.parse(JSON.parse(finished.stdout))
})
afterAll(() => home.remove())

const problemsOf = (object: string): string[] =>
  report.scan.problems.filter((line) => line.object === object).map(({ field, problem }) => `${field}: ${problem}`)

test.each([
  ['malformed YAML', 'malformed.yaml', [/^document 1: .*not valid YAML \(line \d+/]],
  ['malformed JSON', 'malformed.json', [/^document 1: .*not valid JSON/]],
  ['a ConfigMap of 50 MB', 'large', [/^data\[blob\]: .*not searched: the limit is \d+/]],
  ['invalid base64', 'not-base64', [/^data\[password\]: .*not base64/]],
  [
    'a gzip bomb in a Helm release',
    'sh.helm.release.v1.bomb.v1',
    [/^data\[release\]: .*could not be unpacked/, /^data\[release\]: .*unpacks to more than \d+ MiB/],
  ],
])('%s is named by object and field', (_, object, sentences) => {
  const problems = problemsOf(object)
  expect(problems).toEqual(sentences.map((sentence) => expect.stringMatching(sentence)))
})

test.each(['first', 'second', 'wide', 'hostile', 'large', 'not-base64', 'fine'])('what stands beside is found: %s', (name) => {
  const lengths = report.secrets.flatMap(({ occurrences }) => occurrences.filter(({ object }) => object.name === name).map(({ position }) => position.length))
  expect(lengths).toContain(`${CANARY}-${['large', 'not-base64'].includes(name) ? 'beside' : name}`.length)
})

test('deployments that own each other are two deployments', () => {
  expect(report.deployments.map(({ name }) => name).toSorted()).toEqual(['first', 'hostile', 'second', 'wide'])
})

test('what was not read may not be called gone, and no value comes out', () => {
  const states = report.scan.coverage
    .filter(({ collection }) => ['secrets', 'configmaps', 'deployments'].includes(collection))
    .map(({ coverage }) => coverage.state)
  expect(states).toEqual(['partial', 'partial', 'partial'])
  expect([finished.code, finished.stderr]).toEqual([0, ''])
  expect(finished.stdout).not.toContain(CANARY)
  expect(finished.stdout).not.toContain(base64(CANARY).slice(0, 16))
})
