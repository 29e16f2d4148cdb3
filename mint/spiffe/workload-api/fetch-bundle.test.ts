import { X509Certificate } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { certificatesToPem, formatBundle } from '@mintmark/spiffe'
import { exampleTrustDomain, idOf } from '@mintmark/spiffe/testing'
import { checkEndpointUrl, fetchBundle, type BundleFetch } from './fetch-bundle.ts'

const now = new Date()
const domain = exampleTrustDomain('example.org', { now })
const document = formatBundle(domain.bundle)

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

type Handler = (request: IncomingMessage, response: ServerResponse) => void
const send: Handler = (_request, response) => response.end(document)

/** An endpoint on loopback; its certificate is an SVID of the domain that also carries the address, so that it serves both profiles. */
async function endpoint(handler: Handler, path = '/endpoint', from = domain): Promise<string> {
  const svid = from.issue(path, { ipAddresses: ['127.0.0.1'] })
  const key = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(svid.privateKey).toString('base64')}\n-----END PRIVATE KEY-----\n`
  const server = createServer({ cert: certificatesToPem(svid.certificates), key }, handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const web = (url: string): BundleFetch => ({
  trustDomain: domain.trustDomain,
  endpoint: { url, profile: 'https_web', certificateAuthorities: [certificatesToPem([domain.root])] },
})
const spiffe = (url: string): BundleFetch => ({
  trustDomain: domain.trustDomain,
  endpoint: { url, profile: 'https_spiffe', endpointSpiffeId: idOf('spiffe://example.org/endpoint'), endpointBundle: domain.bundle },
})
const outcome = async (fetch: BundleFetch): Promise<string> => {
  const fetched = await fetchBundle(fetch)
  return fetched.ok ? 'fetched' : fetched.reason
}

describe.each([
  ['https_web', web],
  ['https_spiffe', spiffe],
] as const)('a bundle endpoint of profile %s', (_profile, of) => {
  test('rule 20: gives the bundle and its document', async () => {
    const fetched = await fetchBundle(of(await endpoint(send)))
    expect(fetched.ok && fetched.document).toBe(document)
    expect(fetched.ok && fetched.bundle).toMatchObject({ trustDomain: 'example.org', sequence: 1n, refreshHintSeconds: 300 })
    expect(fetched.ok && new X509Certificate(fetched.bundle.x509Authorities[0] ?? '').ca).toBe(true)
  })

  test('rule 20: a redirect is followed with validation afresh', async () => {
    const target = await endpoint(send)
    expect(await outcome(of(await endpoint((_request, response) => response.writeHead(307, { location: target }).end())))).toBe('fetched')
    const foreign = await endpoint(send, '/endpoint', exampleTrustDomain('other.org', { now }))
    expect(await outcome(of(await endpoint((_request, response) => response.writeHead(307, { location: foreign }).end())))).toContain('cannot be reached')
  })

  test.each(['http://127.0.0.1:1/', 'file:///etc/passwd', 'https://u:p@127.0.0.1/'])('rule 20: a redirect to %s is refused', async (location) => {
    expect(await outcome(of(await endpoint((_request, response) => response.writeHead(302, { location }).end())))).toContain('URL of the bundle endpoint')
  })

  test('rule 20: a redirect to where the caller will not go is refused', async () => {
    const url = await endpoint((_request, response) => response.writeHead(302, { location: 'https://169.254.169.254/' }).end())
    const checkUrl = ({ hostname }: URL): string | undefined => (hostname === '169.254.169.254' ? 'that address is not for bundles' : undefined)
    expect(await outcome({ ...of(url), checkUrl })).toBe('that address is not for bundles')
  })

  test.each<[string, Handler, string]>([
    ['loops', (_request, response) => response.writeHead(302, { location: '/' }).end(), 'more than 5 times'],
    ['redirects to nowhere', (_request, response) => response.writeHead(302).end(), 'to nowhere'],
    ['lies', (_request, response) => response.end('{"keys":7}'), 'no keys'],
    ['sends what is not text', (_request, response) => response.end(Buffer.of(0xff, 0xfe)), 'not UTF-8'],
    ['fails', (_request, response) => response.writeHead(500).end(document), 'status 500'],
    ['sends without end', (_request, response) => response.end(' '.repeat(200_000)), 'more than 100000 bytes'],
    ['hangs up', (request) => request.socket.destroy(), 'cannot be reached'],
  ])('one that %s is refused', async (_what, handler, reason) => {
    expect(await outcome({ ...of(await endpoint(handler)), bytesMax: 100_000 })).toContain(reason)
  })

  test('one that stalls is given up', async () => {
    expect(await outcome({ ...of(await endpoint(() => undefined)), timeoutMs: 50 })).toContain('did not answer in time')
    expect(await outcome({ ...of(await endpoint((_request, response) => void response.write('{'))), timeoutMs: 50 })).toContain('did not answer in time')
  })
})

describe('the profiles differ', () => {
  test('rule 20: https_web wants a certificate of the Web PKI', async () => {
    const url = await endpoint(send)
    expect(await outcome({ trustDomain: domain.trustDomain, endpoint: { url, profile: 'https_web' } })).toContain('cannot be reached')
  })

  test('rule 21: https_spiffe wants the endpoint of that SPIFFE ID, whatever the host, also behind a redirect', async () => {
    const impostor = await endpoint(send, '/web')
    expect(await outcome(spiffe(impostor))).toContain('is not the expected peer')
    expect(await outcome(spiffe(await endpoint((_request, response) => response.writeHead(307, { location: impostor }).end())))).toContain(
      'is not the expected peer',
    )
  })

  test('rule 20: the URL is https and holds no user', () => {
    expect(checkEndpointUrl('https://example.org/bundle').ok).toBe(true)
    for (const url of ['http://example.org', 'https://u@example.org', 'https://:p@example.org', 'nonsense', '', 'https://'])
      expect(checkEndpointUrl(url).ok).toBe(false)
  })
})
