/** A setting that cannot be used: which one, why, and what to do. */
export class AgentSettingsError extends Error {
  readonly remedy: string

  constructor(happened: string, remedy: string) {
    super(happened)
    this.name = 'AgentSettingsError'
    this.remedy = remedy
  }
}

/** An object of a settings document, read field by field; errors name the place. */
export interface Fields {
  object(name: string): Fields
  text(name: string): string | undefined
  texts(name: string): readonly string[] | undefined
  objects(name: string): readonly Fields[]
  boolean(name: string): boolean | undefined
  port(name: string): number | undefined
  has(name: string): boolean
}

/** Longest text and longest list in a document. */
const TEXT_LENGTH_MAX = 1_000_000
const LIST_LENGTH_MAX = 1_000

/** Reads a value as an object; null and nothing are an empty one. @throws AgentSettingsError from each reader that meets another type */
export function fieldsOf(value: unknown, place: string): Fields {
  const record = recordOf(value, place)
  const at = (name: string): string => (place === '' ? name : `${place}.${name}`)
  const valueOf = (name: string): unknown => (Object.hasOwn(record, name) ? (record[name] ?? undefined) : undefined)
  return {
    object: (name) => fieldsOf(valueOf(name), at(name)),
    text(name) {
      const found = valueOf(name)
      if (found === undefined || found === '') return undefined
      if (typeof found !== 'string' || found.length > TEXT_LENGTH_MAX) throw wrong(at(name), 'a text')
      return found
    },
    texts(name) {
      const found = valueOf(name)
      if (found === undefined) return undefined
      if (!Array.isArray(found) || found.length > LIST_LENGTH_MAX || !found.every((one) => typeof one === 'string')) throw wrong(at(name), 'a list of texts')
      return found
    },
    objects(name) {
      const found = valueOf(name)
      if (found === undefined) return []
      if (!Array.isArray(found) || found.length > LIST_LENGTH_MAX) throw wrong(at(name), 'a list')
      return found.map((one, index) => fieldsOf(one, `${at(name)}[${index}]`))
    },
    boolean(name) {
      const found = valueOf(name)
      if (found === undefined || typeof found === 'boolean') return found
      if (found === 'true' || found === 'false') return found === 'true'
      throw wrong(at(name), 'true or false')
    },
    port(name) {
      const found = valueOf(name)
      if (found === undefined) return undefined
      const port = Number(found)
      if (!Number.isInteger(port) || port < 0 || port > 65_535) throw wrong(at(name), 'a port between 0 and 65535')
      return port
    },
    has: (name) => valueOf(name) !== undefined,
  }
}

function recordOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw wrong(place, 'an object')
  return Object.fromEntries(Object.entries(value))
}

function wrong(place: string, wanted: string): AgentSettingsError {
  return new AgentSettingsError(`The setting ${place} is not ${wanted}.`, 'Settings and their forms: docs/mint/agent.md')
}

/** A span such as 30m, 90s or 1h30m, in milliseconds. */
export function durationMs(text: string, place: string): number {
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h)/g)]
  const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 0), 0)
  if (parts.map(([part]) => part).join('') !== text || ms <= 0 || !Number.isSafeInteger(ms)) throw wrong(place, 'a span such as 30m')
  return ms
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
