import { HTTP_LIMITS, PROBLEMS, problemType, type Problem, type ProblemName } from '@mintmark/contract/http'

/** What an answer may say beside its name: all of it ours, none of it from a request body. */
export interface ProblemDetails {
  readonly detail?: string
  readonly remedy?: string
  readonly errors?: Problem['errors']
  readonly headers?: Readonly<Record<string, string>>
}

/** Thrown by handlers; {@link answerError} turns it into a problem+json answer. */
export class ProblemError extends Error {
  readonly problem: ProblemName
  readonly details: ProblemDetails

  constructor(problem: ProblemName, details: ProblemDetails = {}) {
    super(details.detail ?? PROBLEMS[problem].title)
    this.name = 'ProblemError'
    this.problem = problem
    this.details = details
  }
}

/** The body of an answer. Texts are cut to their limits, so that no input can make an answer long. */
export function describeProblem(name: ProblemName, details: ProblemDetails, requestId: string): Problem {
  const { status, title } = PROBLEMS[name]
  const { detail, remedy, errors } = details
  return {
    type: problemType(name),
    title,
    status,
    ...(detail === undefined ? {} : { detail: detail.slice(0, HTTP_LIMITS.problemCharsMax) }),
    ...(remedy === undefined ? {} : { remedy: remedy.slice(0, HTTP_LIMITS.problemCharsMax) }),
    ...(errors === undefined ? {} : { errors: errors.slice(0, HTTP_LIMITS.problemErrorsMax) }),
    requestId,
  }
}

/** An answer of 404: the same for what does not exist and for what belongs to somebody else. */
export function notFound(what: string): ProblemError {
  return new ProblemError('not-found', { detail: `There is no such ${what} here.` })
}
