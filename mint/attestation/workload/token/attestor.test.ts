import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeSelfSigned } from '@mintmark/tools/fakes/kubelet'
import type { Attributes } from '../../model.ts'
import { createWaitingClock } from '../clock-testing.ts'
import { createTokenAttestor, type AllowedIssuer } from './attestor.ts'
import { claimAttributes } from './claim-attributes.ts'

const now = new Date('2026-05-01T12:00:00Z')
const seconds = now.getTime() / 1000
const first = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const second = generateKeyPairSync('ec', { namedCurve: 'P-256' })

let folder: string
let server: Server
let issuer: string
let keys: unknown[]
let requests: string[]
let discoveryIssuer: string | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mint-issuer-'))
  const { key, certificate } = makeSelfSigned(folder, 'issuer')
  server = createServer({ key, cert: certificate }, (request, response) => {
    requests.push(request.url ?? '')
    const discovery = { issuer: discoveryIssuer ?? issuer, jwks_uri: `${issuer}/keys` }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(request.url === '/keys' ? { keys } : discovery))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  issuer = `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})
beforeEach(() => {
  keys = [jwk(first.publicKey, 'k1')]
  requests = []
  discoveryIssuer = undefined
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

function jwk(key: KeyObject, kid: string): unknown {
  return { ...key.export({ format: 'jwk' }), kid, use: 'sig' }
}

function token(claims: Record<string, unknown> = {}, key = first.privateKey, kid = 'k1'): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encode({ alg: 'ES256', kid })}.${encode({ iss: issuer, aud: 'agent', sub: 'repo:a/b', exp: seconds + 300, ...claims })}`
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

function start(more: Partial<AllowedIssuer> = {}) {
  const clock = createWaitingClock()
  const attestor = createTokenAttestor({ allowedIssuers: [{ issuer, ...more }], supplementalRootsFile: join(folder, 'issuer.crt') }, { clock, date: () => now })
  const peer = { pid: 1, uid: 0, gid: 0, isAlive: () => true }
  return {
    clock,
    attest: (exchangeToken?: string): Promise<Attributes> =>
      attestor.attest({ peer, signal: new AbortController().signal, ...(exchangeToken === undefined ? {} : { exchangeToken }) }),
  }
}

describe('the jwt attestor', () => {
  test('without a token it has nothing to say and asks nobody', async () => {
    expect((await start().attest()).size).toBe(0)
    expect(requests).toEqual([])
  })

  test('claims of a good token are attributes, by discovery', async () => {
    expect((await start().attest(token({ ref: 'main' }))).get('jwt.claim.ref')).toBe('main')
    expect(requests).toEqual(['/.well-known/openid-configuration', '/keys'])
  })

  test('claims of a good token are attributes, by the given keys', async () => {
    expect((await start({ jwksURI: `${issuer}/keys`, audiences: ['agent'] }).attest(token())).get('jwt.claim.sub')).toBe('repo:a/b')
    expect(requests).toEqual(['/keys'])
  })

  test.each([
    ['no token at all', () => 'x', /compact JWS/],
    ['another issuer', () => token({ iss: `${issuer}/` }), /issuer is not allowed/],
    ['an expired one', () => token({ exp: seconds - 60 }), /expired/],
    ['one without expiry', () => token({ exp: undefined }), /no expiry/],
    ['one not valid yet', () => token({ nbf: seconds + 600 }), /not valid yet/],
    ['a forged one', () => token({}, second.privateKey), /no key of its issuer/],
    ['one of an unknown key', () => token({}, first.privateKey, 'k9'), /no key of its issuer/],
    [
      'a changed one',
      () =>
        token().replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify({ iss: issuer, sub: 'other', aud: 'agent', exp: seconds + 300 })).toString('base64url')}.`),
      /no key of its issuer/,
    ],
    ['one for somebody else', () => token({ aud: 'another' }), /audience/],
  ])('%s is refused, and the sentence does not repeat it', async (_name, make, reason) => {
    const text = make()
    const failure = await start({ audiences: ['agent'] })
      .attest(text)
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'PERMISSION_DENIED', message: expect.stringMatching(reason) })
    if (text.length > 10) expect(String(failure)).not.toContain(text)
  })

  test('keys are kept, renewed when a new one is used, and not asked for at will', async () => {
    const { attest, clock } = start({ jwksURI: `${issuer}/keys` })
    await attest(token())
    await attest(token())
    expect(requests.length).toBe(1)
    keys = [jwk(second.publicKey, 'k2')]
    await clock.wait(20_000, new AbortController().signal)
    expect((await attest(token({}, second.privateKey, 'k2'))).size).toBeGreaterThan(0)
    expect(requests.length).toBe(2)
    for (let round = 0; round < 20; round += 1) await expect(attest(token({}, first.privateKey, `made-up-${round}`))).rejects.toThrow()
    expect(requests.length).toBe(2)
  })

  test('a discovery document of another issuer is not believed', async () => {
    discoveryIssuer = 'https://other.example.org'
    await expect(start().attest(token())).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('addresses that are not https are refused at once', () => {
    expect(() => start({ jwksURI: 'http://127.0.0.1/keys' })).toThrow(/https/)
  })

  test('texts, numbers, booleans and lists of texts have a form, objects do not', () => {
    const claims = { a: 'x', n: 5, t: true, l: ['x', 'y'], commas: ['x,y'], o: { p: 1 }, mixed: ['x', 1], nothing: null, 'https://e.org/role': 'r', '': 'x' }
    expect(Object.fromEntries(claimAttributes(claims))).toEqual({
      'jwt.claim.a': 'x',
      'jwt.claim.n': '5',
      'jwt.claim.t': 'true',
      'jwt.claim.l': 'x,y',
      "jwt.claim.'https://e.org/role'": 'r',
    })
  })
})
