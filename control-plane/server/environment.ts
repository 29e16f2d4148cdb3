import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Permission } from '@mintmark/contract/http'

/** Who sends a request, as the guard found out. */
export type Principal =
  | { readonly kind: 'administrator'; readonly expiresAt: string; readonly tokenSha256: string }
  | { readonly kind: 'scanner'; readonly integrationId: string; readonly expiresAt: string; readonly tokenSha256: string }

/** What travels with a request. `principal` is set by the guard on every route but public ones. */
export interface AppEnvironment {
  Variables: { requestId: string; principal?: Principal; permission?: Permission }
}

/** The application that routes are mounted on. */
export type App = OpenAPIHono<AppEnvironment>
