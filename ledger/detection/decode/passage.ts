import type { EntryOrigin } from '../finding.ts'
import { DECODE_LIMITS } from './limits.ts'

/**
 * Where a text stands in the decoded text of its entry, 1-based. `indent` is the number of columns before each further line of it,
 * and `fixed` says that the text stands there in another form: it has one place, or the places that `inner` finds.
 */
export interface Anchor {
  readonly line: number
  readonly column: number
  readonly indent: number
  readonly fixed: boolean
  /** Of a text that stands in the entry with escapes: where the character at an offset of the text stands. */
  readonly inner?: (offset: number) => Anchor
}

/** Begin of the entry itself. */
export const START: Anchor = { line: 1, column: 1, indent: 0, fixed: false }

/** A text under decoding: what it is called, where it stands and how it was reached. */
export interface Passage {
  /** Index of the entry in its group. */
  readonly entry: number
  readonly origin: EntryOrigin
  readonly text: string
  readonly name: string
  readonly field: string | undefined
  readonly anchor: Anchor
  readonly encoding: readonly string[]
  readonly siblings: readonly string[]
  readonly aliases: readonly string[]
  readonly historic: string | undefined
  /** Decoders passed so far. */
  readonly depth: number
  /** Base64 layers passed that nothing had declared. */
  readonly guesses: number
}

/** A passage that is reached by one decoding step: its characters no longer stand in the entry as they are. */
export function decodedPassage(parent: Passage, text: string, step: string): Passage {
  return { ...parent, text, anchor: opaque(parent.anchor), encoding: [...parent.encoding, step], depth: parent.depth + 1 }
}

/** The one place of a text whose characters stand nowhere in the entry. */
export function opaque({ line, column, indent }: Anchor): Anchor {
  return { line, column, indent, fixed: true }
}

/** A part of a passage, with its own name, at its own place. */
export function partOf(passage: Passage, from: number, end: number, name: string, locator = new Locator(passage.text, passage.anchor)): Passage {
  return { ...passage, text: passage.text.slice(from, end), name, anchor: locator.at(from) }
}

/** Appends one key or index to a field path, in the way of `spring.datasource.password`, `users[0].token` and `data[application.yml]`. */
export function fieldOf(parent: string | undefined, key: string | number): string {
  const own = typeof key === 'number' ? `[${key}]` : key
  if (parent === undefined || parent === '') return shorten(own)
  if (typeof key === 'number') return shorten(parent + own)
  return shorten(/^[\w-]+$/.test(key) ? `${parent}.${key}` : `${parent}[${key}]`)
}

function shorten(field: string): string {
  const max = DECODE_LIMITS.fieldCharsMax
  if (field.length <= max) return field
  const half = Math.floor(max / 2) - 1
  return `${field.slice(0, half)}…${field.slice(-half)}`
}

/** Finds lines and columns of offsets; offsets that rise cost one pass over the text together. */
export class Locator {
  readonly #text: string
  readonly #anchor: Anchor
  #line = 0
  #lineStart = 0
  #feed: number

  constructor(text: string, anchor: Anchor) {
    this.#text = text
    this.#anchor = anchor
    this.#feed = this.#feedFrom(0)
  }

  /** The anchor of the text that begins at `offset`; `indent` columns stand before each further line of it inside this text. */
  at(offset: number, indent = 0): Anchor {
    const anchor = this.#anchor
    if (anchor.fixed) {
      const { inner } = anchor
      return inner === undefined ? anchor : { ...inner(offset), fixed: true, inner: (further) => inner(offset + further) }
    }
    this.#moveTo(offset)
    const column = offset - this.#lineStart
    if (this.#line === 0) return { line: anchor.line, column: anchor.column + column, indent: anchor.indent + indent, fixed: false }
    return { line: anchor.line + this.#line, column: anchor.indent + column + 1, indent: anchor.indent + indent, fixed: false }
  }

  #moveTo(offset: number): void {
    if (offset < this.#lineStart) {
      // Walking back happens only between neighbours of one map, so it stays short.
      let at = this.#lineStart - 1
      while (at >= offset) {
        this.#line -= 1
        at = at === 0 ? -1 : this.#text.lastIndexOf('\n', at - 1)
      }
      this.#lineStart = at + 1
      this.#feed = this.#feedFrom(offset)
      return
    }
    // The next line feed is remembered, so that a long line is not searched again for each of its values.
    while (this.#feed < offset) {
      this.#line += 1
      this.#lineStart = this.#feed + 1
      this.#feed = this.#feedFrom(this.#lineStart)
    }
  }

  #feedFrom(offset: number): number {
    const feed = this.#text.indexOf('\n', offset)
    return feed === -1 ? Number.POSITIVE_INFINITY : feed
  }
}
