/** A request that contradicts what is stored, such as a name that is taken or a chunk that was sent with other content. */
export class ConflictError extends Error {
  readonly label: string

  constructor(label: string, happened: string) {
    super(happened)
    this.name = 'ConflictError'
    this.label = label
  }
}

/** A page token that this store did not write, or that belongs to another list. */
export class InvalidCursorError extends Error {
  constructor() {
    super('The page token is not valid for this list: start again without one')
    this.name = 'InvalidCursorError'
  }
}

/**
 * The database cannot serve: it is away, full, too old, or was never found. Nothing is lost; the same call may succeed later.
 *
 * `label` is static, so that logs and metrics can count it. The message never holds SQL text or values.
 */
export class StorageUnavailableError extends Error {
  readonly label: string
  /** The next thing to do, in words a person can act on. */
  readonly remedy: string

  constructor(label: string, happened: string, remedy: string, options?: { readonly cause?: unknown }) {
    super(happened, options)
    this.name = 'StorageUnavailableError'
    this.label = label
    this.remedy = remedy
  }
}

/** A statement that PostgreSQL refused: a bug of ours. Carries the SQLSTATE and the operation, never SQL text or values (law 1). */
export class StatementError extends Error {
  readonly sqlState: string

  constructor(sqlState: string, what: string) {
    super(`The database refused a statement (SQLSTATE ${sqlState}: ${what})`)
    this.name = 'StatementError'
    this.sqlState = sqlState
  }
}

/** Classes and codes of SQLSTATE that mean "not now" (PostgreSQL manual, appendix A). */
const AWAY_STATES = /^(?:08|57P0|53300|3D000|28)/
const FULL_STATES = /^(?:53100|58030)/

/** Turns what the driver throws into errors of ours; errors of ours pass through. */
export function explainDatabaseError(error: unknown): Error {
  if (error instanceof ConflictError || error instanceof InvalidCursorError || error instanceof StorageUnavailableError || error instanceof StatementError)
    return error
  const code = stringField(error, 'code')
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code) && stringField(error, 'severity') !== undefined) {
    if (FULL_STATES.test(code)) return diskFull()
    if (AWAY_STATES.test(code)) return away(`it answered SQLSTATE ${code}`)
    return new StatementError(code, stringField(error, 'routine') ?? 'unknown routine')
  }
  if (code === 'ENOSPC') return diskFull()
  if (isConnectionFailure(error, code)) return away(code ?? 'the connection ended')
  return error instanceof Error ? error : new Error('Something that is no error was thrown by the database driver')
}

/** True when repeating the same work later can succeed without any change. */
export function isUnavailable(error: unknown): boolean {
  return explainDatabaseError(error) instanceof StorageUnavailableError
}

function isConnectionFailure(error: unknown, code: string | undefined): boolean {
  if (code !== undefined && /^(?:ECONN|ENOENT|EPIPE|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|EACCES)/.test(code)) return true
  return error instanceof Error && /connection terminated|connection timeout|timeout exceeded|not queryable|pool after calling end|socket/i.test(error.message)
}

function away(reason: string): StorageUnavailableError {
  return new StorageUnavailableError(
    'database-away',
    `The database does not answer: ${reason}`,
    'Nothing is lost. Wait until the database is back (the embedded one restarts by itself), then repeat the request.',
  )
}

function diskFull(): StorageUnavailableError {
  return new StorageUnavailableError(
    'database-disk-full',
    'The database has no disk space left',
    'Free space on the disk that holds the database, then repeat the request. Nothing that was acknowledged is lost.',
  )
}

function stringField(value: unknown, field: string): string | undefined {
  if (typeof value !== 'object' || value === null || !(field in value)) return undefined
  const content: unknown = Reflect.get(value, field)
  return typeof content === 'string' ? content : undefined
}
