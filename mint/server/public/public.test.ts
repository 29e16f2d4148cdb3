import { connect } from 'node:net'
import { parseBundle } from '@mintmark/spiffe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openTestDomain, type TestDomain } from '../server-testing.ts'

const PUBLIC_URL = 'https://td.example.org/acme/prod'

let domain: TestDomain
let port: number

beforeEach(async () => {
  domain = await openTestDomain({ publicUrl: PUBLIC_URL, publicHosts: ['bundles.example.org'] })
  port = (await domain.server.listenPublic({ host: '127.0.0.1', port: 0, tls: { from: 'none' } })).port
})

afterEach(() => domain.close())

const ask = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}/acme/prod${path}`, init)

/** Sends bytes as they are. @returns all that comes back until the server closes */
function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8')
    socket.on('data', (part: string) => (answer += part))
    socket.once('error', reject)
    socket.once('close', () => resolve(answer))
    socket.end(text)
  })
}

describe('public endpoints', () => {
  test('rule 20: the bundle is UTF-8 JSON of the own trust domain alone, for whoever asks, without a client certificate', async () => {
    const answer = await ask('/bundle')
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(parseBundle(domain.name, await answer.text())).toMatchObject({ ok: true, bundle: { sequence: domain.authority.current().revision } })
  })

  test('rules 41, 43: discovery names an issuer that is the public URL byte for byte, and keys that nobody may keep', async () => {
    const answer = await ask('/.well-known/openid-configuration')
    expect(await answer.json()).toMatchObject({ issuer: PUBLIC_URL, jwks_uri: `${PUBLIC_URL}/jwks`, id_token_signing_alg_values_supported: ['ES256', 'RS256'] })
    for (const path of ['/jwks', '/keys']) {
      const keys = await ask(path)
      expect([keys.headers.get('access-control-allow-origin'), keys.headers.get('cache-control')]).toEqual(['*', 'no-store'])
      expect(await keys.json()).toMatchObject({ keys: [{ use: 'sig' }, { use: 'sig' }] })
    }
  })

  test.each([
    ['GET', '/acme/prod/nothing', 404],
    ['GET', '/acme/prod', 404],
    ['GET', '/acme/prodigal/bundle', 404],
    ['GET', '/bundle', 404],
    ['POST', '/acme/prod/bundle', 405],
    ['DELETE', '/acme/prod/jwks', 405],
    ['OPTIONS', '/acme/prod/bundle', 204],
  ])('%s %s is answered with %i', async (method, path, status) => {
    expect((await fetch(`http://127.0.0.1:${port}${path}`, { method })).status).toBe(status)
  })

  test.each([
    ['td.example.org', 200],
    ['td.example.org:8443', 200],
    ['TD.EXAMPLE.ORG', 200],
    ['bundles.example.org', 200],
    ['evil.example.com', 421],
    ['td.example.org.evil.example.com', 421],
  ])('rule 41: host %s is answered with %i', async (host, status) => {
    expect(await sendRaw(`GET /acme/prod/bundle HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })

  test.each([
    ['a method that fetch refuses', 'TRACE /acme/prod/bundle HTTP/1.1\r\nHost: td.example.org\r\nConnection: close\r\n\r\n'],
    ['a method of proxies', 'CONNECT td.example.org:443 HTTP/1.1\r\nHost: td.example.org\r\nConnection: close\r\n\r\n'],
    ['a host with a user in it', 'GET /acme/prod/bundle HTTP/1.1\r\nHost: somebody:word@td.example.org\r\nConnection: close\r\n\r\n'],
    ['a host that is none', 'GET /acme/prod/bundle HTTP/1.1\r\nHost: [::\r\nConnection: close\r\n\r\n'],
    ['a host of foreign letters', 'GET /acme/prod/bundle HTTP/1.1\r\nHost: \u{e4}\u{f6}.example\r\nConnection: close\r\n\r\n'],
    ['no host', 'GET /acme/prod/bundle HTTP/1.0\r\n\r\n'],
    ['a whole URL as path', 'GET http://evil.example.com/acme/prod/bundle HTTP/1.1\r\nHost: td.example.org\r\nConnection: close\r\n\r\n'],
    ['an upgrade', 'GET /acme/prod/bundle HTTP/1.1\r\nHost: td.example.org\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['headers without end', `GET /acme/prod/bundle HTTP/1.1\r\nHost: td.example.org\r\nX: ${'x'.repeat(10_000)}\r\n\r\n`],
    ['bytes that are no HTTP', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000'],
  ])('%s neither gets a document of another host nor stops the server', async (_what, text) => {
    await sendRaw(text).catch(() => undefined)
    expect((await ask('/bundle')).status).toBe(200)
  })
})

describe('without keys or an issuer', () => {
  test('tokens without an issuer have no discovery', async () => {
    const silent = await openTestDomain({ publicUrl: PUBLIC_URL, jwtIssuer: 'disabled' })
    const answer = silent.server.handlePublic(new Request(`${PUBLIC_URL}/.well-known/openid-configuration`))
    expect(answer?.status).toBe(404)
    await silent.close()
  })

  test('without a public URL nothing is answered', async () => {
    const silent = await openTestDomain()
    expect(silent.server.handlePublic(new Request(`${PUBLIC_URL}/bundle`))).toBeUndefined()
    await silent.close()
  })
})
