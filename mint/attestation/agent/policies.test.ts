import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { AttestationError } from '../model.ts'
import { exampleIssuer } from '../tokens/issuer-testing.ts'
import { ASSERTION_SECONDS, ATTESTATION_AUDIENCE, signAssertion } from './assertion.ts'
import type { AgentAttestor, AttestationContext } from './attestor.ts'
import { createCvkAttestor, versionOfAssertion } from './cvk.ts'
import { createAgentAttestation } from './policies.ts'

const now = new Date('2026-06-01T12:00:00Z')
const nowSeconds = now.getTime() / 1000
const context: AttestationContext = { cluster: { id: 'c-1', name: 'prod-1' }, now, certificateThumbprint: 'own-thumbprint' }

const refusalOf = async (work: Promise<unknown>): Promise<AttestationError> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof AttestationError)) throw new Error(`It was not refused: ${String(error)}`)
  return error
}

describe('a cluster version key', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const key = { versionId: 'cv-1', privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) }
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' })
  const other = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
  const rsa = exampleIssuer('RS256', { iss: 'cv-1', aud: ATTESTATION_AUDIENCE, now }, 'cv-1')

  const versions = new Map([
    ['cv-1', { clusterId: 'c-1', publicKeyPem, active: true }],
    ['cv-off', { clusterId: 'c-1', publicKeyPem, active: false }],
    ['cv-foreign', { clusterId: 'c-2', publicKeyPem, active: true }],
    ['cv-rsa', { clusterId: 'c-1', publicKeyPem: rsa.pem, active: true }],
    ['cv-broken', { clusterId: 'c-1', publicKeyPem: 'no key', active: true }],
  ])
  const attestor = (): AgentAttestor => {
    const used = new Set<string>()
    return createCvkAttestor({
      clusterVersion: async (id) => versions.get(id),
      rememberAssertion: async (jti) => !used.has(jti) && used.add(jti) !== undefined,
    })
  }
  const attest = (assertion: string, by = attestor()) => by.attest(Buffer.from(assertion), context)

  const issuer = exampleIssuer('EdDSA', { iss: 'cv-own', aud: ATTESTATION_AUDIENCE, now }, 'cv-own')
  versions.set('cv-own', { clusterId: 'c-1', publicKeyPem: issuer.pem, active: true })
  const claims = { sub: 'cv-own', exp: nowSeconds + ASSERTION_SECONDS, jti: 'once' }

  test('proves its version, and has the agent known by it', async () => {
    expect(await attest(signAssertion(key, now, 'own-thumbprint'))).toMatchObject({ tokenIdentity: 'cvk:cv-1', clusterVersionId: 'cv-1' })
    expect(await attest(issuer.token(claims))).toMatchObject({ clusterVersionId: 'cv-own' })
    expect(versionOfAssertion(Buffer.from(signAssertion(key, now)))).toBe('cv-1')
  })

  test.each<[string, string, RegExp]>([
    ['signed with another key', signAssertion({ ...key, privateKeyPem: other }, now), /not signed by a cluster version/],
    ['of a version that was deleted', signAssertion({ ...key, versionId: 'cv-gone' }, now), /not signed by a cluster version/],
    ['of a version of another cluster', signAssertion({ ...key, versionId: 'cv-foreign' }, now), /not signed by a cluster version/],
    ['of a version whose stored key is none', signAssertion({ ...key, versionId: 'cv-broken' }, now), /not signed by a cluster version/],
    ['of a version that is not active', signAssertion({ ...key, versionId: 'cv-off' }, now), /not active/],
    ['signed with RS256', rsa.token({ sub: 'cv-1', jti: 'once', exp: nowSeconds + 60 }, { kid: 'cv-rsa' }), /not signed with EdDSA/],
    ['without a key id', issuer.token(claims, { kid: undefined }), /names no key/],
    ['that has expired', signAssertion(key, new Date(now.getTime() - 100_000)), /expired/],
    ['from the future', signAssertion(key, new Date(now.getTime() + 100_000)), /in the future/],
    ['for another audience', issuer.token({ ...claims, aud: 'urn:mintmark:agent-session' }), /audience/],
    ['good for longer than a minute', issuer.token({ ...claims, exp: nowSeconds + ASSERTION_SECONDS + 1 }), /longer than 60 seconds/],
    ['good for ever', issuer.token({ ...claims, exp: 1e300 }), /longer than 60 seconds/],
    ['without a time of issue', issuer.token({ ...claims, iat: undefined }), /longer than 60 seconds/],
    ['without an id of its own', issuer.token({ ...claims, jti: undefined }), /no id of its own/],
    ['with an id of a thousand characters', issuer.token({ ...claims, jti: 'x'.repeat(1000) }), /no id of its own/],
    ['of another subject', issuer.token({ ...claims, sub: 'cv-1' }), /subject/],
    ['of another TLS connection', signAssertion(key, now, 'somebody-elses'), /another TLS connection/],
    ['bound to nothing that is known', issuer.token({ ...claims, cnf: { jkt: 'x' } }), /another TLS connection/],
    ['that is no token', 'hello', /not readable/],
  ])('an assertion %s is refused', async (_what, assertion, reason) => {
    const { message } = await refusalOf(attest(assertion))
    expect(message).toMatch(reason)
    for (const part of assertion.split('.')) if (part.length > 16) expect(message).not.toContain(part.slice(0, 16))
  })

  test('an assertion is good once, and one that was refused is not used up', async () => {
    const by = attestor()
    const assertion = signAssertion(key, now, 'own-thumbprint')
    await refusalOf(by.attest(Buffer.from(assertion), { ...context, certificateThumbprint: 'a-thief' }))
    await attest(assertion, by)
    expect((await refusalOf(attest(assertion, by))).message).toMatch(/used before/)
  })
})

describe('policies', () => {
  const looked: string[] = []
  const attestor = (type: string, outcome: 'passes' | AttestationError['code'] | 'breaks'): AgentAttestor => ({
    type,
    attest: async (evidence) => {
      looked.push(`${type} ${Buffer.from(evidence).toString()}`)
      if (outcome === 'breaks') throw new TypeError('a bug of ours')
      if (outcome !== 'passes') throw new AttestationError(outcome, `${type} says no.`)
      return { tokenIdentity: `${type}:id`, attributes: new Map([[`${type}.claim`, 'yes']]), ...(type === 'k8s_token' ? { nodeName: 'node-1' } : {}) }
    },
  })
  const evidence = (...types: string[]) => types.map((type) => ({ type, payload: Buffer.from('evidence') }))
  const passing = attestor('k8s_token', 'passes')
  const alsoPassing = attestor('custom_jwt', 'passes')

  test('inside a policy all attestors pass, and all that they have proven is known', async () => {
    const both = createAgentAttestation([{ name: 'both', attestors: [passing, alsoPassing] }])
    expect(await both.attest(evidence('custom_jwt', 'k8s_token'), context)).toEqual({
      passed: ['k8s_token', 'custom_jwt'],
      policy: 'both',
      attributes: new Map([
        ['k8s_token.claim', 'yes'],
        ['custom_jwt.claim', 'yes'],
      ]),
      tokenIdentity: 'k8s_token:id custom_jwt:id',
      nodeName: 'node-1',
      clusterVersionIds: [],
    })
    for (const types of [['k8s_token'], ['custom_jwt'], []]) await refusalOf(both.attest(evidence(...types), context))
  })

  test('one policy is enough, and none of another one’s attributes come along', async () => {
    const either = createAgentAttestation([
      { name: 'strict', attestors: [alsoPassing, attestor('cvk', 'UNAUTHENTICATED')] },
      { name: 'plain', attestors: [passing] },
    ])
    const { policy, attributes } = await either.attest(evidence('k8s_token', 'custom_jwt', 'cvk'), context)
    expect([policy, ...attributes.keys()]).toEqual(['plain', 'k8s_token.claim'])
  })

  test('evidence is looked at once, however many policies want it: an assertion is good for one use', async () => {
    looked.length = 0
    const twice = createAgentAttestation([
      { name: 'first', attestors: [passing, attestor('cvk', 'UNAUTHENTICATED')] },
      { name: 'second', attestors: [passing] },
    ])
    await twice.attest(evidence('k8s_token', 'cvk'), context)
    expect(looked.filter((line) => line.startsWith('k8s_token'))).toHaveLength(1)
  })

  test.each([
    ['UNAVAILABLE', ['UNAUTHENTICATED', 'UNAVAILABLE']],
    ['PERMISSION_DENIED', ['UNAUTHENTICATED', 'PERMISSION_DENIED']],
    ['UNAUTHENTICATED', ['UNAUTHENTICATED', 'UNAUTHENTICATED']],
  ] as const)('what most helps the agent is the code: %s', async (code, outcomes) => {
    const policies = outcomes.map((outcome, index) => ({ name: `policy-${index}`, attestors: [attestor('k8s_token', outcome)] }))
    const refused = await refusalOf(createAgentAttestation(policies).attest(evidence('k8s_token'), context))
    expect(refused.code).toBe(code)
    expect(refused.message).toBe('policy-0: k8s_token says no. policy-1: k8s_token says no.')
  })

  test('of two pieces of a type one that could not be checked makes the agent come again', async () => {
    const outcomes = (['UNAVAILABLE', 'UNAUTHENTICATED'] as const).values()
    const unsure: AgentAttestor = {
      type: 'k8s_token',
      attest: async () => {
        throw new AttestationError(outcomes.next().value ?? 'UNAUTHENTICATED', 'no.')
      },
    }
    const refused = await refusalOf(createAgentAttestation([{ name: 'only', attestors: [unsure] }]).attest(evidence('k8s_token', 'k8s_token'), context))
    expect(refused.code).toBe('UNAVAILABLE')
  })

  test('no policies and no evidence are refused, and a bug of ours is no refusal', async () => {
    expect((await refusalOf(createAgentAttestation([]).attest(evidence('k8s_token'), context))).code).toBe('PERMISSION_DENIED')
    expect((await refusalOf(createAgentAttestation([{ name: 'only', attestors: [passing] }]).attest([], context))).message).toMatch(/no evidence at all/)
    const broken = createAgentAttestation([{ name: 'broken', attestors: [attestor('k8s_token', 'breaks')] }])
    await expect(broken.attest(evidence('k8s_token'), context)).rejects.toBeInstanceOf(TypeError)
  })
})
