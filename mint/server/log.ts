/** What a trust domain server logs with; pino's loggers fit. Messages are static, what varies stands in the fields. */
export interface ServerLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
