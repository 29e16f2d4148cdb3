import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { AppEnvironment } from './environment.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

/**
 * Gives every request an id, and counts and logs it when it is answered: method, route and status, never addresses, bodies or tokens,
 * because an address can hold a natural key.
 */
export function watchRequests(log: Log, metrics: Metrics): MiddlewareHandler<AppEnvironment> {
  return async (context, next) => {
    const requestId = randomUUID()
    context.set('requestId', requestId)
    const startedAt = performance.now()
    await next()
    context.res.headers.set('x-request-id', requestId)
    const seconds = (performance.now() - startedAt) / 1_000
    const route = knownRoute(routePath(context, -1))
    const { method } = context.req
    const { status } = context.res
    metrics.requestSeconds.observe({ method: knownMethod(method), route, status: String(status) }, seconds)
    const bytes = Number(context.req.header('content-length') ?? 0)
    if (Number.isFinite(bytes)) metrics.requestBytes.observe({ route }, bytes)
    const fields = { requestId, method: knownMethod(method), route, status, ms: Math.round(seconds * 1_000) }
    if (status >= 500) log.error(fields, 'Request failed')
    else log.debug(fields, 'Request served')
  }
}

/** Pattern of a route, or one name for everything that is none: labels come from a fixed set. */
function knownRoute(path: string): string {
  return path === '' || path.includes('*') ? 'none' : path
}

function knownMethod(method: string): string {
  return ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'].includes(method) ? method : 'other'
}
