import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS, ScanReport, type CoverageLine, type Observation, type ScanEvent, type ScanHeader, type Secret } from '@mintmark/contract/scan'
import { WORKLOAD_COLLECTIONS } from '@mintmark/ledger/model'
import { buildInventory } from './inventory.ts'
import { CLUSTER, deployment, identifierOf, occurrence, secretOf, use } from './testing/scene.ts'

const now = new Date('2026-06-01T00:00:00Z')
const header: ScanHeader = {
  type: 'scan',
  version: LIMITS.documentVersion,
  scanId: '0b5a3f0e-6a3e-4f43-9d0e-0d2f8a5f3c11',
  connector: 'kubernetes',
  source: { key: CLUSTER, name: 'test' },
  mode: 'full',
  startedAt: '2026-05-31T23:59:00Z',
  scanner: { version: '0.1.0', rules: '1' },
  fingerprintKeyId: '0123456789abcdef',
}

function line(observation: Observation, collection = 'secrets', namespace = 'shop'): ScanEvent {
  return { type: 'observation', collection, namespace, object: 'x', observation }
}

const complete = [...WORKLOAD_COLLECTIONS, 'serviceaccounts', 'secrets'].map((collection): CoverageLine => ({
  type: 'coverage',
  collection,
  scope: {},
  coverage: { state: 'complete' },
  objects: 3,
}))

/** Exposure alone gives the level here; the real rule has its own tests. */
const score = ({ exposures }: { readonly exposures: readonly { readonly exposure: string }[] }): Pick<Secret, 'level' | 'factors' | 'policy'> => ({
  level: exposures.some(({ exposure }) => exposure === 'workload') ? 'Critical' : 'Low',
  factors: [],
  policy: 'test-1',
})

const build = (events: readonly ScanEvent[]): ScanReport =>
  buildInventory({ header, events, policy: 'test-1', now, score, compare: (a, b) => (a.key < b.key ? -1 : 1) })

const shop: readonly ScanEvent[] = [
  line(deployment('api'), 'deployments'),
  line(deployment('worker', { application: 'api' }), 'deployments'),
  line(deployment('idle'), 'deployments'),
  line(use('api', 'Secret/db', { entry: 'password' }), 'deployments'),
  line(occurrence('Secret/db', { entry: 'password' }, secretOf('password', 'p1'))),
  line(occurrence('Deployment/worker', { entry: 'TOKEN', container: 'app' }, secretOf('github-token', 't1')), 'deployments'),
  line(occurrence('Secret/aws', { entry: 'id' }, identifierOf('aws-access-key-id', 'AKIARTX3GSDSVJOD2HQP'))),
  line(occurrence('Secret/aws', { entry: 'secret' }, secretOf('aws-secret-access-key', 'k1'))),
  line({
    entity: 'reference',
    key: 'ref-1',
    object: { kind: 'Deployment', namespace: 'shop', name: 'api' },
    path: 'spec',
    entry: 'PASSWORD',
    kind: 'vault',
    target: 'vault:secret/data/x#y',
  }),
  { type: 'problem', collection: 'configmaps', namespace: 'shop', object: 'big', field: 'data[x]', problem: 'too large' },
  ...complete,
]

describe('the inventory of one scan', () => {
  test('is a valid report that counts secrets where they are used', () => {
    const report = ScanReport.parse(build(shop))
    expect(report.applications.map(({ key, deploymentsTotal, secretsTotal, level }) => [key, deploymentsTotal, secretsTotal, level])).toEqual([
      ['api', 2, 2, 'Critical'],
      ['idle', 1, 0, 'Unknown'],
    ])
    expect(report.deployments.map(({ name, secretsTotal, level }) => [name, secretsTotal, level])).toEqual([
      ['api', 1, 'Low'],
      ['idle', 0, 'Unknown'],
      ['worker', 1, 'Critical'],
    ])
    expect(report.identities).toMatchObject([{ kind: 'aws-access-key-owner', secretsTotal: 1 }])
    expect(report.secrets.map((secret) => secret.kind).toSorted()).toEqual(['aws-secret-access-key', 'github-token', 'password'])
    expect(report.references).toMatchObject([{ id: 'ref-1', kind: 'vault' }])
    expect(report.scan).toMatchObject({ finishedAt: now.toISOString(), policy: 'test-1', problems: [{ object: 'big' }] })
  })

  test('one value in two namespaces is one secret with both applications', () => {
    const elsewhere = [
      line(deployment('audit', { namespace: 'audit' }), 'deployments', 'audit'),
      line(occurrence('Deployment/audit', { entry: 'P', namespace: 'audit', container: 'app' }, secretOf('password', 'p1')), 'deployments', 'audit'),
    ]
    const secret = build([...shop, ...elsewhere]).secrets.find((each) => each.kind === 'password')
    expect(secret).toMatchObject({ applications: ['api', 'audit'], occurrencesTotal: 2, level: 'Critical' })
  })

  test('a workload kind that was denied leaves consumers unknown', () => {
    const denied = shop.map((event): ScanEvent =>
      event.type === 'coverage' && event.collection === 'jobs' ? { ...event, coverage: { state: 'denied', permission: 'list jobs.batch' } } : event,
    )
    const aws = build(denied).secrets.find((secret) => secret.kind === 'aws-secret-access-key')
    expect(aws?.occurrences[0]?.usage).toBe('unknown')
    expect(build(shop).secrets.find((secret) => secret.kind === 'aws-secret-access-key')?.occurrences[0]?.usage).toBe('no-static-consumer')
  })

  test('a collection that was never closed counts as not read', () => {
    const open = shop.filter((event) => event.type !== 'coverage')
    expect(build(open).secrets.find((secret) => secret.kind === 'aws-secret-access-key')?.occurrences[0]?.usage).toBe('unknown')
  })

  test('without an observation of the cluster the report still names it', () => {
    expect(build(shop).cluster).toMatchObject({ key: CLUSTER, name: 'test', platform: { kind: 'unknown' }, mint: { agent: { state: 'unknown' } } })
  })

  test('stays inside the limits of the contract when every text is as long as it may be', () => {
    const long = (prefix: string): string => prefix + 'x'.repeat(512 - prefix.length)
    const name = 'n'.repeat(LIMITS.nameCharsMax)
    const everything = {
      user: long('u'),
      host: long('h.'),
      registry: long('r'),
      client_email: long('e'),
      namespace: long('s'),
      serviceAccount: long('a'),
      account: long('1'),
    }
    const kinds = [
      'url-credentials',
      'docker-registry-credentials',
      'gcp-service-account-key',
      'kubernetes-service-account-token',
      'aws-secret-access-key',
      'entra-client-secret',
      'oauth-client-secret',
    ]
    const places = kinds.map((kind) =>
      occurrence(
        `Secret/${name}`,
        { entry: `${kind}-`.padEnd(LIMITS.nameCharsMax, 'k') },
        secretOf(kind, kind, { attributes: { ...everything, scheme: 'postgres' } }),
      ),
    )
    const ids = ['aws-access-key-id', 'entra-client-id', 'client-id'].map((kind) =>
      occurrence(`Secret/${name}`, { entry: kind.padEnd(LIMITS.nameCharsMax, 'i') }, identifierOf(kind, long(kind), { attributes: everything })),
    )
    const alone = occurrence('ConfigMap/alone', { entry: 'id' }, identifierOf('aws-access-key-id', long('other')))
    const takers = [
      line(deployment(name), 'deployments'),
      line(use(name, `Secret/${name}`, { via: 'envFrom', variable: long('P_') })),
      line(use(name, 'ConfigMap/alone', { via: 'envFrom' })),
    ]
    const report = build([...takers, ...[...places, ...ids, alone].map((each) => line(each)), ...complete])
    expect(ScanReport.safeParse(report).error?.issues).toBeUndefined()
    expect(report.secrets).toHaveLength(kinds.length)
  })

  test('the same events in any order, and told twice, give the same report', () => {
    const expected = build(shop)
    fc.assert(
      fc.property(fc.shuffledSubarray([...shop], { minLength: shop.length }), (events) => {
        expect(build(events)).toEqual(expected)
      }),
      { numRuns: 40 },
    )
    const facts = shop.filter((event) => event.type === 'observation')
    expect(build([...shop, ...facts])).toEqual(expected)
  })
})
