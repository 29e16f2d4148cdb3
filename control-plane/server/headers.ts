import type { MiddlewareHandler } from 'hono'
import type { AppEnvironment } from './environment.ts'

const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

/** One year; sent where TLS is in front, which is everywhere off loopback. */
const STRICT_TRANSPORT = 'max-age=31536000'

/** Hardened headers on every answer; nothing that the API says is kept by caches. A page may set its own, looser policy first. */
export function securityHeaders(): MiddlewareHandler<AppEnvironment> {
  return async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!context.res.headers.has(name)) context.res.headers.set(name, value)
    if (!context.res.headers.has('cache-control')) context.res.headers.set('cache-control', 'no-store')
    if (!isLoopbackHost(context.req.header('host'))) context.res.headers.set('strict-transport-security', STRICT_TRANSPORT)
  }
}

/** True for a Host header that names this machine: there plain HTTP is fine. */
export function isLoopbackHost(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '').toLowerCase()
  return name === 'localhost' || name === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
}
