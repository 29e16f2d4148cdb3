import { describe, expect, test } from 'vitest'
import type { Finding } from '@mintmark/contract/scan'
import { linkNamespace } from './namespace.ts'
import { deployment, facts, identifierOf, occurrence, secretOf, use, type Place } from './testing/scene.ts'

function ownerOf(finding: Finding, object = 'Secret/x', place: Place = { entry: 'value' }) {
  const linked = linkNamespace(facts({ occurrences: [occurrence(object, place, finding)] }))
  return { identity: linked.identities[0], link: linked.occurrences[0]?.links[0] }
}

describe('identities that a credential names itself', () => {
  test.each([
    [
      'a database URL',
      secretOf('url-credentials', 'p', { provider: 'PostgreSQL', attributes: { scheme: 'postgres', user: 'app', host: 'DB.shop', database: 'orders' } }),
      { key: 'database:user:postgresql://app@db.shop', kind: 'database-user', attributes: { database: 'orders' } },
    ],
    [
      'a URL of a web service',
      secretOf('url-credentials', 'p', { provider: 'HTTP', attributes: { scheme: 'https', user: 'ci', host: 'nexus.shop' } }),
      { key: 'nexus.shop:account:ci', kind: 'service-user' },
    ],
    [
      'a registry login',
      secretOf('docker-registry-credentials', 'p', { provider: 'Docker', attributes: { registry: 'ghcr.io', user: 'bot' } }),
      { key: 'registry:user:bot@ghcr.io', kind: 'registry-user' },
    ],
    [
      'a Google key file',
      secretOf('gcp-service-account-key', 'p', { provider: 'GCP', attributes: { client_email: 'Bot@p.iam.gserviceaccount.com', project_id: 'p' } }),
      { key: 'gcp:service-account:bot@p.iam.gserviceaccount.com', kind: 'gcp-service-account', attributes: { project: 'p' } },
    ],
  ])('%s', (_what, finding, identity) => {
    const owner = ownerOf(finding)
    expect(owner.identity).toMatchObject(identity)
    expect(owner.link).toMatchObject({ relation: 'belongs-to', target: identity.key, confidence: 'exact' })
  })

  test('a service account token belongs to its subject, surely only where the controller put it', () => {
    const token = secretOf('kubernetes-service-account-token', 't', { provider: 'Kubernetes', attributes: { sub: 'system:serviceaccount:shop:builder' } })
    const home = ownerOf(token, 'Secret/builder-token', { entry: 'token' })
    expect(home.link).toMatchObject({ target: 'kubernetes:service-account:cluster-1/shop/builder', confidence: 'exact' })
    const abroad = ownerOf(token, 'ConfigMap/kubeconfig', { entry: 'config', field: 'users[0].user.token' })
    expect(abroad.link).toMatchObject({ target: 'kubernetes:service-account:cluster-1/shop/builder', confidence: 'medium' })
  })

  test('a legacy token names its account in claims of its own', () => {
    const legacy = secretOf('kubernetes-service-account-token', 't', {
      provider: 'Kubernetes',
      attributes: { form: 'legacy', namespace: 'shop', serviceAccount: 'builder' },
    })
    expect(ownerOf(legacy, 'Secret/builder-token', { entry: 'token' }).link?.target).toBe('kubernetes:service-account:cluster-1/shop/builder')
  })

  test('the same account under two spellings of scheme and host is one identity', () => {
    const url = (attributes: Record<string, string>) => ownerOf(secretOf('url-credentials', 'p', { provider: 'PostgreSQL', attributes })).identity?.key
    expect(url({ scheme: 'postgres', user: 'app', host: 'orders-db' })).toBe(
      url({ scheme: 'jdbc:postgresql', user: 'app', host: 'orders-db.shop.svc.cluster.local' }),
    )
  })

  test('a server on loopback is nobody in particular', () => {
    expect(ownerOf(secretOf('url-credentials', 'p', { attributes: { scheme: 'postgres', user: 'app', host: '127.0.0.1' } })).identity).toBeUndefined()
  })

  test('a password without a host names nobody', () => {
    expect(ownerOf(secretOf('password', 'p', { attributes: { user: 'app' } }))).toEqual({ identity: undefined, link: undefined })
  })
})

describe('an access key id whose secret was not found', () => {
  const KEY = 'AKIARTX3GSDSVJOD2HQP'
  const scene = facts({
    deployments: [deployment('api')],
    uses: [use('api', 'ConfigMap/cfg', { entry: 'AWS_ACCESS_KEY_ID' })],
    occurrences: [
      occurrence('ConfigMap/cfg', { entry: 'AWS_ACCESS_KEY_ID' }, identifierOf('aws-access-key-id', KEY, { attributes: { account: '111122223333' } })),
    ],
  })

  test('is no secret, but names the identity as which the deployment acts', () => {
    const linked = linkNamespace(scene)
    expect(linked.occurrences).toEqual([])
    expect(linked.identities).toMatchObject([{ key: `aws:access-key-owner:${KEY}`, attributes: { accessKeyId: KEY, account: '111122223333' } }])
    expect(linked.deployments[0]?.links).toMatchObject([{ relation: 'runs-as', target: `aws:access-key-owner:${KEY}`, confidence: 'medium' }])
  })
})
