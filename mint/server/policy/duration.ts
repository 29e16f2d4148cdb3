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
