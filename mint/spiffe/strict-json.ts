import { refuse, type Checked } from './checked.ts'
import { parseExact } from './exact-numbers.ts'

/** Deepest nesting that is read; `JSON.parse` itself would go on until the stack ends. */
export const JSON_DEPTH_MAX = 64

/**
 * Parses foreign JSON more strictly than `JSON.parse`: a name that stands twice in one object is refused (rule 19), because
 * parsers disagree on which of the two counts; nesting is bounded; whole numbers that a double would round come as BigInt (rule 16).
 *
 * Never throws. Objects have no prototype pollution to fear: `__proto__` is an ordinary own property of what `JSON.parse` makes.
 */
export function parseStrictJson(text: string): Checked<{ value: unknown }> {
  let value: unknown
  const problem = scanNames(text)
  if (problem !== undefined) return refuse(problem)
  try {
    value = parseExact(text)
  } catch {
    // The parser's message quotes the text, which may hold what is nobody's business.
    return refuse('is not JSON')
  }
  return { ok: true, value }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const COLON = 0x3a

/**
 * One pass over the text: every string is skipped as a whole, and one that a colon follows is a name of the innermost object.
 * Text that is not JSON may pass here; the parser refuses it afterwards.
 */
function scanNames(text: string): string | undefined {
  // One set per open object, and nothing for an open list.
  const open: (Set<string> | undefined)[] = []
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (open.length === JSON_DEPTH_MAX) return `is nested deeper than ${JSON_DEPTH_MAX}`
      open.push(code === OPEN_OBJECT ? new Set() : undefined)
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      open.pop()
    } else if (code === QUOTE) {
      const end = endOfString(text, index + 1)
      const names = open.at(-1)
      if (names !== undefined && followedByColon(text, end + 1)) {
        const name = plainName(text.slice(index, end + 1))
        if (names.has(name)) return 'has one name twice in an object'
        names.add(name)
      }
      index = end
    }
  }
  return undefined
}

function endOfString(text: string, from: number): number {
  let index = from
  while (index < text.length && text.charCodeAt(index) !== QUOTE) index += text.charCodeAt(index) === BACKSLASH ? 2 : 1
  return index
}

function followedByColon(text: string, from: number): boolean {
  let index = from
  // Space, tab, line feed, carriage return: all the white space that JSON has.
  while (index < text.length && ' \t\n\r'.includes(text.charAt(index))) index += 1
  return text.charCodeAt(index) === COLON
}

/** The name behind escapes, so that `"a"` and `"\u0061"` are the same. */
function plainName(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1)
  try {
    return String(JSON.parse(quoted))
  } catch {
    return quoted
  }
}

/** Whether a parsed value is an object and not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
