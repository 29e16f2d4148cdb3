import { createRoute, type RouteConfig } from '@hono/zod-openapi'
import type { Permission } from './permission.ts'

type DeclaredRoute<Path extends string> = Omit<RouteConfig, 'path'> & { path: Path; operationId: string; 'x-permission': Permission }

/** Declares a route as data. Unlike the library's own function it does not compile without a permission, so none can be forgotten. */
export function declareRoute<Path extends string, Route extends DeclaredRoute<Path>>(route: Route): ReturnType<typeof createRoute<Path, Route>> {
  return createRoute<Path, Route>(route)
}
