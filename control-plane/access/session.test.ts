import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { createTestPlane, TEST_SERVER, type TestPlane } from '../testing.ts'
import { createOneTimeCode, oneTimeLink } from './administrator.ts'
import { hashToken } from './tokens.ts'

let cluster: TestCluster
let plane: TestPlane
let now = new Date('2026-05-01T10:00:00Z')

const JSON_TYPE = { 'content-type': 'application/json' }

beforeAll(async () => {
  cluster = await startTestCluster()
  plane = createTestPlane(await cluster.openFreshStore(), { clock: () => now })
})

afterAll(() => cluster.stop())

async function newCode(): Promise<string> {
  return (await createOneTimeCode(plane.store.access, now)).code
}

function exchange(code: string, as: string, headers: Record<string, string> = {}): Promise<Response> {
  return plane.request('POST', '/api/v1/session', { headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify({ code, as }) })
}

test('a one-time link lets in once, also when two ask at once', async () => {
  const code = await newCode()
  const answers = await Promise.all([exchange(code, 'token'), exchange(code, 'token'), exchange(code, 'token')])
  expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['200', '401', '401'])
  expect((await exchange(code, 'token')).status).toBe(401)
})

test('a link is dead after 15 minutes', async () => {
  const code = await newCode()
  const before = now
  now = new Date(before.getTime() + 15 * 60_000 + 1)
  const answer = await exchange(code, 'token')
  expect(await answer.json()).toMatchObject({ type: 'urn:mintmark:problem:code-invalid', status: 401 })
  now = before
})

test('the code of a link stands behind #, where no server sees it', () => {
  expect(oneTimeLink('http://127.0.0.1:7420', 'mmo_x')).toBe('http://127.0.0.1:7420/login#mmo_x')
})

test('a token signs in until it is given back', async () => {
  const token = await plane.administrator()
  const client = plane.client(token)
  expect(await client.getSession()).toMatchObject({ kind: 'administrator' })
  await client.deleteSession()
  await expect(client.getSession()).rejects.toMatchObject({ problem: { type: 'urn:mintmark:problem:credentials-invalid' } })
})

test('the store holds the hash of a token, never the token', async () => {
  const token = await plane.administrator()
  expect(await plane.store.access.findToken(token, now)).toBeUndefined()
  expect(await plane.store.access.findToken(hashToken(token), now)).toMatchObject({ kind: 'administrator' })
})

test('a browser gets a cookie that scripts cannot read, and no token', async () => {
  const answer = await exchange(await newCode(), 'cookie', { origin: TEST_SERVER })
  expect(await answer.json()).not.toHaveProperty('token')
  const cookie = answer.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^mintmark_session=mma_[\w-]{43}; /)
  expect(cookie).toContain('HttpOnly')
  expect(cookie).toContain('SameSite=Lax')
  expect(cookie).not.toContain('Secure')
})

test('off loopback the cookie travels over TLS only', async () => {
  const headers = { ...JSON_TYPE, origin: 'https://mintmark.example', host: 'mintmark.example' }
  const body = JSON.stringify({ code: await newCode(), as: 'cookie' })
  const answer = await plane.app.fetch(new Request('http://mintmark.example/api/v1/session', { method: 'POST', headers, body }))
  expect(answer.headers.get('set-cookie')).toContain('Secure')
  expect(answer.headers.get('strict-transport-security')).toContain('max-age')
})

test.each([
  ['another site', { origin: 'https://elsewhere.example' }],
  ['another port', { origin: 'http://127.0.0.1:9999' }],
  ['a page without an origin', { origin: 'null' }],
  ['nobody says where', {}],
])('a cookie does not write when the request comes from %s', async (_, headers) => {
  const signedIn = await exchange(await newCode(), 'cookie', { origin: TEST_SERVER })
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const answer = await plane.request('POST', '/api/v1/integrations', {
    headers: { ...JSON_TYPE, ...headers, cookie },
    body: JSON.stringify({ kind: 'kubernetes', name: 'x' }),
  })
  expect(await answer.json()).toMatchObject({ type: 'urn:mintmark:problem:origin-refused' })
  expect((await exchange(await newCode(), 'cookie', headers)).status).toBe(403)
})

test('the page to sign in loads nothing from elsewhere and runs nothing inline', async () => {
  const page = await plane.request('GET', '/login')
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(page.headers.get('content-security-policy')).not.toContain('unsafe')
  const html = await page.text()
  expect(html).not.toMatch(/<script>|<style>|\son\w+=|https?:/)
  for (const asset of ['/login.js', '/login.css']) expect((await plane.request('GET', asset)).status).toBe(200)
})
