import { DECODE_LIMITS } from './limits.ts'
import { scalar, type ListNode, type MapNode, type Pair, type Scalar, type Tree } from './tree.ts'

const TAB = 9
const LINE_FEED = 10
const RETURN = 13
const SPACE = 32
const DOUBLE_QUOTE = 34
const HASH = 35
const SINGLE_QUOTE = 39
const COMMA = 44
const SLASH = 47
const COLON = 58
const LIST_OPEN = 91
const BACKSLASH = 92
const LIST_CLOSE = 93
const MAP_OPEN = 123
const MAP_CLOSE = 125

/**
 * Reads JSON and its relatives (JSON5, HJSON-like configuration, flow collections of YAML) in one pass and with places, which JSON.parse does not give.
 * Tolerant: comments, trailing commas, single quotes and bare words are taken as they are meant; what cannot be read is skipped and named as a problem.
 */
export class FlowReader {
  readonly #text: string
  #at: number
  readonly problems: string[] = []

  constructor(text: string, at: number) {
    this.#text = text
    this.#at = at
  }

  /** Offset behind what has been read. */
  get at(): number {
    return this.#at
  }

  /** Reads one value. `nesting` counts the maps and lists around it. */
  read(nesting = 0): Tree {
    this.skipSpace()
    const code = this.#text.charCodeAt(this.#at)
    if (code === MAP_OPEN || code === LIST_OPEN) {
      if (nesting >= DECODE_LIMITS.nestingMax) return this.#skipDeep()
      return code === MAP_OPEN ? this.#readMap(nesting) : this.#readList(nesting)
    }
    if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) return this.#readQuoted(code)
    return this.#readPlain(false)
  }

  /** Passes white space and comments. */
  skipSpace(): void {
    const text = this.#text
    for (;;) {
      const code = text.charCodeAt(this.#at)
      if (code === SPACE || code === LINE_FEED || code === RETURN || code === TAB || code === 0xfeff) this.#at += 1
      else if (code === HASH || (code === SLASH && text.charCodeAt(this.#at + 1) === SLASH)) this.#at = endOfLine(text, this.#at)
      else if (code === SLASH && text.charCodeAt(this.#at + 1) === 42) {
        const end = text.indexOf('*/', this.#at + 2)
        this.#at = end === -1 ? text.length : end + 2
      } else return
    }
  }

  #readMap(nesting: number): MapNode {
    const pairs: Pair[] = []
    this.#at += 1
    for (;;) {
      this.skipSpace()
      const code = this.#text.charCodeAt(this.#at)
      if (Number.isNaN(code)) return this.#unfinished('map', { is: 'map', pairs })
      if (code === MAP_CLOSE) {
        this.#at += 1
        return { is: 'map', pairs }
      }
      if (code === COMMA || code === LIST_CLOSE) {
        this.#at += 1
        continue
      }
      const before = this.#at
      const key = code === DOUBLE_QUOTE || code === SINGLE_QUOTE ? this.#readQuoted(code) : this.#readPlain(true)
      this.skipSpace()
      if (this.#text.charCodeAt(this.#at) === COLON || this.#text.charCodeAt(this.#at) === 61) {
        this.#at += this.#text.startsWith('=>', this.#at) ? 2 : 1
        const value = this.read(nesting + 1)
        pairs.push({ key: key.text, value, from: before, end: this.#at })
      } else if (key.text !== '') pairs.push({ key: '', value: key })
      if (this.#at === before) this.#at += 1
    }
  }

  #readList(nesting: number): ListNode {
    const items: Tree[] = []
    const ends: number[] = []
    const from = this.#at
    this.#at += 1
    for (;;) {
      this.skipSpace()
      const code = this.#text.charCodeAt(this.#at)
      if (Number.isNaN(code)) return this.#unfinished('list', { is: 'list', items, from, ends })
      if (code === LIST_CLOSE) {
        this.#at += 1
        return { is: 'list', items, from, ends }
      }
      if (code === COMMA || code === MAP_CLOSE) {
        this.#at += 1
        continue
      }
      const before = this.#at
      const item = this.read(nesting + 1)
      this.skipSpace()
      if (item.is === 'scalar' && this.#text.charCodeAt(this.#at) === COLON) {
        // YAML allows a single pair as a list item: [a: b].
        this.#at += 1
        items.push({ is: 'map', pairs: [{ key: item.text, value: this.read(nesting + 1) }] })
      } else items.push(item)
      ends.push(this.#at)
      if (this.#at === before) this.#at += 1
    }
  }

  #readQuoted(quote: number): Scalar {
    const read = readQuoted(this.#text, this.#at, quote, quote === SINGLE_QUOTE ? 'either' : 'json')
    this.#at = read.end
    if (!read.closed) this.problems.push('A quoted text does not end.')
    return read.scalar
  }

  #readPlain(asKey: boolean): Scalar {
    const text = this.#text
    const from = this.#at
    let at = from
    for (; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code === COMMA || code === MAP_CLOSE || code === LIST_CLOSE || code === LINE_FEED) break
      if (code === COLON && (asKey || isSpace(text.charCodeAt(at + 1)))) break
      if (asKey && code === 61) break
      if (code === MAP_OPEN && at > from && text.charCodeAt(at - 1) === 36) at = Math.max(at, text.indexOf('}', at))
      else if (code === MAP_OPEN && text.charCodeAt(at + 1) === MAP_OPEN) at = Math.max(at, text.indexOf('}}', at) + 1)
    }
    this.#at = at
    return scalar(text.slice(from, at).trimEnd(), from)
  }

  /** Passes a map or list that is nested too deeply, and says so. */
  #skipDeep(): Tree {
    this.problems.push(`Maps and lists below level ${DECODE_LIMITS.nestingMax} were cut.`)
    const text = this.#text
    let open = 0
    for (; this.#at < text.length; this.#at += 1) {
      const code = text.charCodeAt(this.#at)
      if (code === MAP_OPEN || code === LIST_OPEN) open += 1
      else if (code === MAP_CLOSE || code === LIST_CLOSE) open -= 1
      else if (code === DOUBLE_QUOTE) this.#at = readQuoted(text, this.#at, DOUBLE_QUOTE, 'json').end - 1
      if (open === 0) break
    }
    this.#at += 1
    return { is: 'list', items: [] }
  }

  #unfinished<T extends Tree>(what: string, tree: T): T {
    if (this.problems.length === 0) this.problems.push(`A ${what} does not end.`)
    return tree
  }
}

/** Reads a quoted text that begins with its quote at `at`. `json` escapes by backslash, `yaml-single` by doubling, `either` by both. */
export function readQuoted(
  text: string,
  at: number,
  quote: number,
  escapes: 'json' | 'yaml-single' | 'either',
): { readonly scalar: Scalar; readonly end: number; readonly closed: boolean } {
  let plain = true
  let end = at + 1
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end)
    if (code === BACKSLASH && escapes !== 'yaml-single') {
      plain = false
      end += 1
    } else if (code === quote) {
      if (escapes === 'json' || text.charCodeAt(end + 1) !== quote) break
      plain = false
      end += 1
    }
  }
  const raw = text.slice(at + 1, Math.min(end, text.length))
  const closed = end < text.length
  if (plain) return { scalar: scalar(raw, at + 1, 'verbatim', true), end: Math.min(end + 1, text.length), closed }
  const undoubled = escapes === 'json' ? raw : raw.replaceAll(String.fromCharCode(quote).repeat(2), String.fromCharCode(quote))
  return {
    scalar: scalar(escapes === 'yaml-single' ? undoubled : unescapeText(undoubled), at + 1, 'escaped', true),
    end: Math.min(end + 1, text.length),
    closed,
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', '0': '\0', e: '\u001b', a: '\u0007' }

/** Resolves backslash escapes as JSON, YAML and Java properties write them. */
export function unescapeText(raw: string): string {
  if (!raw.includes('\\')) return raw
  return raw.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r?\n[ \t]*)|([^]))/g, (_whole, unicode, hex, folded, letter: string) => {
    if (typeof unicode === 'string') return String.fromCharCode(Number.parseInt(unicode, 16))
    if (typeof hex === 'string') return String.fromCharCode(Number.parseInt(hex, 16))
    if (typeof folded === 'string') return ''
    return ESCAPES[letter] ?? letter
  })
}

/** Offset of the line feed that ends the line of `at`, or of the end of the text. */
export function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

function isSpace(code: number): boolean {
  return code === SPACE || code === LINE_FEED || code === RETURN || code === TAB || Number.isNaN(code)
}
