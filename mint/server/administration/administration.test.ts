import { createPrivateKey, createPublicKey } from 'node:crypto'
import { generateWorkloadKey, validateJwtSvid, validateX509Svid, writeCsr } from '@mintmark/spiffe'
import { idOf } from '@mintmark/spiffe/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AdministrationError } from '../failure.ts'
import { attestRequest, connectAgent, openTestDomain, type TestDomain } from '../server-testing.ts'

const ACTOR = 'ada@example.org'
let domain: TestDomain

beforeEach(async () => {
  domain = await openTestDomain({ publicUrl: 'https://td.example.org' })
})

afterEach(() => domain.close())

const administration = () => domain.server.administration
const clusters = () => administration().clusters
const register = (name = 'prod-1') => clusters().register({ name, platform: 'k8s' })

/** How a verb is refused: label, and places. Every refusal says what to do next. */
async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof AdministrationError)) throw error
    expect(error.message).toMatch(/\.$/)
    expect(error.remedy).not.toBe('')
    return [error.label, ...error.problems.map(({ pointer }) => pointer)].join(' ')
  }
  return 'not refused'
}

describe('clusters', () => {
  test('are registered with a key that is shown once and stored in its public half only', async () => {
    const { cluster, version, privateKeyPem } = await register()
    const publicPem = createPublicKey(createPrivateKey(privateKeyPem)).export({ type: 'spki', format: 'pem' })
    expect(version).toMatchObject({ clusterId: cluster.id, publicKeyPem: publicPem, active: true })
    expect(JSON.stringify([await clusters().get('prod-1'), await clusters().listVersions('prod-1'), domain.lines])).not.toContain('PRIVATE')
  })

  test.each([[''], ['a/b'], ['..'], ['.a'], ['a.'], ['-'], ['a b'], ['\u{e4}'], ['{{cluster.id}}'], ['a'.repeat(64)], ['a\nb'], ['a%2Fb']])(
    'are not called %j: a name becomes part of SPIFFE IDs',
    async (name) => {
      expect(await refusal(() => register(name))).toBe('invalid /name')
      expect(await refusal(() => clusters().createRealm(name))).toBe('invalid /name')
    },
  )

  test('that are enabled are not deleted, nor versions that are active', async () => {
    const { version } = await register()
    expect(await refusal(() => clusters().delete('prod-1'))).toBe('invalid')
    expect(await refusal(() => clusters().deleteVersion('prod-1', version.id))).toBe('invalid')
    await clusters().setVersionActive('prod-1', version.id, false)
    await clusters().deleteVersion('prod-1', version.id)
    await clusters().setEnabled('prod-1', false)
    await clusters().delete('prod-1')
    expect(await refusal(() => clusters().get('prod-1'))).toBe('not-found')
  })

  test('have ten versions: the eleventh removes the oldest, and says so', async () => {
    const { version: oldest } = await register()
    for (let more = 0; more < 9; more += 1) expect((await clusters().addVersion('prod-1')).removed).toEqual([])
    const { removed } = await clusters().addVersion('prod-1')
    expect(removed.map(({ id }) => id)).toEqual([oldest.id])
    expect(await clusters().listVersions('prod-1')).toHaveLength(10)
    expect(domain.lines.filter((line) => line.includes(oldest.id))).toEqual([expect.stringMatching(/^The oldest cluster version was removed/)])
  })

  test('do not have the versions of another one', async () => {
    const { version } = await register()
    await register('prod-2')
    expect(await refusal(() => clusters().setVersionActive('prod-2', version.id, false))).toBe('not-found')
    expect(await refusal(() => clusters().deleteVersion('prod-2', version.id))).toBe('not-found')
    expect(await refusal(() => clusters().addVersion('prod-9'))).toBe('not-found')
    expect(await refusal(() => clusters().register({ name: 'prod-3', platform: 'k8s', realm: 'none' }))).toBe('not-found')
  })

  test('show their agents ACTIVE for five minutes after they were seen, INACTIVE then', async () => {
    const { cluster, version, privateKeyPem } = await register()
    const { address } = await domain.server.listen({ host: '127.0.0.1', port: 0, tls: { from: 'none' } })
    const agent = connectAgent(address.port)
    await agent.call('attest', attestRequest({ row: cluster, versionId: version.id, privateKeyPem }, domain.now()))
    const states = async () => (await clusters().listAgents('prod-1', { size: 10 })).items.map(({ state, nodeName }) => `${nodeName} ${state}`)
    expect(await states()).toEqual(['node-1 ACTIVE'])
    domain.advance(299)
    expect(await states()).toEqual(['node-1 ACTIVE'])
    domain.advance(10)
    expect(await states()).toEqual(['node-1 INACTIVE'])
    agent.close()
  })
})

describe('keysets', () => {
  test('are changed by five verbs, each on record with who it was, and none shows a private key', async () => {
    const { keysets } = administration()
    const [active] = await keysets.list()
    const prepared = await keysets.prepare(ACTOR)
    await keysets.activate(ACTOR, prepared.id)
    await keysets.taint(ACTOR, active?.id ?? '')
    await keysets.remove(ACTOR, active?.id ?? '')
    expect((await keysets.list()).map(({ id, state }) => [id, state])).toEqual([[prepared.id, 'ACTIVE']])
    await domain.server.events.flush()
    expect(domain.stores.written.map(({ details, outcome }) => `${String(details['action'])} ${outcome} ${String(details['actor'])}`)).toEqual(
      ['prepare', 'activate', 'taint', 'remove'].map((action) => `${action} success ${ACTOR}`),
    )
    expect(JSON.stringify([domain.stores.written, await keysets.list()])).not.toMatch(/private|"d":/i)
  })

  test.each<[string, (active: string) => Promise<unknown>, string]>([
    ['taint the active one', (active) => administration().keysets.taint(ACTOR, active), 'invalid'],
    ['remove the active one', (active) => administration().keysets.remove(ACTOR, active), 'invalid'],
    ['activate none that waits', () => administration().keysets.activate(ACTOR), 'invalid'],
    ['activate what is no id', () => administration().keysets.activate(ACTOR, '../keys'), 'invalid'],
  ])('do not %s, and the refusal is on record', async (_what, verb, label) => {
    const [active] = await administration().keysets.list()
    expect(await refusal(() => verb(active?.id ?? ''))).toMatch(new RegExp(`^(?:${label}|not-found)$`))
    await domain.server.events.flush()
    expect(domain.stores.written).toMatchObject([{ type: 'keyset_changed', outcome: 'failure', error: expect.any(String) }])
  })
})

describe('SVIDs by hand', () => {
  const key = generateWorkloadKey()
  const mintX509 = (change: object = {}) => administration().issuance.mintX509({ path: '/ops/probe', csr: writeCsr({ key }), actor: ACTOR, ...change })
  const mintJwt = (change: object = {}) => administration().issuance.mintJwt({ path: '/ops/probe', audience: ['shop'], actor: ACTOR, ...change })
  const bundleOf = () => domain.authority.current().bundle

  test('verify, and are on record with who asked', async () => {
    const { certificates, id } = await mintX509({ path: 'spiffe://example.org/ops/probe' })
    expect(validateX509Svid(certificates, bundleOf, domain.now())).toMatchObject({ ok: true, id })
    const { token } = await mintJwt()
    expect(validateJwtSvid(token, { bundleOf, audience: 'shop', now: domain.now() })).toMatchObject({ ok: true, id, claims: { iss: 'https://td.example.org' } })
    await domain.server.events.flush()
    expect(domain.stores.written.map(({ svidType, details }) => [svidType, details['byHand'], details['actor']])).toEqual([
      ['x509', true, ACTOR],
      ['jwt', true, ACTOR],
    ])
    expect(JSON.stringify(domain.stores.written)).not.toContain(token.split('.')[2])
  })

  test.each<[string, object, string]>([
    ['a path with a dot segment', { path: '/a/../b' }, 'invalid /path'],
    ['no path', { path: '' }, 'invalid /path'],
    ['the trust domain itself', { path: 'spiffe://example.org' }, 'invalid /path'],
    ['another trust domain', { path: 'spiffe://other.example/ops' }, 'invalid /path'],
    ['the server itself', { path: '/spirl/server' }, 'invalid /path'],
    ['the server itself by its whole id', { path: 'spiffe://example.org/spirl/server' }, 'invalid /path'],
    ['a time of nine seconds', { ttlSeconds: 9 }, 'invalid /ttlSeconds'],
    ['a time of a year', { ttlSeconds: 31_536_000 }, 'invalid /ttlSeconds'],
    ['half a second more', { ttlSeconds: 60.5 }, 'invalid /ttlSeconds'],
  ])('are not issued for %s', async (_what, change, label) => {
    expect(await refusal(() => mintX509(change))).toBe(label)
    expect(await refusal(() => mintJwt(change))).toBe(label)
  })

  test.each<[string, Uint8Array]>([
    ['bytes', Buffer.from('hello')],
    ['somebody else’s name', writeCsr({ id: idOf('spiffe://example.org/somebody/else'), key })],
  ])('are not issued for a request of %s', async (_what, csr) => {
    expect(await refusal(() => mintX509({ csr }))).toBe('invalid /csr')
  })

  test.each<[string, readonly string[]]>([
    ['no audience', []],
    ['an empty audience', ['shop', '']],
    ['the audience of sessions', ['urn:mintmark:agent-session']],
    ['seventeen audiences', Array.from({ length: 17 }, (_none, index) => `a${index}`)],
    ['an audience of two thousand characters', ['x'.repeat(2000)]],
  ])('are not issued for %s', async (_what, audience) => {
    expect(await refusal(() => mintJwt({ audience }))).toBe('invalid /audience')
  })

  test('end with the keys that sign them', async () => {
    const { issuerNotAfter } = domain.authority.current()
    domain.advance((issuerNotAfter.getTime() - domain.now().getTime()) / 1000 - 600)
    expect((await mintX509({ ttlSeconds: 86_400 })).notAfter).toEqual(issuerNotAfter)
    domain.advance(601)
    expect([await refusal(() => mintX509()), await refusal(() => mintJwt())]).toEqual(['unavailable', 'unavailable'])
  })
})
