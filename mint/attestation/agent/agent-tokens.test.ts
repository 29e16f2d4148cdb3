import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AttestationError } from '../model.ts'
import { encode, exampleIssuer } from '../tokens/issuer-testing.ts'
import { createKeySource } from '../tokens/key-source.ts'
import { ATTESTATION_AUDIENCE } from './assertion.ts'
import type { AgentAttestor } from './attestor.ts'
import { createCustomJwtAttestor } from './custom-jwt.ts'
import { createKubernetesTokenAttestor } from './k8s-token.ts'

const now = new Date('2026-06-01T12:00:00Z')
const nowSeconds = now.getTime() / 1000
const ISSUER = 'https://kubernetes.example'
const usual = { iss: ISSUER, aud: ATTESTATION_AUDIENCE, now }
const issuer = exampleIssuer('RS256', usual)
const curve = exampleIssuer('ES256', usual)
const foreign = exampleIssuer('RS256', usual)
const context = { cluster: { id: 'c-1', name: 'prod-1' }, now, certificateThumbprint: undefined }

const nowhere = async (): Promise<never> => {
  throw new Error('Nothing is fetched here.')
}
const keysOf = (jwks: string) => createKeySource({ by: 'jwks', document: jwks }, { fetch: nowhere, clock: () => now.getTime(), ca: undefined })

const bound = {
  namespace: 'spirl-system',
  pod: { name: 'spirl-agent-x2k', uid: 'a1b2' },
  node: { name: 'node-1', uid: 'n1' },
  serviceaccount: { name: 'spirl-agent', uid: 's1' },
}
const podClaims = { sub: 'system:serviceaccount:spirl-system:spirl-agent', 'kubernetes.io': bound }

const kubernetes = (requireNode = true): AgentAttestor =>
  createKubernetesTokenAttestor({
    issuer: ISSUER,
    audiences: [ATTESTATION_AUDIENCE],
    namespace: 'spirl-system',
    serviceAccount: 'spirl-agent',
    requireNode,
    keys: keysOf(issuer.jwks),
  })
const custom = (attributeClaims: readonly string[] = [], jwks = issuer.jwks): AgentAttestor =>
  createCustomJwtAttestor({ issuer: ISSUER, audiences: [ATTESTATION_AUDIENCE], attributeClaims, keys: keysOf(jwks) })

const attest = (attestor: AgentAttestor, token: string) => attestor.attest(Buffer.from(token), context)

/** Why a token is refused. Whatever the reason, no part of the token is in it. */
async function refusal(attestor: AgentAttestor, token: string): Promise<{ readonly code: string; readonly message: string }> {
  const error: unknown = await attest(attestor, token).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof AttestationError)) throw new Error(`It was not refused: ${String(error)}`)
  for (const part of token.split('.')) if (part.length > 16) expect(error.message).not.toContain(part.slice(0, 16))
  return error
}

/** The same token under another header, signed with what an attacker has: the public key as a secret. */
function confused(token: string, alg: string): string {
  const body = token.split('.')[1] ?? ''
  const signed = `${encode({ alg, typ: 'JWT', kid: issuer.keyId })}.${body}`
  return `${signed}.${createHmac('sha256', issuer.pem).update(signed).digest('base64url')}`
}

describe.each([
  ['k8s_token', kubernetes()],
  ['custom_jwt', custom()],
] as const)('attestor %s', (_type, attestor) => {
  test('believes a token that its issuer has signed for us', async () => {
    expect((await attest(attestor, issuer.token(podClaims))).tokenIdentity).not.toBe('')
    expect((await attest(attestor, `${issuer.token(podClaims)}\n`)).tokenIdentity).not.toBe('')
  })

  const [head = '', body = '', signature = ''] = issuer.token(podClaims).split('.')
  test.each<[string, string, RegExp]>([
    ['a token that somebody else has signed', foreign.token(podClaims), /no key of its issuer/],
    ['a token of a key of another kind', curve.token(podClaims), /no key of its issuer/],
    [
      'a changed claim',
      `${head}.${encode({ ...podClaims, iss: ISSUER, aud: ATTESTATION_AUDIENCE, exp: nowSeconds + 9e9 })}.${signature}`,
      /no key of its issuer/,
    ],
    ['a changed header', `${encode({ alg: 'RS512', kid: issuer.keyId })}.${body}.${signature}`, /no key of its issuer/],
    ['algorithm none', `${encode({ alg: 'none', typ: 'JWT' })}.${body}.AA`, /algorithm/],
    ['algorithm none without a signature', `${encode({ alg: 'none', typ: 'JWT' })}.${body}.`, /compact JWS/],
    ['algorithm HS256 with the public key as the secret', confused(issuer.token(podClaims), 'HS256'), /algorithm/],
    ['an RS256 header over a MAC', confused(issuer.token(podClaims), 'RS256'), /no key of its issuer/],
    ['algorithm rs256 in small letters', confused(issuer.token(podClaims), 'rs256'), /algorithm/],
    ['an algorithm that every object inherits', confused(issuer.token(podClaims), 'constructor'), /algorithm/],
    ['a key in its own header', foreign.token(podClaims, { jwk: foreign.publicKey.export({ format: 'jwk' }) }), /no key of its issuer/],
    ['a place of keys in its own header', foreign.token(podClaims, { jku: 'https://evil.example/keys' }), /no key of its issuer/],
    ['extensions that it calls critical', issuer.token(podClaims, { crit: ['exp'] }), /extensions/],
    ['an unknown key id', issuer.token(podClaims, { kid: 'key-2' }), /no key of its issuer/],
    ['an issuer with a slash at its end', issuer.token({ ...podClaims, iss: `${ISSUER}/` }), /its issuer is not/],
    ['an issuer in capitals', issuer.token({ ...podClaims, iss: ISSUER.toUpperCase() }), /its issuer is not/],
    ['a list of issuers', issuer.token({ ...podClaims, iss: [ISSUER] }), /its issuer is not/],
    ['no issuer', issuer.token({ ...podClaims, iss: undefined }), /its issuer is not/],
    ['the audience of the API server', issuer.token({ ...podClaims, aud: 'https://kubernetes.default.svc' }), /its audience is none of/],
    ['an audience that only begins like ours', issuer.token({ ...podClaims, aud: [`${ATTESTATION_AUDIENCE}/x`] }), /its audience is none of/],
    ['no audience', issuer.token({ ...podClaims, aud: undefined }), /its audience is none of/],
    ['an audience that is an object', issuer.token({ ...podClaims, aud: { 0: ATTESTATION_AUDIENCE } }), /its audience is none of/],
    ['a token that has expired', issuer.token({ ...podClaims, exp: nowSeconds - 31 }), /expired 31 seconds ago/],
    ['no expiry', issuer.token({ ...podClaims, exp: undefined }), /no expiry/],
    ['an expiry in words', issuer.token({ ...podClaims, exp: String(nowSeconds + 60) }), /no expiry/],
    ['a token that is not valid yet', issuer.token({ ...podClaims, nbf: nowSeconds + 31 }), /not valid yet/],
    ['a token from the future', issuer.token({ ...podClaims, iat: nowSeconds + 31 }), /in the future/],
    ['a huge token', issuer.token({ ...podClaims, padding: 'x'.repeat(20_000) }), /longer than 16384 bytes/],
    ['nothing', '', /compact JWS/],
    ['four parts', `${head}.${body}.${signature}.${signature}`, /compact JWS/],
    ['padding', `${head}.${body}=.${signature}`, /compact JWS/],
    ['claims that are a list', `${head}.${encode([podClaims])}.${signature}`, /no JSON objects/],
    ['claims that are no UTF-8', `${head}.${Buffer.from('{"a":"\u{ff}"}', 'latin1').toString('base64url')}.${signature}`, /no JSON objects/],
  ])('refuses %s, and repeats nothing of it', async (_what, token, reason) => {
    const { code, message } = await refusal(attestor, token)
    expect(code).toBe('UNAUTHENTICATED')
    expect(message).toMatch(reason)
  })

  test.each([
    ['expiry', { exp: nowSeconds - 29 }],
    ['begin', { nbf: nowSeconds + 29 }],
    ['issue', { iat: nowSeconds + 29 }],
  ])('allows clocks half a minute of difference at the %s', async (_what, change) => {
    await expect(attest(attestor, issuer.token({ ...podClaims, ...change }))).resolves.toBeDefined()
  })

  test('no bytes make it throw anything but a refusal', async () => {
    const parts = fc.oneof(
      fc.string(),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
      fc.constantFrom(head, body, signature),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(parts, { maxLength: 4 }).map((all) => all.join('.')),
        ),
        async (text) => {
          if (text.trim() === `${head}.${body}.${signature}`) return
          expect((await refusal(attestor, text)).code).toBe('UNAUTHENTICATED')
        },
      ),
    )
  })
})

describe('a ServiceAccount token', () => {
  const pod = (change: object, sub = podClaims.sub) => issuer.token({ sub, 'kubernetes.io': { ...bound, ...change } })

  test('is known by its pod, names the node, and gives no attributes', async () => {
    expect(await attest(kubernetes(), issuer.token(podClaims))).toEqual({ tokenIdentity: 'k8s_token:a1b2', attributes: new Map(), nodeName: 'node-1' })
  })

  test.each<[string, string, string, RegExp]>([
    ['of a Secret, without a binding', issuer.token({ sub: podClaims.sub }), 'UNAUTHENTICATED', /bound to a pod/],
    ['bound to no pod', pod({ pod: undefined }), 'UNAUTHENTICATED', /bound to no pod/],
    ['bound to a pod without a uid', pod({ pod: { name: 'spirl-agent-x2k' } }), 'UNAUTHENTICATED', /bound to no pod/],
    ['bound to a pod whose uid is no text', pod({ pod: { name: 'a', uid: 7 } }), 'UNAUTHENTICATED', /bound to no pod/],
    ['without a node', pod({ node: undefined }), 'UNAUTHENTICATED', /names no node/],
    [
      'of another ServiceAccount',
      pod({ serviceaccount: { name: 'default' } }, 'system:serviceaccount:spirl-system:default'),
      'PERMISSION_DENIED',
      /not one of ServiceAccount/,
    ],
    ['of another namespace', pod({ namespace: 'shop' }, 'system:serviceaccount:shop:spirl-agent'), 'PERMISSION_DENIED', /not one of ServiceAccount/],
    ['whose subject is another than its binding', pod({}, 'system:serviceaccount:shop:web'), 'PERMISSION_DENIED', /not one of ServiceAccount/],
    ['whose binding is a list', issuer.token({ sub: podClaims.sub, 'kubernetes.io': [bound] }), 'UNAUTHENTICATED', /bound to a pod/],
  ])('%s is refused', async (_what, token, code, reason) => {
    const refused = await refusal(kubernetes(), token)
    expect(refused.code).toBe(code)
    expect(refused.message).toMatch(reason)
  })

  test('needs no node where the cluster says that its tokens have none', async () => {
    expect(await attest(kubernetes(false), pod({ node: undefined }))).toEqual({ tokenIdentity: 'k8s_token:a1b2', attributes: new Map() })
  })

  test('is asked about where a review is configured, and the review’s refusal counts', async () => {
    const asked: unknown[] = []
    const reviewed = createKubernetesTokenAttestor({
      issuer: ISSUER,
      audiences: [ATTESTATION_AUDIENCE],
      namespace: 'spirl-system',
      serviceAccount: 'spirl-agent',
      requireNode: true,
      keys: keysOf(issuer.jwks),
      review: async ({ audiences, username }) => {
        asked.push([...audiences, username])
        throw new AttestationError('UNAUTHENTICATED', 'The pod is gone.')
      },
    })
    expect((await refusal(reviewed, issuer.token(podClaims))).message).toBe('The pod is gone.')
    await refusal(reviewed, foreign.token(podClaims))
    expect(asked).toEqual([[ATTESTATION_AUDIENCE, 'system:serviceaccount:spirl-system:spirl-agent']])
  })
})

describe('a token of attestor custom_jwt', () => {
  test('gives the claims that configuration names, nested ones by their path', async () => {
    const token = issuer.token({ team: 'shop', level: 3, isOn: true, org: { unit: 'retail' }, 'https://example.com/tier': 'gold' })
    const { attributes, tokenIdentity } = await attest(custom(['team', 'level', 'isOn', 'org.unit', 'https://example.com/tier']), token)
    expect(tokenIdentity).toBe(`custom_jwt:${ISSUER} somebody`)
    expect(Object.fromEntries(attributes)).toEqual({
      'custom_jwt.team': 'shop',
      'custom_jwt.level': '3',
      'custom_jwt.isOn': 'true',
      'custom_jwt.org.unit': 'retail',
      "custom_jwt.'https://example.com/tier'": 'gold',
    })
  })

  test.each<[string, Record<string, unknown>, readonly string[]]>([
    ['without a subject', { sub: undefined }, []],
    ['with an empty subject', { sub: '' }, []],
    ['with a subject of two thousand characters', { sub: 'x'.repeat(2000) }, []],
    ['without a claim that configuration names', {}, ['team']],
    ['whose claim is an object', { team: { name: 'shop' } }, ['team']],
    ['whose claim is a list', { team: ['shop'] }, ['team']],
    ['whose claim is larger than an attribute', { team: 'x'.repeat(1025) }, ['team']],
    ['where configuration names what every object inherits', {}, ['constructor']],
    ['where configuration names the prototype', {}, ['__proto__']],
    ['where configuration names the length of a text', { team: 'shop' }, ['team.length']],
  ])('%s is refused', async (_what, claims, names) => {
    expect((await refusal(custom(names), issuer.token(claims))).code).toBe('UNAUTHENTICATED')
  })

  test.each(['RS256', 'ES256', 'EdDSA'] as const)('may be signed with %s', async (algorithm) => {
    const signer = exampleIssuer(algorithm, usual)
    await expect(attest(custom([], signer.jwks), signer.token())).resolves.toBeDefined()
  })
})
