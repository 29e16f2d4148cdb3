import type { MiddlewareHandler } from 'hono'
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

/** A body that names its length is refused by that; one that does not is counted while it is read, and kept for the handler. */
function limitBody(bytesMax: number): MiddlewareHandler<AppEnvironment> {
  return async (context, next) => {
    const { req } = context
    const length = req.header('content-length')
    if (length !== undefined && req.header('transfer-encoding') === undefined) {
      if (Number(length) > bytesMax) throw tooLarge(bytesMax)
    } else if (req.raw.body !== null) {
      const body = await readBounded(req.raw.body, bytesMax)
      // Handlers and validators read the body from here; hono keeps promises in this cache although its type says values.
      Object.assign(req.bodyCache, { arrayBuffer: Promise.resolve(body) })
    }
    await next()
  }
}

async function readBounded(body: ReadableStream<Uint8Array>, bytesMax: number): Promise<ArrayBuffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw tooLarge(bytesMax)
    chunks.push(chunk)
  }
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole.buffer
}

function tooLarge(bytesMax: number): ProblemError {
  return new ProblemError('body-too-large', { detail: `The body of this request is at most ${bytesMax} bytes.` })
}
