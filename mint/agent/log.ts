/** Levels in rising order. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
/** Least level of what is written. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What a line says beside its message. Never a token, a key or evidence. */
export type LogFields = Readonly<Record<string, unknown>>

/** One named source of log lines, such as `agent.readyChecker`. Messages are static sentences; what varies is a field. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** Log lines of the agent, by the name of who writes them. */
export interface AgentLog {
  logger(name: string): Logger
}

/** Longest text in a field, in characters: what others sent may be long. */
const TEXT_LENGTH_MAX = 2_000

/**
 * A log of JSON lines with the keys `level`, `ts`, `logger`, `msg` and the line's own fields.
 * Written here and not by a library, because an agent runs on every node and each library costs memory on all of them.
 */
export function createAgentLog(options: { readonly level: LogLevel; readonly write: (line: string) => void; readonly now?: () => Date }): AgentLog {
  const least = LOG_LEVELS.indexOf(options.level)
  const now = options.now ?? (() => new Date())
  function write(level: Exclude<LogLevel, 'silent'>, logger: string, msg: string, fields: LogFields | undefined): void {
    if (LOG_LEVELS.indexOf(level) < least) return
    options.write(`${JSON.stringify({ level, ts: now().toISOString(), logger, msg, ...fields }, shorten)}\n`)
  }
  return {
    logger: (name) => ({
      debug: (message, fields) => write('debug', name, message, fields),
      info: (message, fields) => write('info', name, message, fields),
      warn: (message, fields) => write('warn', name, message, fields),
      error: (message, fields) => write('error', name, message, fields),
    }),
  }
}

/** What an error is for a log line: its sentence, and that of what caused it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}

function shorten(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return typeof value === 'string' && value.length > TEXT_LENGTH_MAX ? `${value.slice(0, TEXT_LENGTH_MAX)}…` : value
}
