import { isHotName } from '../names/hot.ts'
import type { Decoding } from './decoding.ts'
import type { Locator, Passage } from './passage.ts'

const INSERT = /^[ \t]*(?:insert|replace)[ \t]+(?:ignore[ \t]+)?into[ \t]+[\w."`[\]]{1,200}[ \t\n]*\(([^()]{1,4000})\)\s*values\s*(?=\()/i
/** A statement whose columns are still being listed at the end of a text. */
const OPEN = /(?:^|\n)[ \t]*(?:insert|replace)[ \t]+(?:ignore[ \t]+)?into[ \t]+[\w."`[\]]{1,200}\s*(?:\([\w\s,"'`[\].]*)?$/i
/** Characters before a column in which its statement begins. */
const COLUMNS_CHARS_MAX = 2_000
/** Characters of a statement; a longer one is data. */
const STATEMENT_CHARS_MAX = 64 * 1024
const ROWS_MAX = 1_000

/** Where the statement begins among whose columns the line at `start` stands; the line itself where it is none of them. */
function startOfInsert(text: string, start: number): number {
  const before = text.slice(Math.max(0, start - COLUMNS_CHARS_MAX), start)
  const found = OPEN.exec(before)
  return found === null ? start : start - before.length + found.index + (before[found.index] === '\n' ? 1 : 0)
}

/**
 * Reads `INSERT INTO users (name, password) VALUES ('app', 'PASSWORD'), …`: values have the names of their columns.
 *
 * @param line where the statement begins, or a line of its columns
 * @returns the offset behind what was read, undefined when no column names a secret or this is no such statement
 */
export function readInsert(passage: Passage, line: number, locator: Locator, decoding: Decoding): number | undefined {
  const start = startOfInsert(passage.text, line)
  const text = passage.text.slice(start, start + STATEMENT_CHARS_MAX)
  const head = INSERT.exec(text)
  if (head === null) return undefined
  const columns = (head[1] ?? '').split(',').map((column) => column.replaceAll(/[\s"'`[\]]/g, ''))
  if (!columns.some((column) => isHotName(column))) return undefined
  let at = head[0].length
  for (let row = 0; row < ROWS_MAX && text[at] === '('; row++) {
    const read = readRow(text, at + 1)
    for (const [index, { from, end }] of read.values.entries()) {
      const name = columns[index] ?? ''
      if (!isHotName(name) || end <= from) continue
      const siblings = ['sql', ...columns.slice(0, 16)]
      decoding.decode({ ...passage, text: text.slice(from, end), name, anchor: locator.at(start + from), siblings, aliases: [], depth: passage.depth + 1 })
    }
    at = read.end
    const next = /^\s*,\s*(?=\()/.exec(text.slice(at, at + 200))
    if (next === null) break
    at += next[0].length
  }
  return start + at
}

interface Row {
  /** Texts between quotes; what is no text has no characters. */
  readonly values: readonly { readonly from: number; readonly end: number }[]
  /** Offset behind the closing bracket. */
  readonly end: number
}

/** Only a value that is one text counts: a call such as `crypt('…', gen_salt('bf'))` stores another one. */
function readRow(text: string, from: number): Row {
  const values: Row['values'][number][] = []
  let value = { from, end: from }
  let isPlain = true
  let depth = 0
  let at = from
  for (; at < text.length; at++) {
    const letter = text[at]
    if (letter === "'") {
      const close = endOfText(text, at + 1)
      if (depth === 0 && isPlain) value = { from: at + 1, end: close }
      at = close
    } else if (letter === '(') {
      depth += 1
      isPlain = false
      value = { from: at, end: at }
    } else if (letter === ')' && depth > 0) depth -= 1
    else if ((letter === ',' || letter === ')') && depth === 0) {
      values.push(value)
      value = { from: at, end: at }
      isPlain = true
      if (letter === ')') return { values, end: at + 1 }
    }
  }
  return { values, end: at }
}

/** Offset of the quote that ends a text; two quotes are one that belongs to it. */
function endOfText(text: string, from: number): number {
  let at = text.indexOf("'", from)
  while (at !== -1 && (text[at + 1] === "'" || text[at - 1] === '\\')) at = text.indexOf("'", text[at + 1] === "'" ? at + 2 : at + 1)
  return at === -1 ? text.length : at
}
