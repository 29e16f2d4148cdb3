import { describe, expect, test } from 'vitest'
import type { Finding, IdentityObservation } from '@mintmark/contract/scan'
import { linkNamespace } from './namespace.ts'
import { deployment, facts, federated, occurrence, secretOf, use } from './testing/scene.ts'

const identity = (key: string): IdentityObservation => ({ entity: 'identity', key, kind: 'any', provider: 'any', name: `name of ${key}`, attributes: {} })
const role = identity('aws:iam:arn:aws:iam::111122223333:role/shop')
const application = identity('entra:application:11111111-2222-3333-4444-555555555555')
const google = identity('gcp:service-account:shop@p.iam.gserviceaccount.com')

function shadowsOf(finding: Finding, variable: string, target: IdentityObservation) {
  const linked = linkNamespace(
    facts({
      deployments: [deployment('api')],
      uses: [use('api', 'Secret/key', { entry: 'value', variable })],
      occurrences: [occurrence('Secret/key', { entry: 'value' }, finding)],
      identities: [target],
      links: [federated('api', target)],
    }),
  )
  const isShadow = (link: { readonly relation: string }): boolean => link.relation === 'shadows'
  return { secret: linked.occurrences[0]?.links.filter(isShadow), deployment: linked.deployments[0]?.links.filter(isShadow) }
}

describe('a static key beside a federated identity of the same provider', () => {
  test.each([
    ['aws-secret-access-key', 'AWS_SECRET_ACCESS_KEY', role, 'before AWS_WEB_IDENTITY_TOKEN_FILE, so the static key wins'],
    ['entra-client-secret', 'AZURE_CLIENT_SECRET', application, 'before AZURE_FEDERATED_TOKEN_FILE, so the static key wins'],
    ['gcp-service-account-key', 'GOOGLE_APPLICATION_CREDENTIALS', google, 'before the metadata server, so the static key wins'],
  ])('%s in %s shadows it, and the evidence says which wins', (kind, variable, target, evidence) => {
    const link = { relation: 'shadows', target: target.key, confidence: 'strong', evidence: [expect.stringContaining(evidence)] }
    expect(shadowsOf(secretOf(kind, 'k'), variable, target)).toEqual({ secret: [link], deployment: [link] })
  })

  test('under another name it is less sure, and the evidence says why', () => {
    expect(shadowsOf(secretOf('aws-secret-access-key', 'k'), 'BACKUP_KEY', role).secret).toEqual([
      expect.objectContaining({ confidence: 'medium', evidence: [expect.stringContaining('this key has another name')] }),
    ])
  })

  test('a key of another provider shadows nothing', () => {
    expect(shadowsOf(secretOf('entra-client-secret', 's'), 'AZURE_CLIENT_SECRET', role)).toEqual({ secret: [], deployment: [] })
  })
})
