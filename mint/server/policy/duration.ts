const UNIT_SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 }
const DURATION = /^(?:\d{1,9}[dhms])+$/
const PART = /(\d+)([dhms])/g

/** Seconds of a duration such as `1h30m`, `90s` or `7d`; undefined for anything else, zero included. */
export function parseDuration(text: string): number | undefined {
  if (text.length > 64 || !DURATION.test(text)) return undefined
  let seconds = 0
  for (const [, amount = '', unit = ''] of text.matchAll(PART)) seconds += Number(amount) * (UNIT_SECONDS[unit] ?? 0)
  return seconds > 0 ? seconds : undefined
}

/** A number of seconds as {@link parseDuration} reads it. */
export function formatDuration(seconds: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    const size = UNIT_SECONDS[unit] ?? 1
    if (seconds >= size && seconds % size === 0) return `${seconds / size}${unit}`
  }
  return `${seconds}s`
}
