/** Codes of gRPC that a trust domain server answers with (gRPC status codes 1.0). */
export const CODES = {
  ok: 0,
  cancelled: 1,
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const

/** One of {@link CODES}. */
export type Code = (typeof CODES)[keyof typeof CODES]

/**
 * What a call ends with. The sentence goes to the agent's log: it names attributes, settings and times, never a token or a key.
 * `details` is the same sentence under the name that grpc-js sends.
 */
export class CallError extends Error {
  readonly code: Code
  readonly details: string

  constructor(code: Code, happened: string, options?: { readonly cause?: unknown }) {
    super(happened, options)
    this.name = 'CallError'
    this.code = code
    this.details = happened
  }
}

/** What an administrator's request ends with: a static label, what happened, and what to do next. */
export class AdministrationError extends Error {
  readonly label: 'not-found' | 'name-taken' | 'invalid' | 'version-conflict' | 'limit' | 'unavailable'
  readonly remedy: string
  /** Places in the request that are wrong, as JSON pointers (RFC 6901). */
  readonly problems: readonly { readonly pointer: string; readonly reason: string }[]

  constructor(
    label: AdministrationError['label'],
    happened: string,
    remedy: string,
    options: { readonly cause?: unknown; readonly problems?: AdministrationError['problems'] } = {},
  ) {
    super(happened, options)
    this.name = 'AdministrationError'
    this.label = label
    this.remedy = remedy
    this.problems = options.problems ?? []
  }
}

/** Reads, or tells the agent to come again: what is not remembered while the database is away cannot be decided. */
export async function readOrUnavailable<Value>(read: () => Promise<Value>): Promise<Value> {
  try {
    return await read()
  } catch (error) {
    throw new CallError(CODES.unavailable, 'The database cannot be reached and nothing is remembered of this cluster; try again in a moment.', { cause: error })
  }
}
