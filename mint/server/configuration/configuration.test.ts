import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { create } from '@bufbuild/protobuf'
import { agentApi } from '@mintmark/contract/grpc'
import { generateWorkloadKey } from '@mintmark/spiffe'
import * as fc from 'fast-check'
import type { ConfigurationScope } from '../ports.ts'
import { attestRequest, openTestDomain, podAttributes, type TestCluster, type TestDomain } from '../server-testing.ts'
import { differenceOf } from './difference.ts'
import { readDocuments } from './documents.ts'
import { SECTION_NAMES } from './sections.ts'

let domain: TestDomain
let cluster: TestCluster
let scope: ConfigurationScope

beforeEach(async () => {
  domain = await openTestDomain()
  cluster = await domain.addCluster('prod')
  scope = { kind: 'cluster', id: cluster.row.id }
})

afterEach(() => domain.close())

const policy = (path: string): string => `section: SVIDIssuancePolicy\nschema: v1\nspec:\n  policy:\n    pathTemplate: ${path}\n`
const redaction = 'section: AttributeRedaction\nschema: v1\nspec:\n  policy:\n    allowList:\n      filters: ["kubernetes.*"]\n'
const set = (documents: string, more: Partial<Parameters<typeof domain.server.administration.configuration.set>[0]> = {}) =>
  domain.server.administration.configuration.set({ scope, documents, prune: false, validateOnly: false, actor: 'ada', ...more })

async function idOfPod(): Promise<string> {
  const caller = { session: undefined, certificateThumbprint: undefined }
  const { session } = await domain.server.service.attest(attestRequest(cluster, domain.now()), caller)
  const item = create(agentApi.X509ItemSchema, { attributes: podAttributes(), key: { case: 'publicKey', value: generateWorkloadKey().publicKey } })
  const { results } = await domain.server.service.issueX509(create(agentApi.IssueX509RequestSchema, { items: [item] }), { ...caller, session })
  return results[0]?.svids[0]?.spiffeId.replace('spiffe://example.org', '') ?? ''
}

describe('managed configuration', () => {
  test('is live: the next SVID follows the new policy, and the narrower scope wins section by section', async () => {
    expect(await idOfPod()).toBe('/prod/ns/shop/sa/web')
    await set(policy('/org/{{kubernetes.pod.service_account}}'), { scope: { kind: 'org' } })
    expect(await idOfPod()).toBe('/org/web')
    await set(policy('/td/{{kubernetes.pod.service_account}}'), { scope: { kind: 'trust-domain', id: domain.server.administration.trustDomain.id } })
    expect(await idOfPod()).toBe('/td/web')
    await set(policy('/cluster/{{kubernetes.pod.service_account}}'))
    expect(await idOfPod()).toBe('/cluster/web')
    await set(redaction, { prune: true })
    expect(await idOfPod()).toBe('/td/web')
  })

  test('sections that are not mentioned stay, unless prune takes them away', async () => {
    await set(policy('/a'))
    const both = await set(redaction)
    expect(Object.keys(both.configuration.sections).toSorted()).toEqual(['AttributeRedaction', 'SVIDIssuancePolicy'])
    const pruned = await set(redaction, { prune: true })
    expect(pruned).toMatchObject({ stored: true, changes: [{ change: 'removed', section: 'SVIDIssuancePolicy' }] })
  })

  test('a dry run shows what would change and stores nothing', async () => {
    await set(policy('/a'))
    const dry = await set(policy('/b'), { validateOnly: true })
    expect(dry).toMatchObject({
      stored: false,
      changes: [{ change: 'changed', section: 'SVIDIssuancePolicy', pointer: '/policy/pathTemplate', before: '/a', after: '/b' }],
    })
    expect(await domain.server.administration.configuration.get(scope)).toMatchObject({ version: 1 })
  })

  test('an expected version that is not the newest is refused; setting the same again makes no version', async () => {
    await set(policy('/a'), { expectedVersion: 0 })
    await expect(set(policy('/b'), { expectedVersion: 0 })).rejects.toMatchObject({ label: 'version-conflict' })
    expect(await set(policy('/a'), { expectedVersion: 1 })).toMatchObject({ stored: false, changes: [], configuration: { version: 1 } })
  })

  test('history, any version, and the difference of two', async () => {
    for (const path of ['/a', '/b', '/c']) await set(policy(path))
    const { configuration } = domain.server.administration
    const { items } = await configuration.history(scope, { size: 10 })
    expect(items.map(({ version, actor }) => [version, actor])).toEqual([
      [3, 'ada'],
      [2, 'ada'],
      [1, 'ada'],
    ])
    expect(await configuration.get(scope, 0)).toEqual({ version: 0, sections: {} })
    expect(await configuration.difference(scope, 1, 3)).toMatchObject([{ pointer: '/policy/pathTemplate', before: '/a', after: '/c' }])
    await expect(configuration.get(scope, 9)).rejects.toMatchObject({ label: 'not-found' })
  })

  test('a scope that does not exist is refused: nobody would ever read it', async () => {
    await expect(set(policy('/a'), { scope: { kind: 'cluster', id: 'c-none' } })).rejects.toMatchObject({ label: 'not-found' })
    await expect(set(policy('/a'), { scope: { kind: 'trust-domain-deployment', id: 'tdd-none' } })).rejects.toMatchObject({ label: 'not-found' })
  })

  test('what changed and who did it is an event, without the values', async () => {
    await set(policy('/secret-path'))
    await domain.server.events.flush()
    const event = domain.stores.written.find(({ type }) => type === 'configuration_changed')
    expect(event).toMatchObject({ outcome: 'success', details: { actor: 'ada', version: 1 } })
    expect(JSON.stringify(event)).not.toContain('secret-path')
  })
})

describe('documents', () => {
  test.each<[string, string, string]>([
    ['nothing', '', ''],
    ['no YAML', 'a: [', ''],
    ['a key twice', 'section: KeyManager\nsection: KeyManager\n', ''],
    ['a list', '- 1', ''],
    ['an unknown section', 'section: Other\nschema: v1', '/section'],
    ['another schema', 'section: KeyManager\nschema: v2\nspec: {type: sealed}', '/schema'],
    ['a field too many', 'section: KeyManager\nschema: v1\nspec: {type: sealed}\nextra: 1', '/extra'],
    ['a wrong value', 'section: KeyManager\nschema: v1\nspec: {type: floppy}', '/spec/type'],
    ['keys that replicas could not share', 'section: KeyManager\nschema: v1\nspec: {type: disk}', '/spec/type'],
    ['an unknown field', 'section: SVIDIssuancePolicy\nschema: v1\nspec: {policy: {pathTemplte: /x}}', '/spec/policy'],
    ['a wrong template', policy('x'), '/spec/policy/pathTemplate'],
    [
      'a reserved claim',
      'section: SVIDIssuancePolicy\nschema: v1\nspec: {policy: {jwt: {additionalClaims: {sub: x}}}}',
      '/spec/policy/jwt/additionalClaims/sub',
    ],
    ['serverless attestation', 'section: ServerlessAttestation\nschema: v1\nspec: {}', '/spec'],
    ['no policy', 'section: AgentAttestation\nschema: v1\nspec: {policies: []}', '/spec/policies'],
    [
      'plain HTTP',
      'section: AgentAttestation\nschema: v1\nspec: {policies: [{requiredAttestors: [{type: k8s_token, issuerURL: "http://x"}]}]}',
      '/spec/policies/0/requiredAttestors/0/issuerURL',
    ],
    [
      'two places of keys',
      'section: AgentAttestation\nschema: v1\nspec: {policies: [{requiredAttestors: [{type: custom_jwt, issuer: x, audience: y}]}]}',
      '/spec/policies/0/requiredAttestors/0',
    ],
    ['an alias bomb', `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]`, ''],
  ])('%s is refused, and the pointer says where', (_, text, pointer) => {
    const read = readDocuments(text)
    expect(read.ok ? [] : read.problems.map((problem) => problem.pointer)).toContain(pointer)
  })

  test('several documents are checked together, each under its number; JSON is YAML, too', () => {
    const two = readDocuments(`${policy('/a')}---\n${policy('b')}`)
    expect(two.ok ? [] : two.problems.map(({ pointer }) => pointer)).toEqual(['/1/spec/policy/pathTemplate', '/1/section'])
    expect(readDocuments('{"section":"KeyManager","schema":"v1","spec":{"type":"sealed"}}')).toEqual({
      ok: true,
      sections: { KeyManager: { schema: 'v1', spec: { type: 'sealed' } } },
    })
  })

  test('no text ends in anything but sections or problems', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.constantFrom(...SECTION_NAMES).chain((section) => fc.json().map((spec) => `{"section":"${section}","schema":"v1","spec":${spec}}`)),
    )
    fc.assert(
      fc.property(text, (each) => {
        expect(typeof readDocuments(each).ok).toBe('boolean')
      }),
      { numRuns: 500 },
    )
  })

  test('what the difference says makes the one out of the other', () => {
    const spec = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue({ maxDepth: 2 }))
    fc.assert(
      fc.property(spec, spec, (before, after) => {
        const wrap = (value: unknown) => ({ S: { schema: 'v1', spec: JSON.parse(JSON.stringify(value)) as unknown } })
        const changes = differenceOf(wrap(before), wrap(after))
        expect(changes.length === 0).toBe(JSON.stringify(sorted(before)) === JSON.stringify(sorted(after)))
      }),
    )
  })
})

/** The same value with its keys in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  )
}
