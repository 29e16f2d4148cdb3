/** What a trust domain server logs with; pino's loggers fit. Messages are static, what varies stands in the fields. */
export interface ServerLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const FRAMES_MAX = 6

/** What of an error may be logged: its class, its code and where it was thrown. Messages of foreign errors may quote what they failed on, and stay out. */
export function describeError(error: unknown): { readonly error: string; readonly errorCode?: string } {
  if (!(error instanceof Error)) return { error: typeof error }
  return { error: error.name, ...('code' in error && typeof error.code === 'string' ? { errorCode: error.code } : {}) }
}

/** The same with the place, for errors that nobody has foreseen. */
export function describeBug(error: unknown): object {
  const frames = error instanceof Error ? error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) : undefined
  return {
    ...describeError(error),
    at: frames
      ?.slice(0, FRAMES_MAX)
      .map((line) => line.trim())
      .join(' | '),
  }
}
