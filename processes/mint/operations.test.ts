import { readdir, readFile } from 'node:fs/promises'
import { ApiError, type ProblemName } from '@mintmark/contract/http'
import {
  bundleFromPem,
  generateWorkloadKey,
  parseTrustDomain,
  pemToCertificates,
  validateJwtSvid,
  validateX509Svid,
  parseBundle,
  writeCsr,
} from '@mintmark/spiffe'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openTestMint, type TestMint } from './mint-testing.ts'

let cluster: TestCluster
let mint: TestMint

beforeAll(async () => {
  cluster = await startTestCluster()
})
afterAll(async () => cluster?.stop())
beforeEach(async () => {
  mint = await openTestMint(await cluster.openFreshStore())
})
afterEach(async () => mint?.close())

async function refused(work: Promise<unknown>): Promise<ApiError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ApiError)) throw new Error(`Expected a refusal, got ${String(error)}`)
  return error
}

async function expectProblem(work: Promise<unknown>, name: ProblemName): Promise<ApiError['problem']> {
  const error = await refused(work)
  expect(error.problem.type).toBe(`urn:mintmark:problem:${name}`)
  return error.problem
}

function example() {
  const parsed = parseTrustDomain('example.org')
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.trustDomain
}

const documents = (ttl: string): string => `section: SVIDIssuancePolicy\nschema: v1\nspec:\n  policy:\n    x509:\n      ttl: ${ttl}\n`

describe('trust domains', () => {
  test('the served one says where agents dial and where its bundle is; a second one is registered and served elsewhere', async () => {
    const { client } = mint
    const own = await client.getTrustDomain({ params: { trustDomainId: 'example.org' } })
    expect(own).toMatchObject({ isServedHere: true, agentEndpoint: '127.0.0.1:7421', bundleEndpoint: 'http://127.0.0.1:7420/mint/example.org/bundle' })
    const other = await client.createTrustDomain({ body: { name: 'other.org' } })
    expect(other).toMatchObject({ name: 'other.org', isServedHere: false })
    await expectProblem(client.createTrustDomain({ body: { name: 'other.org' } }), 'name-taken')
    await expectProblem(client.getTrustDomain({ params: { trustDomainId: 'nobody.org' } }), 'not-found')
    await expectProblem(client.getTrustBundle({ params: { trustDomainId: other.id } }), 'mint-unavailable')
    expect((await client.listTrustDomains({})).items.map(({ name }) => name)).toEqual(['other.org', 'example.org'])
  })

  test('the bundle verifies what the trust domain issues, in all of its forms', async () => {
    const bundle = await mint.client.getTrustBundle({ params: { trustDomainId: 'example.org' } })
    const read = parseBundle(example(), bundle.document)
    expect(read).toMatchObject({ ok: true })
    expect(bundleFromPem(example(), bundle.pem)).toMatchObject({ ok: true })
    expect(BigInt(bundle.sequence)).toBeGreaterThan(0n)
  })

  test('a name is looked up without its trust domain only while there is one', async () => {
    const { client } = mint
    await client.registerCluster({ body: { name: 'shop' } })
    expect(await client.getCluster({ params: { clusterId: 'shop' } })).toMatchObject({ name: 'shop' })
    await client.createTrustDomain({ body: { name: 'other.org' } })
    const problem = await expectProblem(client.getCluster({ params: { clusterId: 'shop' } }), 'request-refused')
    expect(problem.errors).toEqual([{ field: '/trustDomain', problem: 'is missing' }])
    expect(await client.getCluster({ params: { clusterId: 'shop' }, query: { trustDomain: 'example.org' } })).toMatchObject({ name: 'shop' })
    await expectProblem(client.getCluster({ params: { clusterId: 'shop' }, query: { trustDomain: 'other.org' } }), 'not-found')
  })

  test('clusters of a trust domain that another server serves are registered here', async () => {
    const { client } = mint
    await client.createTrustDomain({ body: { name: 'other.org' } })
    const made = await client.registerCluster({ body: { trustDomain: 'other.org', name: 'far' } })
    expect(made.connection).toEqual({ usesTls: true })
    expect((await client.listClusters({ query: { trustDomain: 'other.org' } })).items).toMatchObject([{ name: 'far' }])
    const set = client.setConfiguration({ params: { scope: 'cluster', scopeId: made.cluster.id }, body: { documents: documents('10m') } })
    expect(await set).toMatchObject({ stored: true })
  })
})

describe('realms and clusters', () => {
  test('a registered cluster is ready to be used: a key, an endpoint and what vouches for it', async () => {
    const { client } = mint
    await client.createRealm({ params: { trustDomainId: 'example.org' }, body: { name: 'edge' } })
    const made = await client.registerCluster({ body: { name: 'laptop', platform: 'linux', realm: 'edge' } })
    expect(made).toMatchObject({ cluster: { platform: 'linux', isEnabled: true }, version: { isActive: true }, removed: [] })
    expect(made.key).toMatchObject({ id: made.version.id, privateKeyPem: expect.stringContaining('BEGIN PRIVATE KEY') })
    expect(made.connection).toMatchObject({ endpoint: '127.0.0.1:7421', usesTls: true, rootsPem: expect.stringContaining('BEGIN CERTIFICATE') })
    await expectProblem(client.registerCluster({ body: { name: 'laptop' } }), 'name-taken')
    await expectProblem(client.registerCluster({ body: { name: 'desk', realm: 'nowhere' } }), 'not-found')
    await expectProblem(client.registerCluster({ body: { name: 'No/Slash' } }), 'request-invalid')
    expect((await client.listRealms({ params: { trustDomainId: 'example.org' } })).items).toMatchObject([{ name: 'edge' }])
  })

  test('only a disabled cluster can be deleted', async () => {
    const { client } = mint
    const { cluster: made } = await client.registerCluster({ body: { name: 'old' } })
    const params = { clusterId: 'old' }
    await expectProblem(client.deleteCluster({ params }), 'state-conflict')
    expect(await client.updateCluster({ params, body: { isEnabled: false } })).toMatchObject({ id: made.id, isEnabled: false })
    await client.deleteCluster({ params })
    await expectProblem(client.getCluster({ params: { clusterId: made.id } }), 'not-found')
  })

  test('the eleventh version removes the oldest and says so', async () => {
    const { client } = mint
    const first = await client.registerCluster({ body: { name: 'busy' } })
    const params = { clusterId: 'busy' }
    for (let version = 2; version <= 10; version += 1) expect((await client.createClusterVersion({ params })).removed).toEqual([])
    const eleventh = await client.createClusterVersion({ params })
    expect(eleventh.removed).toMatchObject([{ id: first.version.id }])
    expect((await client.listClusterVersions({ params })).items).toHaveLength(10)
    const versionParams = { clusterId: 'busy', versionId: eleventh.version.id }
    await expectProblem(client.deleteClusterVersion({ params: versionParams }), 'state-conflict')
    expect(await client.updateClusterVersion({ params: versionParams, body: { isActive: false } })).toMatchObject({ isActive: false })
    await client.deleteClusterVersion({ params: versionParams })
    await expectProblem(client.updateClusterVersion({ params: versionParams, body: { isActive: true } }), 'not-found')
  })
})

test('keysets are prepared, activated, tainted and removed; what their state forbids is a conflict', async () => {
  const { client } = mint
  const params = { trustDomainId: 'example.org' }
  const [first] = (await client.listKeysets({ params })).items
  if (first === undefined) throw new Error('There is no keyset')
  expect(first).toMatchObject({ state: 'ACTIVE', subjectKeyId: expect.stringMatching(/^[0-9a-f]{40}$/) })
  await expectProblem(client.taintKeyset({ params: { ...params, keysetId: first.id } }), 'state-conflict')
  const next = await client.prepareKeyset({ params })
  expect(next).toMatchObject({ state: 'PREPARED' })
  expect(await client.activateKeyset({ params: { ...params, keysetId: next.id } })).toMatchObject({ state: 'ACTIVE' })
  expect(await client.taintKeyset({ params: { ...params, keysetId: first.id } })).toMatchObject({ state: 'TAINTED' })
  await client.removeKeyset({ params: { ...params, keysetId: first.id } })
  expect((await client.listKeysets({ params })).items.map(({ id }) => id)).toEqual([next.id])
  await expectProblem(client.removeKeyset({ params: { ...params, keysetId: first.id } }), 'not-found')
  await expectProblem(client.removeKeyset({ params: { ...params, keysetId: 'ks_x' } }), 'not-found')
})

test('configuration is set, compared and kept; what is wrong is named by JSON pointers', async () => {
  const { client } = mint
  await client.registerCluster({ body: { name: 'shop' } })
  const params = { scope: 'cluster', scopeId: 'shop' } as const
  expect(await client.getConfiguration({ params })).toEqual({ version: 0, sections: [] })
  const dry = await client.setConfiguration({ params, body: { documents: documents('10m'), validateOnly: true } })
  expect(dry).toMatchObject({ stored: false, changes: [{ change: 'added', section: 'SVIDIssuancePolicy' }] })
  expect(await client.setConfiguration({ params, body: { documents: documents('10m'), expectedVersion: 0 } })).toMatchObject({ configuration: { version: 1 } })
  await expectProblem(client.setConfiguration({ params, body: { documents: documents('20m'), expectedVersion: 0 } }), 'version-conflict')
  expect(await client.setConfiguration({ params, body: { documents: documents('20m') } })).toMatchObject({
    configuration: { version: 2, actor: 'administrator' },
  })
  expect((await client.diffConfiguration({ params, query: { from: 1, to: 2 } })).changes).toMatchObject([{ change: 'changed', before: '10m', after: '20m' }])
  expect((await client.listConfigurationHistory({ params })).items.map(({ version }) => version)).toEqual([2, 1])
  const problem = await expectProblem(client.setConfiguration({ params, body: { documents: documents('soon') } }), 'configuration-invalid')
  expect(problem.errors?.[0]?.field).toMatch(/\/policy\/x509\/ttl$/)
  for (const scope of [
    { scope: 'org', scopeId: 'default' },
    { scope: 'trust-domain', scopeId: 'example.org' },
  ] as const)
    expect(await client.setConfiguration({ params: scope, body: { documents: documents('30m') } })).toMatchObject({ stored: true })
  await expectProblem(client.getConfiguration({ params: { scope: 'org', scopeId: 'another' } }), 'not-found')
  await expectProblem(client.getConfiguration({ params: { scope: 'trust-domain-deployment', scopeId: 'tdd-1' } }), 'not-found')
})

test('federation with a bundle by hand; a bundle that is none, or a link twice, is refused', async () => {
  const { client } = mint
  const { document } = await client.getTrustBundle({ params: { trustDomainId: 'example.org' } })
  const foreign = { foreignTrustDomain: 'partner.org' }
  await expectProblem(client.createFederationLink({ body: { ...foreign, bundle: '{"keys":3}' } }), 'bundle-invalid')
  const link = await client.createFederationLink({ body: { ...foreign, bundle: document } })
  expect(link).toMatchObject({ foreignTrustDomain: 'partner.org', hasBundle: true })
  await expectProblem(client.createFederationLink({ body: { ...foreign, bundle: document } }), 'name-taken')
  await expectProblem(client.createFederationLink({ body: { foreignTrustDomain: 'example.org', bundle: document } }), 'request-refused')
  const params = { linkId: link.id }
  await expectProblem(client.refreshFederationLink({ params }), 'state-conflict')
  expect(await client.setFederationBundle({ params, body: { bundle: document } })).toMatchObject({ hasBundle: true })
  expect((await client.listFederationLinks({})).items).toMatchObject([{ id: link.id }])
  await client.deleteFederationLink({ params })
  await expectProblem(client.getFederationLink({ params }), 'not-found')
})

test('SVIDs minted by hand are valid, and who asked for them is on record', async () => {
  const { client } = mint
  const params = { trustDomainId: 'example.org' }
  const bundle = parseBundle(example(), (await client.getTrustBundle({ params })).document)
  if (!bundle.ok) throw new Error(bundle.reason)
  const key = generateWorkloadKey()
  const csrPem = `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(writeCsr({ key })).toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
  const x509 = await client.mintX509Svid({ params, body: { path: '/ops/anna', csrPem, ttlSeconds: 600 } })
  expect(x509.spiffeId).toBe('spiffe://example.org/ops/anna')
  const certificates = pemToCertificates(x509.certificatePem)
  if (!certificates.ok) throw new Error(certificates.reason)
  expect(validateX509Svid(certificates.certificates, () => bundle.bundle, new Date())).toMatchObject({ ok: true, id: x509.spiffeId })
  const jwt = await client.mintJwtSvid({ params, body: { path: '/ops/anna', audience: ['billing'] } })
  expect(validateJwtSvid(jwt.token, { bundleOf: () => bundle.bundle, audience: 'billing', now: new Date() })).toMatchObject({ ok: true, id: jwt.spiffeId })
  await expectProblem(client.mintJwtSvid({ params, body: { path: '/a//b', audience: ['billing'] } }), 'request-refused')
  await expectProblem(client.mintX509Svid({ params, body: { path: '/a', csrPem: 'no' } }), 'request-refused')

  expect((await client.listWorkloads({})).items).toMatchObject([{ spiffeId: x509.spiffeId, issued: 2, isActive: true }])
  const issued = await client.listMintEvents({ query: { type: 'workload_credential_issued' } })
  expect(issued.items.map(({ details }) => details)).toMatchObject([
    { byHand: true, actor: 'administrator' },
    { byHand: true, actor: 'administrator' },
  ])
  const audit = await client.listMintEvents({ query: { type: 'audit_log' } })
  expect(audit.items.map(({ outcome, details }) => [outcome, details['method'], details['status']])).toEqual([
    ['failure', 'mintX509Svid', 422],
    ['failure', 'mintJwtSvid', 422],
    ['success', 'mintJwtSvid', 201],
    ['success', 'mintX509Svid', 201],
  ])
  expect(JSON.stringify(audit)).not.toContain(jwt.token)
  expect(mint.logged()).not.toContain(jwt.token)
})

test('page tokens of another list are refused', async () => {
  await expectProblem(mint.client.listTrustDomains({ query: { pageToken: 'nonsense' } }), 'page-token-invalid')
  await expectProblem(mint.client.listRealms({ params: { trustDomainId: 'example.org' }, query: { pageToken: 'nonsense' } }), 'page-token-invalid')
})

test('a control plane whose servers are other processes administers what lies in the database, and no keys', async () => {
  const plane = await openTestMint(await cluster.openFreshStore(), { serves: false })
  try {
    const { client } = plane
    const params = { trustDomainId: 'example.org' }
    expect(await client.getTrustDomain({ params })).toMatchObject({ isServedHere: false })
    expect(await client.registerCluster({ body: { name: 'shop' } })).toMatchObject({ connection: { usesTls: true } })
    const org = { scope: 'org', scopeId: 'default' } as const
    expect(await client.setConfiguration({ params: org, body: { documents: documents('10m') } })).toMatchObject({ stored: true })
    const named = { params: { scope: 'cluster', scopeId: 'shop' }, query: { trustDomain: 'example.org' } } as const
    expect(await client.setConfiguration({ ...named, body: { documents: documents('10m') } })).toMatchObject({ stored: true })
    expect((await client.listMintEvents({ query: { type: 'audit_log' } })).items).toHaveLength(3)
    expect((await client.listWorkloads({})).items).toEqual([])
    for (const call of [client.listKeysets, client.getTrustBundle, client.prepareKeyset] as const) await expectProblem(call({ params }), 'mint-unavailable')
  } finally {
    await plane.close()
  }
})

test('the sections that the documentation shows can be set as they stand', async () => {
  const folder = new URL('../../docs/mint/', import.meta.url)
  const pages = (await readdir(folder)).filter((name) => name.endsWith('.md'))
  const examples: string[] = []
  for (const page of pages) {
    const text = await readFile(new URL(page, folder), 'utf8')
    for (const [, block = ''] of text.matchAll(/```yaml\n(section:[^]*?)```/g)) examples.push(block)
  }
  expect(examples.length).toBeGreaterThan(3)
  for (const documents of examples) {
    const params = { scope: 'org', scopeId: 'default' } as const
    await expect(mint.client.setConfiguration({ params, body: { documents, validateOnly: true } }), documents).resolves.toMatchObject({ stored: false })
  }
})
