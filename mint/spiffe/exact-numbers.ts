import { randomUUID } from 'node:crypto'

/**
 * JSON whose whole numbers keep all their digits, as BigInt (rule 16). Node 21 and newer tell a reviver how a number was written, and write a
 * number as told; for older ones the numbers travel through `JSON` as marked texts. The mark is new for each text, so nobody can have written it.
 */

/** Digits of the largest number that is kept exactly; a longer one is nobody's sequence. */
const EXACT_DIGITS_MAX = 100

const KNOWS_SOURCES = 'rawJSON' in JSON

/** `JSON.parse`, with a BigInt for every whole number that a double would round. @throws SyntaxError */
export function parseExact(text: string): unknown {
  return KNOWS_SOURCES ? JSON.parse(text, reviveBySource) : parseByMarks(text)
}

/** `JSON.stringify` that writes a BigInt with all its digits. */
export function stringifyExact(value: unknown): string {
  return KNOWS_SOURCES
    ? JSON.stringify(value, (_name, item: unknown) => (typeof item === 'bigint' ? JSON.rawJSON(item.toString()) : item))
    : stringifyByMarks(value)
}

function reviveBySource(_name: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const { source = '' } = context
  return source.length <= EXACT_DIGITS_MAX && /^-?\d+$/.test(source) ? BigInt(source) : value
}

/** Strings as a whole, those that nobody closes too, so that what looks like a number inside one is left alone; and numbers with all that belongs to them. */
const STRINGS_AND_NUMBERS = /"(?:[^"\\]|\\[\s\S])*"?|-?\d[\d.eE+-]*/g
/** What makes a name of what stands before it. */
const COLON = /\s*:/y
/** Only numbers of this length can be above what a double holds exactly. */
const LONG_NUMBER = /^-?[1-9]\d{15,99}$/

/** What {@link parseExact} is where a reviver is told nothing but values. */
export function parseByMarks(text: string): unknown {
  const mark = randomUUID()
  const marked = text.replace(STRINGS_AND_NUMBERS, (token, offset: number) => {
    if (!LONG_NUMBER.test(token)) return token
    COLON.lastIndex = offset + token.length
    if (COLON.test(text)) throw new SyntaxError('A number stands where a name belongs.')
    return `"${mark}${token}"`
  })
  return JSON.parse(marked, (_name, value: unknown) => {
    if (typeof value !== 'string' || !value.startsWith(mark)) return value
    const digits = value.slice(mark.length)
    const number = Number(digits)
    return Number.isSafeInteger(number) || digits.length > EXACT_DIGITS_MAX ? number : BigInt(digits)
  })
}

/** What {@link stringifyExact} is where a number cannot be written as told. */
export function stringifyByMarks(value: unknown): string {
  const mark = randomUUID()
  const marked = JSON.stringify(value, (_name, item: unknown) => (typeof item === 'bigint' ? `${mark}${item}` : item))
  return marked.replace(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1')
}
