import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { freePort, peerIsMissing } from '../peers/index.ts'
import { startTrialAgent, type TrialAgent } from './agent.ts'
import { gospiffe } from './clients.ts'
import { startTrialDomain, type TrialDomain } from './trust-domain.ts'
import { openWebAuthority, type WebAuthority } from './web-authority.ts'

describe.skipIf(peerIsMissing('spiffe'))('the trust domain as an OpenID provider', () => {
  let database: TestCluster
  let web: WebAuthority
  let domain: TrialDomain
  let agent: TrialAgent
  let listener: { close(): Promise<void> }
  let issuer: string
  let keys: JWTVerifyGetKey

  const tokenFor = async (audience: string): Promise<string> => {
    const { svids } = await gospiffe<{ svids: { token: string }[] }>(agent.address, 'jwt', '--audience', audience)
    return svids[0]?.token ?? ''
  }

  beforeAll(async () => {
    database = await startTestCluster()
    web = await openWebAuthority()
    const port = await freePort()
    issuer = `https://localhost:${port}/clusters`
    domain = await startTrialDomain({ name: 'provider.test', store: await database.openFreshStore(), settings: { publicUrl: issuer } })
    listener = await domain.server.listenPublic({ host: '127.0.0.1', port, tls: { from: 'files', ...web.server } })
    agent = await startTrialAgent({ ...domain, endpoints: [domain.endpoint] }, await domain.addCluster('machines', 'linux'))
    await agent.logged('Health check passed - all systems operational')
  })
  afterAll(async () => {
    await agent?.close()
    await listener?.close()
    await domain?.close()
    await web?.close()
    await database?.stop()
  })

  test('rules 41, 43: discovery names the issuer of the tokens byte for byte, and keys that every origin may read and nobody keeps', async () => {
    const response = await fetch(`${issuer}/.well-known/openid-configuration`)
    const document = (await response.json()) as Record<string, unknown>
    expect(document).toMatchObject({
      issuer,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256', 'RS256'],
      claims_supported: expect.arrayContaining(['sub', 'aud', 'exp', 'iat', 'iss']),
    })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    const keysResponse = await fetch(String(document['jwks_uri']))
    expect(keysResponse.headers.get('cache-control')).toBe('no-store')
    const { keys: list } = (await keysResponse.json()) as { keys: { use: string; kid: string; d?: string }[] }
    expect(list.map(({ use }) => use)).toEqual(['sig', 'sig'])
    expect(list.every(({ kid, d }) => kid !== '' && d === undefined)).toBe(true)
    keys = createRemoteJWKSet(new URL(String(document['jwks_uri'])))
  })

  test.each([
    ['api://AzureADTokenExchange', 'RS256'],
    ['sts.amazonaws.com', 'RS256'],
    ['shop', 'ES256'],
  ])('rule 42: a token for %s is signed with %s, and an independent library accepts it', async (audience, algorithm) => {
    const token = await tokenFor(audience)
    expect(decodeProtectedHeader(token)).toEqual({ alg: algorithm, kid: expect.any(String), typ: 'JWT' })
    const { payload } = await jwtVerify(token, keys, { issuer, audience })
    expect(payload.sub).toMatch(/^spiffe:\/\/provider\.test\//)
  })

  test('rule 41: a host that is not ours is not answered', async () => {
    const handle = domain.server.handlePublic
    expect(handle(new Request(`${issuer}/jwks`, { headers: { host: 'rebound.example' } }))?.status).toBe(421)
    expect(handle(new Request(`${issuer}/jwks`, { headers: { host: 'localhost' } }))?.status).toBe(200)
    expect(handle(new Request(`${issuer}/jwks`, { method: 'POST', headers: { host: 'localhost' } }))?.status).toBe(405)
    expect(handle(new Request('https://localhost/elsewhere', { headers: { host: 'localhost' } }))).toBeUndefined()
  })
})
