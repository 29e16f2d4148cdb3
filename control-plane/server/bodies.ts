import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTP_LIMITS, type OperationId, type routes } from '@mintmark/contract/http'
import { LIMITS } from '@mintmark/contract/scan'
import type { AppEnvironment } from './environment.ts'
import { ProblemError } from './problem-error.ts'

type Route = (typeof routes)[OperationId]

/** What stands between a route and its body: the type that it takes, and the bytes that it takes. */
export function guardBody(route: Route): MiddlewareHandler<AppEnvironment>[] {
  const limit = limitBody(route.operationId === 'appendChunk' ? LIMITS.chunkBytesMax : HTTP_LIMITS.jsonBodyBytesMax)
  const types = 'request' in route && 'body' in route.request ? Object.keys(route.request.body.content) : []
  return types.length === 0 ? [limit] : [demandType(types), limit]
}

function demandType(types: readonly string[]): MiddlewareHandler<AppEnvironment> {
  return async (context, next) => {
    const type = (context.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
    if (!types.includes(type)) throw new ProblemError('content-type-unsupported', { detail: `The Content-Type of this body must be ${types.join(' or ')}.` })
    await next()
  }
}

function limitBody(maxSize: number): MiddlewareHandler<AppEnvironment> {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new ProblemError('body-too-large', { detail: `The body of this request is at most ${maxSize} bytes.` })
    },
  })
}
