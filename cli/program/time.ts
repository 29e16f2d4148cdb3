import { UsageError } from './usage-error.ts'

/**
 * A time from the command line, as the API takes it.
 *
 * @throws UsageError that names the option when it is no time
 */
export function timeOf(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) throw new UsageError(`"${text}" is no time.`, `It looks like this: ${option} 2026-05-01T00:00:00Z`)
  return time.toISOString()
}
