import { z } from '@hono/zod-openapi'
import { HTTP_LIMITS } from './limits.ts'

/**
 * Every problem that the API answers with: the last part of its `type`, its status and its title.
 * Types are stable; programs may compare them. `urn:mintmark:problem:` and the name make the type.
 */
export const PROBLEMS = {
  'request-invalid': { status: 400, title: 'The request is not valid' },
  'page-token-invalid': { status: 400, title: 'The page token is not one that this list gave' },
  'credentials-missing': { status: 401, title: 'Nobody is signed in' },
  'credentials-invalid': { status: 401, title: 'The token or session is unknown, expired or withdrawn' },
  'code-invalid': { status: 401, title: 'The one-time code was used, is too old or never existed' },
  'assertion-malformed': { status: 401, title: 'The assertion is not a signed JWT with the claims that it needs' },
  'assertion-algorithm': { status: 401, title: 'The assertion is not signed with EdDSA' },
  'assertion-signature': { status: 401, title: 'The assertion is not signed by the key of an integration' },
  'assertion-audience': { status: 401, title: 'The assertion is meant for somebody else' },
  'assertion-expired': { status: 401, title: 'The assertion has expired' },
  'assertion-not-yet-valid': { status: 401, title: 'The assertion comes from the future' },
  'assertion-too-long-lived': { status: 401, title: 'The assertion lives too long' },
  'assertion-replayed': { status: 401, title: 'The assertion was used before' },
  'permission-denied': { status: 403, title: 'These credentials do not allow this' },
  'origin-refused': { status: 403, title: 'The request comes from another site' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'This address does not take that method' },
  conflict: { status: 409, title: 'The request contradicts what is stored' },
  'name-taken': { status: 409, title: 'The name is taken' },
  'chunk-conflict': { status: 409, title: 'The chunk does not continue the scan' },
  'version-conflict': { status: 409, title: 'Somebody else changed it first' },
  'state-conflict': { status: 409, title: 'Its state does not allow this' },
  'body-too-large': { status: 413, title: 'The body is larger than allowed' },
  'line-too-large': { status: 413, title: 'A line is longer than allowed' },
  'content-type-unsupported': { status: 415, title: 'The body has a type or coding that is not understood' },
  'line-invalid': { status: 422, title: 'A line of the scan document is not valid' },
  'digest-mismatch': { status: 422, title: 'The body is not what its digest says' },
  'configuration-invalid': { status: 422, title: 'The configuration is not valid' },
  'bundle-invalid': { status: 422, title: 'The bundle cannot be read or belongs to another trust domain' },
  'request-refused': { status: 422, title: 'The request cannot be carried out as it is' },
  'scan-version-unsupported': { status: 422, title: 'The scan document is of a version that this server does not know' },
  'internal-error': { status: 500, title: 'Something went wrong inside the server' },
  'server-busy': { status: 503, title: 'The server has as much to do as it can' },
  'mint-unavailable': { status: 503, title: 'No trust domain server answers for this' },
  'database-unavailable': { status: 503, title: 'The database does not answer' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>
/** The last part of a problem's `type`. */
export type ProblemName = keyof typeof PROBLEMS

/** Type URI of a problem. */
export function problemType(name: ProblemName): string {
  return `urn:mintmark:problem:${name}`
}

/** An error as the API answers it: RFC 9457, with the fields that are wrong and what to do next. */
export const Problem = z
  .object({
    type: z.string().max(256).describe('Stable; compare this one'),
    title: z.string().max(256),
    status: z.int().min(400).max(599),
    detail: z.string().max(HTTP_LIMITS.problemCharsMax).optional().describe('What happened, in a sentence'),
    remedy: z.string().max(HTTP_LIMITS.problemCharsMax).optional().describe('What to do next'),
    requestId: z.string().max(64).optional().describe('Names this request in the logs of the server'),
    errors: z
      .array(z.object({ line: z.int().min(1).optional(), field: z.string().max(512), problem: z.string().max(512) }))
      .max(HTTP_LIMITS.problemErrorsMax)
      .optional(),
  })
  .openapi('Problem')
export type Problem = z.infer<typeof Problem>

/** The answers that every route can give beside its own. */
export const problemResponses = {
  '4XX': { description: 'The request cannot be served; the problem says why', content: { 'application/problem+json': { schema: Problem } } },
  '5XX': { description: 'The server failed; the problem carries the request id', content: { 'application/problem+json': { schema: Problem } } },
} as const
