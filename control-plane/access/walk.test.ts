import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROBLEMS, routes, type Permission } from '@mintmark/contract/http'
import { startTestCluster, type TestCluster } from '@mintmark/storage/testing'
import { createTestPlane, TEST_SERVER, type TestPlane } from '../testing.ts'
import { createOneTimeCode } from './administrator.ts'
import { hashToken } from './tokens.ts'

let cluster: TestCluster
let plane: TestPlane
let credentials: Record<string, { readonly headers: Record<string, string>; readonly may: readonly Permission[] }>

const NOBODY = 401
const ADMINISTRATOR: readonly Permission[] = [
  'session',
  'inventory.read',
  'integration.read',
  'integration.write',
  'scan.read',
  'mint.read',
  'mint.write',
  'mint.keys',
  'mint.issue',
]

beforeAll(async () => {
  cluster = await startTestCluster()
  plane = createTestPlane(await cluster.openFreshStore())
  const administrator = async (): Promise<string> => plane.administrator()
  const gone = await plane.scanner('gone')
  await plane.store.integrations.delete(gone.integrationId)
  const old = 'mma_expired'
  await plane.store.access.saveToken({ kind: 'administrator', sha256: hashToken(old), expiresAt: new Date(Date.now() - 1_000).toISOString() })
  const { code } = await createOneTimeCode(plane.store.access, new Date())
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
  credentials = {
    none: { headers: {}, may: [] },
    'an unknown token': { headers: bearer('mma_unknown'), may: [] },
    'an expired token': { headers: bearer(old), may: [] },
    'a one-time code as token': { headers: bearer(code), may: [] },
    'a header that is no bearer token': { headers: { authorization: 'Basic YTpi' }, may: [] },
    'the token of a deleted integration': { headers: bearer(gone.token), may: [] },
    'an administrator': { headers: bearer(await administrator()), may: ADMINISTRATOR },
    'an administrator by cookie': { headers: { cookie: `mintmark_session=${await administrator()}`, origin: TEST_SERVER }, may: ADMINISTRATOR },
    'an administrator by cookie from another site': {
      headers: { cookie: `mintmark_session=${await administrator()}`, origin: 'https://elsewhere.example' },
      may: [],
    },
    'a scanner': { headers: bearer((await plane.scanner('walker')).token), may: ['session', 'scan.read', 'scan.append', 'scan.key'] },
  }
})

afterAll(() => cluster.stop())

// Signing out ends the credentials of the walk, so it comes last.
const walked = Object.values(routes).toSorted((left, right) => Number(left.operationId === 'deleteSession') - Number(right.operationId === 'deleteSession'))

test.each(walked.map((route) => ({ route, name: `${route.method} ${route.path}` })))(
  '$name lets in who holds its permission and nobody else',
  async ({ route }) => {
    const permission: Permission = route['x-permission']
    for (const [who, { headers, may }] of Object.entries(credentials)) {
      const path = route.path
        .replaceAll('{scanId}', '01930000-0000-7000-8000-000000000000')
        .replaceAll('{sequence}', '0')
        .replaceAll(/\{\w+\}/g, 'no-such-thing')
      const response = await plane.request(route.method.toUpperCase(), path, { headers, ...(route.method === 'get' ? {} : { body: 'not json' }) })
      const isForeignRead = who.endsWith('another site') && route.method === 'get'
      const isAllowed = permission === 'public' || may.includes(permission) || (isForeignRead && ADMINISTRATOR.includes(permission))
      const refusals = [NOBODY, PROBLEMS['permission-denied'].status]
      if (permission !== 'public') expect([who, refusals.includes(response.status)]).toEqual([who, !isAllowed])
      if (permission !== 'public' && may.length === 0 && !who.endsWith('another site')) expect([who, response.status]).toEqual([who, NOBODY])
      // No trust domain server stands behind this control plane, and its routes say so.
      if (!(permission.startsWith('mint.') && response.status === PROBLEMS['mint-unavailable'].status)) expect(response.status).toBeLessThan(500)
      if (!response.ok) expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    }
  },
)

test('nothing is served beside the table of routes but the page to sign in', () => {
  const known = new Set([
    ...Object.values(routes).map((route) => `${route.method.toUpperCase()} ${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    'GET /login',
    'GET /login.js',
    'GET /login.css',
  ])
  const served = plane.app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`)
  expect(served.filter((route) => !known.has(route))).toEqual([])
  expect(new Set(served)).toEqual(known)
})

test('no log line of the walk holds a token', () => {
  for (const { headers } of Object.values(credentials)) {
    const secret = (headers['authorization'] ?? headers['cookie'] ?? '').replace(/^(?:Bearer |mintmark_session=)/, '')
    if (secret !== '') expect(plane.logged()).not.toContain(secret)
  }
  expect(plane.logged()).toContain('Request served')
})
