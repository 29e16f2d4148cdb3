import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { formatBundle } from '@mintmark/spiffe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AdministrationError } from '../failure.ts'
import { createServerIdentity } from '../listener/identity.ts'
import { openTestDomain, type TestDomain } from '../server-testing.ts'

/** An endpoint of https_web whose certificate a root of the test's own has signed. */
interface Endpoint {
  readonly url: string
  /** What it answers from now on. */
  answer: { status?: number; headers?: Record<string, string>; body?: string | Buffer; isSilent?: boolean }
  readonly asked: string[]
  close(): void
}

let foreign: TestDomain
let domain: TestDomain
let endpoint: Endpoint
const FOREIGN = 'foreign.example'

beforeEach(async () => {
  foreign = await openTestDomain({ publicUrl: 'https://foreign.example' }, {}, FOREIGN)
  const { identity, rootPem } = await selfMadeServer(foreign)
  endpoint = await startEndpoint(identity)
  domain = await openTestDomain({ outboundAllowed: ['127.0.0.1'], outboundRoots: rootPem })
})

afterEach(async () => {
  endpoint.close()
  await domain.close()
  await foreign.close()
})

/** A web server certificate of the foreign domain's own authority: any authority does, its roots are given to the poller as web roots. */
async function selfMadeServer(of: TestDomain) {
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const identity = await createServerIdentity({ authority: of.authority, dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], now: () => of.now() }, silent)
  identity.close()
  return { identity: identity.current(), rootPem: of.server.administration.bundle().pem }
}

async function startEndpoint(identity: { readonly key: string; readonly cert: string }): Promise<Endpoint> {
  const asked: string[] = []
  const state: Endpoint = { url: '', answer: {}, asked, close: () => undefined }
  const server: Server = createServer(identity, (request, response) => {
    asked.push(request.url ?? '')
    const { status = 200, headers = {}, body = '', isSilent = false } = state.answer
    if (isSilent) return
    response.writeHead(status, headers)
    response.end(body)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo
  return Object.assign(state, {
    url: `https://127.0.0.1:${port}/bundle`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  })
}

const web = () => ({ foreignTrustDomain: FOREIGN, endpoint: { url: endpoint.url, profile: 'https_web' as const } })
const bundleText = () => formatBundle(foreign.authority.current().bundle)
const handedOut = () => domain.server.trust.current().documents.map(({ trustDomain }) => trustDomain)
const pollNow = (id: string) => domain.server.administration.federation.refresh(id)

describe('https_web', () => {
  test('rules 20, 22: a link is polled at once, its bundle is handed out beside the own one and never merged', async () => {
    endpoint.answer = { body: bundleText() }
    const link = await domain.server.administration.federation.create(web())
    expect(link).toMatchObject({ foreignTrustDomain: FOREIGN, bundleDocument: bundleText() })
    expect(link.lastError).toBeUndefined()
    expect(handedOut()).toEqual(['example.org', FOREIGN])
    expect(domain.server.trust.current().own.x509Authorities).toEqual(domain.authority.current().bundle.x509Authorities)
    await domain.server.administration.federation.delete(link.id)
    expect(handedOut()).toEqual(['example.org'])
  })

  test('rule 23: the next poll is due after the bundle’s own hint, spread by jitter', async () => {
    endpoint.answer = { body: bundleText() }
    const link = await domain.server.administration.federation.create(web())
    const hint = foreign.authority.current().bundle.refreshHintSeconds ?? 0
    const seconds = (Date.parse(link.nextPollAt ?? '') - domain.now().getTime()) / 1000
    expect(seconds).toBeGreaterThan(hint * 0.85)
    expect(seconds).toBeLessThan(hint * 1.15)
  })

  test.each<[string, () => Endpoint['answer'], RegExp]>([
    ['an error', () => ({ status: 500 }), /status 500/],
    ['no JSON', () => ({ body: '<html>' }), /no bundle/],
    ['no keys', () => ({ body: '{}' }), /no bundle/],
    ['a name twice', () => ({ body: '{"keys":[],"keys":[]}' }), /no bundle/],
    ['no UTF-8', () => ({ body: Buffer.from([0xff, 0xfe]) }), /not UTF-8/],
    ['too much', () => ({ body: Buffer.alloc(3 * 1024 * 1024, 'x') }), /larger than/],
    ['a redirect to itself for ever', () => ({ status: 307, headers: { location: '/bundle' } }), /redirects more than 3 times/],
    ['a redirect to plain HTTP', () => ({ status: 307, headers: { location: 'http://127.0.0.1/bundle' } }), /not https/],
    ['a redirect into the network', () => ({ status: 307, headers: { location: 'https://169.254.169.254/latest' } }), /inside the network/],
    ['a redirect to nowhere', () => ({ status: 307, headers: { location: 'https://' } }), /no URL/],
  ])('rule 21: an endpoint that answers %s changes nothing; the last bundle stays in use and the reason is shown', async (_, answer, words) => {
    endpoint.answer = { body: bundleText() }
    const link = await domain.server.administration.federation.create(web())
    endpoint.answer = answer()
    const polled = await pollNow(link.id)
    expect(polled.lastError).toMatch(words)
    expect(polled.bundleDocument).toBe(bundleText())
    expect(Date.parse(polled.nextPollAt ?? '')).toBeGreaterThan(domain.now().getTime() + 10_000)
    expect(handedOut()).toEqual(['example.org', FOREIGN])
    await domain.server.events.flush()
    expect(domain.stores.written.filter(({ type, outcome }) => type === 'federation_link_polled' && outcome === 'failure')).toHaveLength(1)
  })

  test('rule 21: a failed poll is not repeated before its interval', async () => {
    endpoint.answer = { status: 500 }
    await domain.server.administration.federation.create(web())
    const before = endpoint.asked.length
    await domain.server.pollFederation()
    await domain.server.pollFederation()
    expect(endpoint.asked).toHaveLength(before)
    domain.advance(400)
    await domain.server.pollFederation()
    expect(endpoint.asked).toHaveLength(before + 1)
  })

  test('rule 16: a sequence never goes back, so that no revoked key returns; an empty bundle is believed', async () => {
    const old = bundleText()
    await foreign.authority.prepare()
    endpoint.answer = { body: bundleText() }
    const link = await domain.server.administration.federation.create(web())
    endpoint.answer = { body: old }
    expect((await pollNow(link.id)).lastError).toMatch(/went back/)
    endpoint.answer = { body: '{"keys":[],"spiffe_sequence":99}' }
    expect((await pollNow(link.id)).lastError).toBeUndefined()
    expect(domain.server.trust.current().federated[0]?.x509Authorities).toEqual([])
  })

  test('rule 20: redirects are followed and never stored', async () => {
    endpoint.answer = { status: 307, headers: { location: '/elsewhere' } }
    const following = domain.server.administration.federation.create(web())
    while (!endpoint.asked.includes('/elsewhere')) await new Promise((resolve) => setImmediate(resolve))
    const link = await following
    expect(link.endpoint?.url).toBe(endpoint.url)
  })

  test('a certificate that no known authority has signed is refused', async () => {
    const stranger = await openTestDomain({ outboundAllowed: ['127.0.0.1'] })
    endpoint.answer = { body: bundleText() }
    const link = await stranger.server.administration.federation.create(web())
    expect(link.lastError).toMatch(/cannot be reached/)
    await stranger.close()
  })
})

describe('https_spiffe', () => {
  const spiffe = (port: number, id = `spiffe://${FOREIGN}/spirl/server`, bundle = bundleText()) => ({
    foreignTrustDomain: FOREIGN,
    endpoint: { url: `https://127.0.0.1:${port}/bundle`, profile: 'https_spiffe' as const, endpointSpiffeId: id },
    bundle,
  })
  const listen = () => foreign.server.listenPublic({ host: '127.0.0.1', port: 0, tls: { from: 'own', dnsNames: [], ipAddresses: [] } })

  test('rule 21: the endpoint shows an X.509-SVID; the bootstrap bundle vouches for it, afterwards the latest one, through a rotation', async () => {
    const { port } = await listen()
    const link = await domain.server.administration.federation.create(spiffe(port))
    expect(link.lastError).toBeUndefined()
    await foreign.authority.prepare()
    expect((await pollNow(link.id)).bundleDocument).toBe(bundleText())
    await foreign.authority.activate()
    const rotated = await pollNow(link.id)
    expect([rotated.lastError, rotated.bundleDocument]).toEqual([undefined, bundleText()])
  })

  test('rule 21: another SPIFFE ID, and a certificate of another trust domain, are refused', async () => {
    const { port } = await listen()
    const other = await domain.server.administration.federation.create(spiffe(port, `spiffe://${FOREIGN}/other`))
    expect(other.lastError).toMatch(/is spiffe:\/\/foreign\.example\/spirl\/server, not/)
    await domain.server.administration.federation.delete(other.id)
    const impostor = await openTestDomain({}, {}, FOREIGN)
    const wrong = await domain.server.administration.federation.create(spiffe(port, undefined, formatBundle(impostor.authority.current().bundle)))
    expect(wrong.lastError).toMatch(/certificate is refused/)
    await impostor.close()
  })
})

describe('links', () => {
  test.each<[string, object, string]>([
    ['the own trust domain', { foreignTrustDomain: 'example.org', bundle: '{"keys":[]}' }, '/foreignTrustDomain'],
    ['no trust domain', { foreignTrustDomain: 'Foreign', bundle: '{"keys":[]}' }, '/foreignTrustDomain'],
    ['neither endpoint nor bundle', { foreignTrustDomain: FOREIGN }, ''],
    ['plain HTTP', { foreignTrustDomain: FOREIGN, endpoint: { profile: 'https_web', url: 'http://x.example' } }, '/endpoint/url'],
    ['a user in the URL', { foreignTrustDomain: FOREIGN, endpoint: { profile: 'https_web', url: 'https://u:p@x.example' } }, '/endpoint/url'],
    [
      'https_spiffe without a bundle',
      { foreignTrustDomain: FOREIGN, endpoint: { profile: 'https_spiffe', url: 'https://x.example', endpointSpiffeId: `spiffe://${FOREIGN}/x` } },
      '/bundle',
    ],
    ['no bundle by hand', { foreignTrustDomain: FOREIGN, bundle: '{}' }, '/bundle'],
  ])('rule 20, 22: %s is refused with its place', async (_, link, pointer) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- wrong on purpose
    const creating = domain.server.administration.federation.create(link as Parameters<typeof domain.server.administration.federation.create>[0])
    await expect(creating).rejects.toBeInstanceOf(AdministrationError)
    await expect(creating).rejects.toMatchObject({ label: 'invalid', problems: [{ pointer }] })
  })

  test('a bundle by hand is handed out, replaced and never polled', async () => {
    const { federation } = domain.server.administration
    const link = await federation.create({ foreignTrustDomain: FOREIGN, bundle: bundleText() })
    expect(handedOut()).toEqual(['example.org', FOREIGN])
    await expect(federation.refresh(link.id)).rejects.toMatchObject({ label: 'invalid' })
    await federation.setBundle(link.id, '{"keys":[]}')
    expect(domain.server.trust.current().federated[0]?.x509Authorities).toEqual([])
  })
})
