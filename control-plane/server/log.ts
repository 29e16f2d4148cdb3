import { Writable } from 'node:stream'
import pino, { type Logger } from 'pino'
import { z } from 'zod'

/** A logger of static messages. */
export type Log = Logger

/** Names of fields that never reach a log, wherever somebody puts them. */
const REDACTED = ['token', 'code', 'assertion', 'authorization', 'cookie', 'password', 'privateKeyPem', 'key', 'body', 'value', 'databaseUrl']

const LEVEL_NAMES = new Map([
  [10, 'TRACE'],
  [20, 'DEBUG'],
  [30, 'INFO'],
  [40, 'WARN'],
  [50, 'ERROR'],
  [60, 'FATAL'],
])

/**
 * A logger with static messages: what varies is a field. Errors are logged by their name, code and stack only where they are ours;
 * their messages may quote a database and stay out.
 */
export function createLog(options: { readonly level: string; readonly format: 'json' | 'text'; readonly destination: Writable }): Log {
  const paths = REDACTED.flatMap((name) => [name, `*.${name}`])
  return pino(
    { level: options.level, base: null, redact: { paths, censor: '[redacted]' }, timestamp: pino.stdTimeFunctions.isoTime },
    options.format === 'json' ? options.destination : asText(options.destination),
  )
}

/** What of an error may be logged: its class, its code and where it was thrown, never its message. */
export function describeError(error: unknown): { readonly error: string; readonly errorCode?: string; readonly at?: string } {
  if (!(error instanceof Error)) return { error: typeof error }
  const errorCode = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line))
  const at = frames
    ?.slice(0, 6)
    .map((line) => line.trim().slice(0, 200))
    .join(' | ')
  return { error: error.name, ...(errorCode === undefined ? {} : { errorCode }), ...(at === undefined ? {} : { at }) }
}

const Line = z.looseObject({ level: z.number(), time: z.string(), msg: z.string().default('') })

function asText(destination: Writable): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const { level, time, msg, ...fields } = Line.parse(JSON.parse(chunk.toString()))
      const rest = Object.entries(fields).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      destination.write([time.slice(11, 19), (LEVEL_NAMES.get(level) ?? 'INFO').padEnd(5), msg, ...rest].join(' ') + '\n')
      done()
    },
  })
}
