import type { Context, ErrorHandler, NotFoundHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { PROBLEMS, type ProblemName, routes } from '@mintmark/contract/http'
import { ConflictError, InvalidCursorError, StorageUnavailableError } from '@mintmark/storage'
import type { AppEnvironment } from './environment.ts'
import { describeError, type Log } from './log.ts'
import { describeProblem, ProblemError, type ProblemDetails } from './problem-error.ts'

interface Named {
  readonly name: ProblemName
  readonly details: ProblemDetails
}

/** Every error becomes a problem. One that nobody foresaw says nothing but its request id; the log has the rest. */
export function answerError(log: Log): ErrorHandler<AppEnvironment> {
  return (error, context) => {
    const named = nameError(error)
    if (PROBLEMS[named.name].status >= 500) {
      log.error({ requestId: context.get('requestId'), problem: named.name, ...describeError(error) }, 'Request ended in an error')
    }
    return answerProblem(context, named)
  }
}

/** Nothing here: unknown addresses, and known ones with a method that they do not take. */
export function answerNotFound(): NotFoundHandler<AppEnvironment> {
  return (context) => {
    const allow = methodsOf(context.req.path).join(', ')
    if (allow === '') return answerProblem(context, { name: 'not-found', details: { remedy: 'GET /api/v1/openapi.json lists every address.' } })
    return answerProblem(context, { name: 'method-not-allowed', details: { detail: `This address takes ${allow}.`, headers: { allow } } })
  }
}

/** What went wrong, as a problem that a caller understands. */
export function nameError(error: unknown): Named {
  if (error instanceof ProblemError) return { name: error.problem, details: error.details }
  // The JSON validator of the HTTP library throws these before a schema is asked.
  if (error instanceof HTTPException && error.status === 415) return { name: 'content-type-unsupported', details: {} }
  if (error instanceof HTTPException && error.status < 500) return { name: 'request-invalid', details: { detail: 'The body is not JSON.' } }
  if (error instanceof ConflictError) return nameConflict(error)
  if (error instanceof InvalidCursorError) return { name: 'page-token-invalid', details: { remedy: 'Start the list again without pageToken.' } }
  if (error instanceof StorageUnavailableError) {
    return { name: 'database-unavailable', details: { detail: error.message, remedy: error.remedy, headers: { 'retry-after': '2' } } }
  }
  return { name: 'internal-error', details: { remedy: 'Look for the request id in the log of the control plane.' } }
}

/** Foreign and unknown scans look the same; what is wrong with a chunk is told apart from other contradictions. */
function nameConflict(error: ConflictError): Named {
  if (error.label === 'scan-foreign' || error.label === 'scan-unknown') return { name: 'not-found', details: { detail: 'There is no such scan here.' } }
  if (error.label.startsWith('chunk')) return { name: 'chunk-conflict', details: { detail: error.message } }
  return { name: 'conflict', details: { detail: error.message } }
}

function answerProblem(context: Context<AppEnvironment>, { name, details }: Named): Response {
  const body = JSON.stringify(describeProblem(name, details, context.get('requestId')))
  return context.body(body, PROBLEMS[name].status, { ...details.headers, 'content-type': 'application/problem+json' })
}

const PATTERNS = Object.values(routes).map(({ path, method }) => ({
  method: method.toUpperCase(),
  pattern: new RegExp(`^${path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}))

function methodsOf(path: string): readonly string[] {
  return [...new Set(PATTERNS.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))].toSorted()
}
