import type { z } from '@hono/zod-openapi'
import type { Client } from './client-types.ts'
import { HTTP_LIMITS } from './limits.ts'
import { Problem, problemType, type ProblemName } from './problem.ts'
import { routes } from './routes.ts'

/** Milliseconds until an unanswered request is given up, unless the caller says otherwise; longer than a server ever waits by itself. */
const REQUEST_TIMEOUT_MS = (HTTP_LIMITS.waitSecondsMax + 30) * 1_000

/** Which server, and as whom. */
export interface ClientOptions {
  /** Address of the control plane, for example http://127.0.0.1:7420 */
  readonly server: string
  /** Bearer token, or how to get one. Absent: calls carry no credentials. */
  readonly token?: string | (() => string | Promise<string>)
  readonly fetch?: typeof fetch
}

/** The server answered with a problem. `problem.type` is stable; {@link ApiError.is} compares it. */
export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title)
    this.name = 'ApiError'
    this.problem = problem
  }

  is(name: ProblemName): boolean {
    return this.problem.type === problemType(name)
  }
}

/** No answer came, or one that is not Mintmark's. The message names the server and never the token. */
export class ServerUnreachableError extends Error {
  constructor(server: string, why: string, options?: ErrorOptions) {
    super(`The control plane at ${server} ${why}`, options)
    this.name = 'ServerUnreachableError'
  }
}

interface RouteShape {
  readonly method: string
  readonly path: string
  readonly responses: {
    readonly [status: string]: { readonly description?: string; readonly content?: { readonly [type: string]: { readonly schema: unknown } } }
  }
}

interface AnyInput {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/**
 * A typed call for every route: `client.listSecrets({ query: { levelAtLeast: 'High' } })`.
 * Calls end in an {@link ApiError} or a {@link ServerUnreachableError}; answers are checked against the route's schema.
 */
export function createClient(options: ClientOptions): Client {
  const methods = Object.fromEntries(Object.entries(routes).map(([operation, route]) => [operation, (input: AnyInput = {}) => call(options, route, input)]))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table of routes gives both the names and the schemas that `call` parses answers with
  return methods as unknown as Client
}

async function call(options: ClientOptions, route: RouteShape, input: AnyInput): Promise<unknown> {
  const response = await send(options, route, input)
  if (response.status === 204) return undefined
  const isJson = /^application\/(problem\+)?json\b/.test(response.headers.get('content-type') ?? '')
  if (!response.ok) throw await problemOf(options, response, isJson)
  const schema = route.responses[response.status]?.content?.['application/json']?.schema
  if (schema === undefined && !isJson) return await response.text()
  if (!isSchema(schema) || !isJson)
    throw new ServerUnreachableError(options.server, `answered ${response.status} in a form that is not Mintmark's. Is the address right?`)
  const answer = schema.safeParse(await readJson(options, response))
  if (answer.success) return answer.data
  const field = answer.error.issues[0]?.path.join('.') ?? ''
  throw new ServerUnreachableError(options.server, `answered something that this version does not understand (${field}). Use the same version on both sides.`)
}

async function send(options: ClientOptions, route: RouteShape, input: AnyInput): Promise<Response> {
  const timeout = AbortSignal.timeout(input.timeoutMs ?? REQUEST_TIMEOUT_MS)
  const headers = new Headers({ accept: 'application/json' })
  for (const [name, value] of entriesOf(input.headers)) headers.set(name, value)
  const token = typeof options.token === 'function' ? await options.token() : options.token
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  let body: string | Uint8Array<ArrayBuffer> | undefined
  if (typeof input.body === 'string' || input.body instanceof Uint8Array) {
    headers.set('content-type', 'application/x-ndjson')
    body = typeof input.body === 'string' ? input.body : new Uint8Array(input.body)
  } else if (input.body !== undefined) {
    headers.set('content-type', 'application/json')
    body = JSON.stringify(input.body)
  }
  try {
    return await (options.fetch ?? fetch)(urlOf(options.server, route.path, input), {
      method: route.method.toUpperCase(),
      headers,
      redirect: 'error',
      signal: input.signal === undefined ? timeout : AbortSignal.any([input.signal, timeout]),
      ...(body === undefined ? {} : { body }),
    })
  } catch (error) {
    if (input.signal?.aborted === true) throw error
    throw new ServerUnreachableError(options.server, `does not answer (${reasonOf(error)})`, { cause: error })
  }
}

function urlOf(server: string, path: string, input: AnyInput): URL {
  const params = new Map(entriesOf(input.params))
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params.get(name) ?? ''))
  const url = new URL(`${server.replace(/\/+$/, '')}${filled}`)
  for (const [name, value] of entriesOf(input.query)) url.searchParams.set(name, value)
  return url
}

function entriesOf(values: Readonly<Record<string, unknown>> = {}): [string, string][] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, String(value)])
}

async function problemOf(options: ClientOptions, response: Response, isJson: boolean): Promise<Error> {
  const parsed = isJson ? Problem.safeParse(await response.json().catch(() => undefined)) : undefined
  if (parsed?.success === true) return new ApiError(parsed.data)
  return new ServerUnreachableError(options.server, `answered ${response.status} without saying why. Is it a Mintmark control plane, or a proxy before it?`)
}

async function readJson(options: ClientOptions, response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch (error) {
    throw new ServerUnreachableError(options.server, 'stopped in the middle of its answer', { cause: error })
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return error instanceof Error ? error.name : 'unknown'
}

function isSchema(value: unknown): value is z.ZodType {
  return typeof value === 'object' && value !== null && 'safeParse' in value
}
