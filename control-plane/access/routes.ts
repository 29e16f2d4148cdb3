import { deleteCookie, setCookie } from 'hono/cookie'
import { routes } from '@mintmark/contract/http'
import type { AccessStore, IntegrationStore } from '@mintmark/storage'
import type { App } from '../server/environment.ts'
import { isLoopbackHost } from '../server/headers.ts'
import { exchangeCode } from './administrator.ts'
import { verifyAssertion } from './assertion.ts'
import { principalOf, refuseForeignOrigin, SESSION_COOKIE } from './guard.ts'
import { newToken } from './tokens.ts'

/** Minutes that a scanner token works. */
const SCANNER_TOKEN_MINUTES = 15

/** What signing in needs. */
export interface AccessPorts {
  readonly access: AccessStore
  readonly integrations: Pick<IntegrationStore, 'publicKey'>
  readonly clock: () => Date
  /** Address of this server as its users know it. */
  readonly publicUrl: () => string
}

/** Signing in and out: people by one-time code, scanners by signed assertion. */
export function mountAccess(app: App, { access, integrations, clock, publicUrl }: AccessPorts): void {
  app.openapi(routes.createSession, async (context) => {
    const { code, as } = context.req.valid('json')
    if (as === 'cookie') refuseForeignOrigin(context)
    const { token, expiresAt } = await exchangeCode(access, code, as, clock())
    const session = { kind: 'administrator' as const, expiresAt: expiresAt.toISOString() }
    if (as === 'token') return context.json({ ...session, token }, 200)
    const secure = !isLoopbackHost(context.req.header('host'))
    setCookie(context, SESSION_COOKIE, token, { httpOnly: true, sameSite: 'Lax', secure, path: '/', expires: expiresAt })
    return context.json(session, 200)
  })

  app.openapi(routes.getSession, (context) => {
    const principal = principalOf(context)
    const { kind, expiresAt } = principal
    return context.json({ kind, expiresAt, ...(principal.kind === 'scanner' ? { integrationId: principal.integrationId } : {}) }, 200)
  })

  app.openapi(routes.deleteSession, async (context) => {
    await access.deleteToken(principalOf(context).tokenSha256)
    deleteCookie(context, SESSION_COOKIE, { path: '/' })
    return context.body(null, 204)
  })

  app.openapi(routes.createScannerToken, async (context) => {
    const now = clock()
    const tokenUrl = `${publicUrl()}${routes.createScannerToken.path}`
    const integrationId = await verifyAssertion(context.req.valid('json').assertion, { integrations, access, tokenUrl }, now)
    const { token, sha256 } = newToken('mms')
    const expiresAt = new Date(now.getTime() + SCANNER_TOKEN_MINUTES * 60_000).toISOString()
    await access.saveToken({ kind: 'scanner', integrationId, sha256, expiresAt })
    return context.json({ accessToken: token, tokenType: 'Bearer' as const, integrationId, expiresAt }, 200)
  })
}
