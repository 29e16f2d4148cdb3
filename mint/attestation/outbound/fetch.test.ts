import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { exampleTrustDomain } from '@mintmark/spiffe/testing'
import { certificatesToPem } from '@mintmark/spiffe'
import { afterEach, describe, expect, test } from 'vitest'
import { createAddressGuard } from './addresses.ts'
import { createOutboundFetch, OutboundError, type OutboundTls } from './fetch.ts'

const domain = exampleTrustDomain('example.org', { now: new Date() })
const ca = certificatesToPem([domain.root])
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server on loopback with a certificate for it. */
async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<URL> {
  const svid = domain.issue('/server', { ipAddresses: ['127.0.0.1'], dnsNames: ['localhost'] })
  const key = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(svid.privateKey).toString('base64')}\n-----END PRIVATE KEY-----\n`
  const server = createServer({ cert: certificatesToPem(svid.certificates), key }, handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  return new URL(`https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/keys`)
}

const LIMITS = { bytesMax: 1000, msMax: 20_000 }
const allowing = (...allowed: string[]) => createOutboundFetch(createAddressGuard(allowed))
const outcome = async (url: URL, fetch = allowing('127.0.0.1'), tls: OutboundTls = { ca }, limits = LIMITS): Promise<string> => {
  try {
    const { status, body } = await fetch(url, limits, tls)
    return `${status} ${body.toString()}`
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    return error.message
  }
}

describe('a URL out of configuration', () => {
  test('is fetched when it is allowed', async () => {
    expect(await outcome(await serve((_request, response) => response.end('keys')))).toBe('200 keys')
  })

  test('is not fetched inside the network, whatever it is called', async () => {
    let connections = 0
    const url = await serve((_request, response) => response.end(String((connections += 1))))
    for (const host of ['127.0.0.1', 'localhost', '127.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '169.254.169.254', '10.0.0.1']) {
      const target = new URL(url)
      target.host = `${host}:${url.port}`
      expect(await outcome(target, allowing(), { ca })).toMatch(/lies inside the network/)
    }
    expect(connections).toBe(0)
  })

  test('is written to with a credential, which no redirect takes elsewhere', async () => {
    const seen: unknown[] = []
    const url = await serve((incoming, response) => {
      const { method, headers } = incoming
      incoming.once('data', (body: Buffer) => {
        seen.push([method, headers.authorization, headers['content-type'], body.toString()])
        response.writeHead(307, { location: '/elsewhere' }).end()
      })
    })
    const { status } = await allowing('127.0.0.1')(url, LIMITS, { ca }, { json: '{"a":1}', bearer: 'our.token' })
    expect([status, seen]).toEqual([307, [['POST', 'Bearer our.token', 'application/json', '{"a":1}']]])
  })

  test('may lie inside when its name is allowed, or its address', async () => {
    const url = await serve((_request, response) => response.end('keys'))
    const named = new URL(`https://localhost:${url.port}/keys`)
    expect(await outcome(named, allowing('localhost'))).toBe('200 keys')
    expect(await outcome(named, allowing('127.0.0.0/8', '::1'))).toBe('200 keys')
    expect(await outcome(named, allowing('10.0.0.0/8'))).toMatch(/lies inside the network/)
  })

  test.each(['http://127.0.0.1/keys', 'file:///etc/passwd', 'ftp://127.0.0.1/keys', 'https://user:word@127.0.0.1/keys'])('%s is refused', async (url) => {
    expect(await outcome(new URL(url))).toMatch(/is not https|holds a user name/)
  })

  test('a redirect is told and followed by nobody', async () => {
    let asked = 0
    const url = await serve((_request, response) => {
      asked += 1
      response.writeHead(302, { location: 'https://169.254.169.254/latest/meta-data' }).end()
    })
    const answer = await allowing('127.0.0.1')(url, LIMITS, { ca })
    expect([answer.status, answer.location, asked]).toEqual([302, 'https://169.254.169.254/latest/meta-data', 1])
  })
})

describe('a server that means harm', () => {
  test('cannot send more than the bound, with a length or without', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/keys') response.setHeader('content-length', 10_000_000)
      response.on('error', () => undefined)
      const fill = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        response.once('drain', fill)
      }
      fill()
    })
    expect(await outcome(url)).toMatch(/is larger than 1000 bytes/)
    expect(await outcome(new URL('/other', url))).toMatch(/is larger than 1000 bytes/)
  })

  test.each<[string, (response: ServerResponse) => void]>([
    ['before it answers', () => undefined],
    ['inside its answer', (response) => void response.writeHead(200).write('{"keys":')],
  ])('that stalls %s is left', async (_what, handler) => {
    const url = await serve((_request, response) => handler(response))
    expect(await outcome(url, undefined, { ca }, { bytesMax: 1000, msMax: 300 })).toMatch(/did not answer within 300 ms/)
  })

  test('that hangs up inside its answer has answered nothing', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"keys":', () => response.destroy())
    })
    expect(await outcome(url)).toMatch(/cannot be reached|closed the connection/)
  })

  test('whose certificate nobody vouches for is not listened to', async () => {
    const url = await serve((_request, response) => response.end('keys'))
    expect(await outcome(url, undefined, {})).toMatch(/cannot be reached \([A-Z_]+\)/)
  })

  test('is not listened to when its certificate is looked at and refused', async () => {
    let answered = 0
    const url = await serve((_request, response) => response.end(String((answered += 1))))
    const seen: number[] = []
    const verify = (certificates: readonly Uint8Array[]): void => {
      seen.push(certificates.length)
      throw new OutboundError('the endpoint is somebody else')
    }
    expect(await outcome(url, undefined, { rejectUnauthorized: false, verify })).toBe('the endpoint is somebody else')
    expect([seen, answered]).toEqual([[2], 0])
  })

  test('sends headers without end in vain', async () => {
    const url = await serve((_request, response) => response.writeHead(200, { 'x-padding': 'x'.repeat(60_000) }).end('keys'))
    expect(await outcome(url)).toMatch(/cannot be reached/)
  })
})

test.each(['10.0.0.0/33', '10.0.0.0/-1', 'fd00::/129', '10.0.0.0/x', 'a b', 'exa mple/8', ''])(
  '"%s" allows nothing: it is refused when the server starts',
  (entry) => {
    expect(() => createAddressGuard([entry])).toThrow(RangeError)
  },
)

test.each([
  ['8.8.8.8', true],
  ['2606:4700::1111', true],
  ['100.64.0.1', false],
  ['192.168.1.1', false],
  ['172.16.0.1', false],
  ['172.32.0.1', true],
  ['fd12::1', false],
  ['fe80::1', false],
  ['::ffff:8.8.8.8', false],
  ['64:ff9b::a9fe:a9fe', false],
  ['2002:7f00:1::', false],
  ['255.255.255.255', false],
  ['no address', false],
])('address %s is outside: %s', (address, outside) => {
  expect(createAddressGuard([]).allowsAddress(address)).toBe(outside)
})
