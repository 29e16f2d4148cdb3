import { describe, expect, test } from 'vitest'
import { LIMITS } from '@mintmark/contract/scan'
import { linkNamespace } from './namespace.ts'
import { deployment, facts, occurrence, secretOf, use, type UseOptions } from './testing/scene.ts'

const password = secretOf('password', 'p1', { provider: 'Generic' })
const inSecret = occurrence('Secret/db', { entry: 'password' }, password)

function linkOne(uses: readonly (readonly [from: string, options: UseOptions])[], more = {}) {
  const linked = linkNamespace(
    facts({
      deployments: [deployment('api'), deployment('worker')],
      uses: uses.map(([from, options]) => use(from, 'Secret/db', options)),
      occurrences: [inSecret],
      ...more,
    }),
  )
  const [first] = linked.occurrences
  if (first === undefined) throw new Error('the occurrence is gone')
  return { ...first, deployments: linked.deployments }
}

describe('consumers of a Secret or ConfigMap', () => {
  test.each<[string, UseOptions, object]>([
    ['one key as a variable', { entry: 'password', via: 'env', variable: 'DB_PASSWORD' }, { via: 'env', variable: 'DB_PASSWORD' }],
    ['every key with a prefix', { via: 'envFrom', variable: 'DB_' }, { via: 'envFrom', variable: 'DB_password' }],
    ['every key as files', { via: 'volume' }, { via: 'volume' }],
    ['as pull secret', { via: 'imagePullSecret', container: '' }, { via: 'imagePullSecret', container: '' }],
  ])('%s', (_what, options, consumer) => {
    const { occurrence: place } = linkOne([['api', options]])
    expect(place.usage).toBe('used')
    expect(place.consumers).toEqual([expect.objectContaining({ deployment: 'cluster-1/shop/Deployment/api', application: 'api', ...consumer })])
  })

  test('a workload that takes another key does not take this one', () => {
    const { occurrence: place } = linkOne([['api', { entry: 'user' }]])
    expect(place).toMatchObject({ usage: 'mounted', consumers: [], consumersTotal: 0 })
  })

  test('an overridden edge stays visible but uses nothing', () => {
    const { occurrence: place, deployments } = linkOne([['api', { via: 'envFrom', overridden: 'a later env entry has the same name' }]])
    expect(place.usage).toBe('mounted')
    expect(place.consumers).toEqual([expect.objectContaining({ overridden: 'a later env entry has the same name' })])
    expect(deployments.flatMap((each) => each.secrets)).toEqual([])
  })

  test('a dangling edge leads nowhere', () => {
    expect(linkOne([['api', { entry: 'password', dangling: true }]]).occurrence.usage).toBe('no-static-consumer')
  })

  test('deployments know the secrets that they take', () => {
    const { deployments } = linkOne([['worker', { entry: 'password' }]])
    expect(deployments.map(({ name, secrets }) => [name, secrets])).toEqual([
      ['api', []],
      ['worker', [password.fingerprint]],
    ])
  })
})

describe('usage verdicts', () => {
  const gap = { consumersIncomplete: 'Consumers may be missing: jobs were denied' }

  test('absence of consumers is believed only when every workload was read', () => {
    expect(linkOne([]).occurrence.usage).toBe('no-static-consumer')
    expect(linkOne([], gap).occurrence.usage).toBe('unknown')
    expect(linkOne([['api', { entry: 'user' }]], gap).occurrence.usage).toBe('unknown')
  })

  test('a consumer that was seen is a fact whatever was not read', () => {
    const linked = linkOne([['api', { entry: 'password' }]], gap)
    expect(linked.occurrence.usage).toBe('used')
    expect(linked.consumersIncomplete).toBe(gap.consumersIncomplete)
  })

  test('a copy of the past is historic, used or not', () => {
    const old = occurrence('Secret/db', { entry: 'password', historic: 'superseded Helm revision' }, password)
    expect(linkOne([['api', { entry: 'password' }]], { occurrences: [old] }).occurrence.usage).toBe('historic')
  })

  test('unread service accounts make only pull secrets uncertain', () => {
    const pull = occurrence('Secret/pull', { entry: '.dockerconfigjson' }, secretOf('docker-registry-credentials', 'p2', { provider: 'Docker' }))
    const linked = linkNamespace(facts({ occurrences: [inSecret, pull], pullSecretsIncomplete: 'serviceaccounts were denied' }))
    expect(linked.occurrences.map(({ occurrence: { object, usage } }) => [object.name, usage])).toEqual([
      ['db', 'no-static-consumer'],
      ['pull', 'unknown'],
    ])
  })
})

describe('values that a workload spells out itself', () => {
  test.each([
    ['spec.template.spec.containers[0].env[2].value', 'literal'],
    ['spec.template.spec.initContainers[0].args[1]', 'argument'],
    ['spec.template.spec.containers[0].command[2]', 'argument'],
    ['spec.template.spec.containers[0].livenessProbe.httpGet.httpHeaders[0].value', 'probe'],
    ['spec.template.spec.containers[0].lifecycle.postStart.exec.command[2]', 'probe'],
    ['spec.template.metadata.annotations[ad.datadoghq.com/app.instances]', 'annotation'],
  ])('%s is taken as %s by the workload', (path, via) => {
    const own = occurrence('Deployment/api', { entry: 'DB_PASSWORD', path, container: 'app' }, password)
    const [linked] = linkNamespace(facts({ deployments: [deployment('api')], occurrences: [own] })).occurrences
    expect(linked?.occurrence).toMatchObject({ usage: 'used', consumers: [{ via, application: 'api', container: 'app' }] })
  })
})

describe('limits', () => {
  test('a long list of consumers is cut, its total kept, and no application is lost before another is repeated', () => {
    const many = Array.from({ length: LIMITS.listItemsMax + 40 }, (_, index) =>
      deployment(`api-${index}`, { application: index < 290 ? 'big' : `small-${index}` }),
    )
    const uses = many.map(({ object }) => use(object.name, 'Secret/db', { entry: 'password' }))
    const linked = linkNamespace(facts({ deployments: many, uses, occurrences: [inSecret] }))
    const place = linked.occurrences[0]?.occurrence
    expect(place?.consumers).toHaveLength(LIMITS.listItemsMax)
    expect(place?.consumersTotal).toBe(296)
    expect(new Set(place?.consumers.map((consumer) => consumer.application)).size).toBe(7)
    expect(linked.deployments.filter((each) => each.secrets.length === 1)).toHaveLength(296)
  })
})
