import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { HTTP_LIMITS, type Permission } from '@mintmark/contract/http'
import type { AccessStore } from '@mintmark/storage'
import type { AppEnvironment, Principal } from '../server/environment.ts'
import { ProblemError } from '../server/problem-error.ts'
import { mayDo } from './permissions.ts'
import { hashToken } from './tokens.ts'

/** Name of the session cookie. */
export const SESSION_COOKIE = 'mintmark_session'

const READS = new Set(['GET', 'HEAD'])

/** Lets a request through when its caller holds the permission of the route. Runs before any input is looked at. */
export function guard(permission: Permission, access: Pick<AccessStore, 'findToken'>, clock: () => Date): MiddlewareHandler<AppEnvironment> {
  return async (context, next) => {
    context.set('permission', permission)
    if (permission !== 'public') {
      const principal = await findPrincipal(context, access, clock())
      if (!mayDo(principal, permission)) {
        throw new ProblemError('permission-denied', { detail: `This needs the permission ${permission}, which a ${principal.kind} does not have.` })
      }
      context.set('principal', principal)
    }
    await next()
  }
}

/** The caller, on routes that are not public. */
export function principalOf(context: Context<AppEnvironment>): Principal {
  const principal = context.get('principal')
  if (principal === undefined) throw new Error('A handler asks for its caller on a public route')
  return principal
}

async function findPrincipal(context: Context<AppEnvironment>, access: Pick<AccessStore, 'findToken'>, now: Date): Promise<Principal> {
  const token = readToken(context)
  const tokenSha256 = hashToken(token)
  const row = await access.findToken(tokenSha256, now)
  if (row?.kind === 'administrator') return { kind: 'administrator', expiresAt: row.expiresAt, tokenSha256 }
  if (row?.kind === 'scanner' && row.integrationId !== undefined) {
    return { kind: 'scanner', integrationId: row.integrationId, expiresAt: row.expiresAt, tokenSha256 }
  }
  throw new ProblemError('credentials-invalid', { remedy: 'Sign in again: spirlctl login', headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
}

function readToken(context: Context<AppEnvironment>): string {
  const header = context.req.header('authorization')
  const cookie = header === undefined ? getCookie(context, SESSION_COOKIE) : undefined
  const token = header === undefined ? cookie : /^Bearer ([\w.~+/=-]+)$/i.exec(header)?.[1]
  if (token === undefined || token.length > HTTP_LIMITS.tokenCharsMax) {
    throw new ProblemError('credentials-missing', {
      detail: 'This needs a bearer token or a session.',
      remedy: 'Sign in with the one-time link that the control plane prints: spirlctl login LINK',
      headers: { 'www-authenticate': 'Bearer' },
    })
  }
  if (cookie !== undefined && !READS.has(context.req.method)) refuseForeignOrigin(context)
  return token
}

/** A browser sends cookies along with what other sites make it do; it also says who made it. */
export function refuseForeignOrigin(context: Context<AppEnvironment>): void {
  const origin = context.req.header('origin')
  const host = context.req.header('host')
  if (origin !== undefined && host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase()) return
  throw new ProblemError('origin-refused', { detail: 'A signed-in browser may only write from a page of this server.' })
}
