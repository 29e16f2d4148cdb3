import { describe, expect, test } from 'vitest'
import type { Link, OccurrenceObservation } from '@mintmark/contract/scan'
import type { NamespaceFacts } from '@mintmark/ledger/model'
import { linkNamespace } from './namespace.ts'
import { deployment, facts, fingerprintOf, identifierOf, occurrence, secretOf, use, type Place } from './testing/scene.ts'

const KEY_A = 'AKIARTX3GSDSVJOD2HQP'
const KEY_B = 'AKIAIOSFODNN7EXAMPLE'

const id = (publicId: string, object: string, place: Place): OccurrenceObservation =>
  occurrence(object, place, identifierOf('aws-access-key-id', publicId, publicId === KEY_A ? { attributes: { account: '111122223333' } } : {}))
const key = (value: string, object: string, place: Place): OccurrenceObservation => occurrence(object, place, secretOf('aws-secret-access-key', value))

interface Outcome {
  readonly publicId: string | undefined
  readonly attributes: Readonly<Record<string, string>>
  readonly pairs: readonly Link[]
  readonly owners: readonly string[]
}

/** What linking says of the secret with this value, over all its places. */
function outcomeOf(value: string, scene: Partial<NamespaceFacts>): Outcome {
  const linked = linkNamespace(facts(scene)).occurrences.filter((each) => each.fingerprint === fingerprintOf(value))
  const links = linked.flatMap((each) => each.links)
  return {
    publicId: linked.map((each) => each.finding.publicId).find((each) => each !== undefined),
    attributes: Object.assign({}, ...linked.map((each) => each.finding.attributes)),
    pairs: links.filter((link) => link.relation === 'pairs-with'),
    owners: links.filter((link) => link.relation === 'belongs-to' && link.confidence !== 'weak').map((link) => link.target),
  }
}

describe('id and secret', () => {
  test('in one Secret belong together, and the owner and the account are known', () => {
    const outcome = outcomeOf('k1', {
      occurrences: [id(KEY_A, 'Secret/aws', { entry: 'AWS_ACCESS_KEY_ID' }), key('k1', 'Secret/aws', { entry: 'AWS_SECRET_ACCESS_KEY' })],
    })
    expect(outcome).toMatchObject({ publicId: KEY_A, attributes: { account: '111122223333' }, owners: [`aws:access-key-owner:${KEY_A}`] })
    expect(outcome.pairs).toEqual([
      {
        relation: 'pairs-with',
        target: fingerprintOf(KEY_A),
        confidence: 'strong',
        evidence: [`The access key id ${KEY_A} (AWS_ACCESS_KEY_ID) stands in the entries of Secret shop/aws, the only pair there`],
      },
    ])
  })

  test('meet in the resolved environment of a container: id in a ConfigMap, secret in a Secret', () => {
    const outcome = outcomeOf('k1', {
      deployments: [deployment('api')],
      uses: [
        use('api', 'ConfigMap/cfg', { entry: 'key', variable: 'AWS_ACCESS_KEY_ID' }),
        use('api', 'Secret/aws', { entry: 'value', variable: 'AWS_SECRET_ACCESS_KEY' }),
      ],
      occurrences: [id(KEY_A, 'ConfigMap/cfg', { entry: 'key' }), key('k1', 'Secret/aws', { entry: 'value' })],
    })
    expect(outcome).toMatchObject({ publicId: KEY_A, pairs: [{ confidence: 'strong' }] })
  })

  test('an id that the container never sees is not in its environment', () => {
    const outcome = outcomeOf('k1', {
      deployments: [deployment('api')],
      uses: [
        use('api', 'ConfigMap/cfg', { entry: 'key', variable: 'AWS_ACCESS_KEY_ID', overridden: 'a later entry has the same name' }),
        use('api', 'Secret/aws', { entry: 'value', variable: 'AWS_SECRET_ACCESS_KEY' }),
      ],
      occurrences: [id(KEY_A, 'ConfigMap/cfg', { entry: 'key' }), key('k1', 'Secret/aws', { entry: 'value' })],
    })
    expect(outcome).toEqual({ publicId: undefined, attributes: {}, pairs: [], owners: [] })
  })

  test('in different containers of one deployment, or in one application, are less sure', () => {
    const across = (first: string, second: string, container: string): Outcome =>
      outcomeOf('k1', {
        deployments: [deployment('api', { application: 'shop' }), deployment('worker', { application: 'shop' })],
        uses: [use(first, 'ConfigMap/cfg', { entry: 'AWS_ACCESS_KEY_ID' }), use(second, 'Secret/aws', { entry: 'AWS_SECRET_ACCESS_KEY', container })],
        occurrences: [id(KEY_A, 'ConfigMap/cfg', { entry: 'AWS_ACCESS_KEY_ID' }), key('k1', 'Secret/aws', { entry: 'AWS_SECRET_ACCESS_KEY' })],
      })
    expect(across('api', 'api', 'sidecar').pairs).toMatchObject([
      { confidence: 'medium', evidence: [expect.stringContaining('the deployment shop/Deployment/api')] },
    ])
    expect(across('api', 'worker', 'app').pairs).toMatchObject([{ confidence: 'medium', evidence: [expect.stringContaining('the application shop')] }])
  })

  test('that nobody brings together stay apart', () => {
    const outcome = outcomeOf('k1', { occurrences: [id(KEY_A, 'ConfigMap/cfg', { entry: 'key' }), key('k1', 'Secret/aws', { entry: 'value' })] })
    expect(outcome.pairs).toEqual([])
  })
})

describe('several ids and secrets in one place', () => {
  const occurrences = [
    id(KEY_A, 'Secret/aws', { entry: 'PAYMENTS_AWS_ACCESS_KEY_ID' }),
    key('k1', 'Secret/aws', { entry: 'PAYMENTS_AWS_SECRET_ACCESS_KEY' }),
    id(KEY_B, 'Secret/aws', { entry: 'backupAccessKeyId' }),
    key('k2', 'Secret/aws', { entry: 'backup.aws.secret-access-key' }),
  ]

  test('are told apart by the stem of their names, in any spelling', () => {
    expect(outcomeOf('k1', { occurrences })).toMatchObject({ publicId: KEY_A, pairs: [{ confidence: 'strong' }] })
    expect(outcomeOf('k2', { occurrences })).toMatchObject({ publicId: KEY_B, pairs: [{ confidence: 'strong' }] })
  })

  test('the last two left belong together, less surely', () => {
    const renamed = [...occurrences.slice(0, 3), key('k2', 'Secret/aws', { entry: 'other' })]
    expect(outcomeOf('k2', { occurrences: renamed })).toMatchObject({ publicId: KEY_B, pairs: [{ confidence: 'medium' }] })
  })

  test('that no name tells apart are candidates, never a product of findings', () => {
    const nameless = occurrences.map((each, index) => ({ ...each, key: `${each.key}-${index}`, entry: `v${index}`, path: `data[v${index}]` }))
    const outcome = outcomeOf('k1', { occurrences: nameless })
    expect(outcome).toMatchObject({ publicId: undefined, owners: [] })
    expect(outcome.pairs.map((link) => link.confidence)).toEqual(['weak', 'weak'])
    expect(linkNamespace(facts({ occurrences: nameless })).occurrences).toHaveLength(2)
  })

  test('profiles of one credentials file are sections of their own', () => {
    const file = (profile: string, name: string): Place => ({ entry: 'credentials', field: `${profile}.${name}` })
    const profiles = [
      id(KEY_A, 'Secret/aws', file('default', 'aws_access_key_id')),
      key('k1', 'Secret/aws', file('default', 'aws_secret_access_key')),
      id(KEY_B, 'Secret/aws', file('backup', 'aws_access_key_id')),
      key('k2', 'Secret/aws', file('backup', 'aws_secret_access_key')),
    ]
    expect(outcomeOf('k1', { occurrences: profiles }).publicId).toBe(KEY_A)
    expect(outcomeOf('k2', { occurrences: profiles }).publicId).toBe(KEY_B)
  })

  test('entries of a list of names and values stand in one map', () => {
    const item = (index: number): Place => ({ entry: 'values.yaml', field: `extraEnv[${index}].value` })
    const list = [id(KEY_A, 'ConfigMap/cfg', item(3)), key('k1', 'ConfigMap/cfg', item(4))]
    expect(outcomeOf('k1', { occurrences: list })).toMatchObject({ publicId: KEY_A, pairs: [{ confidence: 'strong' }] })
  })

  test('a rotated pair in last-applied does not disturb the present one', () => {
    const old = { entry: 'last-applied', historic: 'last-applied configuration' }
    const rotated = [
      id(KEY_A, 'Secret/aws', { entry: 'AWS_ACCESS_KEY_ID' }),
      key('k1', 'Secret/aws', { entry: 'AWS_SECRET_ACCESS_KEY' }),
      id(KEY_B, 'Secret/aws', { ...old, field: 'data.AWS_ACCESS_KEY_ID' }),
      key('k0', 'Secret/aws', { ...old, field: 'data.AWS_SECRET_ACCESS_KEY' }),
    ]
    expect(outcomeOf('k1', { occurrences: rotated }).publicId).toBe(KEY_A)
    expect(outcomeOf('k0', { occurrences: rotated }).publicId).toBe(KEY_B)
  })

  test('one secret key that two places give different ids is sure of neither', () => {
    const outcome = outcomeOf('k1', {
      occurrences: [
        id(KEY_A, 'Secret/one', { entry: 'id' }),
        key('k1', 'Secret/one', { entry: 'secret' }),
        id(KEY_B, 'Secret/two', { entry: 'id' }),
        key('k1', 'Secret/two', { entry: 'secret' }),
      ],
    })
    expect(outcome.pairs.map((link) => [link.target, link.confidence])).toEqual(
      expect.arrayContaining([
        [fingerprintOf(KEY_A), 'weak'],
        [fingerprintOf(KEY_B), 'weak'],
      ]),
    )
    expect(outcome.publicId).toBeUndefined()
  })
})

describe('other credentials of several parts', () => {
  const CLIENT = '11111111-2222-3333-4444-555555555555'
  const TENANT = '99999999-8888-7777-6666-555555555555'

  test('an Entra client secret gets its application and its tenant from wherever the container takes them', () => {
    const scene = {
      deployments: [deployment('api')],
      uses: [use('api', 'Secret/entra', { via: 'envFrom' }), use('api', 'ConfigMap/cfg', { via: 'envFrom' })],
      occurrences: [
        occurrence('Secret/entra', { entry: 'AZURE_CLIENT_SECRET' }, secretOf('entra-client-secret', 's1', { provider: 'Microsoft' })),
        occurrence('ConfigMap/cfg', { entry: 'AZURE_CLIENT_ID' }, identifierOf('entra-client-id', CLIENT, { provider: 'Microsoft' })),
        occurrence('Deployment/api', { entry: 'AZURE_TENANT_ID', container: 'app' }, identifierOf('entra-tenant-id', TENANT, { provider: 'Microsoft' })),
      ],
    }
    expect(outcomeOf('s1', scene)).toMatchObject({ publicId: CLIENT, attributes: { tenant: TENANT }, owners: [`entra:application:${CLIENT}`] })
    expect(linkNamespace(facts(scene)).identities).toMatchObject([{ kind: 'entra-application', attributes: { clientId: CLIENT, tenant: TENANT } }])
  })

  test('one tenant serves several applications', () => {
    const entry = (name: string): Place => ({ entry: name })
    const occurrences = [
      occurrence('Secret/entra', entry('A_CLIENT_SECRET'), secretOf('entra-client-secret', 's1')),
      occurrence('Secret/entra', entry('B_CLIENT_SECRET'), secretOf('entra-client-secret', 's2')),
      occurrence('Secret/entra', entry('TENANT_ID'), identifierOf('entra-tenant-id', TENANT)),
    ]
    for (const value of ['s1', 's2']) expect(outcomeOf(value, { occurrences }).attributes).toEqual({ tenant: TENANT })
  })

  test('a session token joins the pair of key and id', () => {
    const occurrences = [
      id(KEY_A, 'Secret/aws', { entry: 'AWS_ACCESS_KEY_ID' }),
      key('k1', 'Secret/aws', { entry: 'AWS_SECRET_ACCESS_KEY' }),
      occurrence('Secret/aws', { entry: 'AWS_SESSION_TOKEN' }, secretOf('aws-session-token', 't1')),
    ]
    const token = outcomeOf('t1', { occurrences })
    expect(token.publicId).toBe(KEY_A)
    expect(token.pairs.map((link) => link.target).toSorted()).toEqual([fingerprintOf(KEY_A), fingerprintOf('k1')].toSorted())
    expect(outcomeOf('k1', { occurrences }).pairs.map((link) => link.target)).toContain(fingerprintOf('t1'))
  })

  test.each([
    ['oauth-client-secret', 'client-id', 'shop-web'],
    ['auth0-client-secret', 'client-id', 'shop-web'],
    ['twilio-auth-token', 'twilio-account-sid', 'AC-account'],
    ['sumologic-access-key', 'sumologic-access-id', 'su-access'],
    ['alibaba-secret-key', 'alibaba-access-key-id', 'LTAI-access'],
  ])('%s takes %s as its public id', (secretKind, idKind, publicId) => {
    const occurrences = [
      occurrence('Secret/x', { entry: 'A_SECRET' }, secretOf(secretKind, 's1')),
      occurrence('Secret/x', { entry: 'A_ID' }, identifierOf(idKind, publicId)),
    ]
    expect(outcomeOf('s1', { occurrences })).toMatchObject({ publicId, pairs: [{ confidence: 'strong' }] })
  })

  test('a user name beside a password becomes its attribute', () => {
    const occurrences = [
      occurrence('Secret/db', { entry: 'username' }, identifierOf('username', 'app')),
      occurrence('Secret/db', { entry: 'password' }, secretOf('password', 'p1')),
    ]
    expect(outcomeOf('p1', { occurrences }).attributes).toEqual({ user: 'app' })
  })
})
