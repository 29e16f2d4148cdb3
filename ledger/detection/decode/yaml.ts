import { endOfLine, FlowReader, readQuoted } from './flow.ts'
import { DECODE_LIMITS } from './limits.ts'
import { scalar, type Pair, type Reading, type Scalar, type Tree } from './tree.ts'

const TAB = 9
const LINE_FEED = 10
const SPACE = 32
const DOUBLE_QUOTE = 34
const HASH = 35
const SINGLE_QUOTE = 39
const DASH = 45
const COLON = 58
/** Broken quotes and brackets of one text after which none is trusted any more. */
const UNCLOSED_MAX = 8
const EMPTY: Tree = scalar('', 0)

/**
 * Reads YAML line by line into trees with places. Written for configuration rather than for the whole of YAML 1.2: tags and anchors are passed over,
 * an alias yields nothing (its value is read where it is anchored, so no alias can multiply), tabs and template lines do no harm,
 * and a line that fits nowhere becomes a stray instead of an end. One pass, linear in the text.
 *
 * @see YAML 1.2.2 chapters 6 to 9 for what is read
 */
export function readYaml(text: string): Reading {
  return new YamlReader(text).read()
}

class YamlReader {
  readonly #text: string
  readonly #documents: Tree[] = []
  readonly #strays: Scalar[] = []
  readonly #problems: string[] = []
  /** Begin of the content of the current line; behind `- ` it moves on within the line. */
  #at = 0
  /** Column of the content. */
  #indent = 0
  #end = 0
  #isDone = false
  #atDocument = false
  /** Quotes and brackets that did not end where they should: after a few of them the rest is read as plain lines, so that a broken file stays linear. */
  #unclosed = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Reading {
    this.#enterLine(this.#text.charCodeAt(0) === 0xfeff ? 1 : 0)
    while (!this.#isDone) {
      if (this.#atDocument) {
        this.#passDocumentMark()
        continue
      }
      this.#documents.push(this.#readNode(this.#indent, 0))
    }
    return { documents: this.#documents, strays: this.#strays, problems: this.#problems }
  }

  /** Moves to the first line from `from` on that holds content; comments and template lines become strays. */
  #enterLine(from: number): void {
    const text = this.#text
    let start = from
    for (;;) {
      if (start >= text.length) {
        this.#isDone = true
        this.#indent = -1
        return
      }
      let at = start
      let code = text.charCodeAt(at)
      while (code === SPACE || code === TAB) code = text.charCodeAt((at += 1))
      const end = endOfLine(text, at)
      if (at === end || (code === 13 && at + 1 === end)) {
        start = end + 1
        continue
      }
      if (code === HASH || (code === 123 && isTemplateLine(text, at, end))) {
        this.#addStray(at, end)
        start = end + 1
        continue
      }
      this.#at = at
      this.#indent = at - start
      this.#end = text.charCodeAt(end - 1) === 13 ? end - 1 : end
      this.#atDocument = at === start && isDocumentMark(text, at, this.#end)
      if (this.#atDocument) this.#indent = -1
      return
    }
  }

  #nextLine(): void {
    this.#enterLine(endOfLine(this.#text, this.#end) + 1)
  }

  #passDocumentMark(): void {
    this.#atDocument = false
    const rest = skipSpaces(this.#text, this.#at + 3, this.#end)
    if (rest < this.#end && this.#text.charCodeAt(rest) !== HASH && this.#text.charCodeAt(this.#at) === DASH) {
      this.#at = rest
      this.#indent = 0
    } else this.#nextLine()
  }

  #addStray(from: number, end: number): void {
    const last = this.#strays.at(-1)
    const gap = last === undefined ? '' : this.#text.slice(last.at + last.text.length, from)
    // Lines that follow each other make one stray, so that a commented-out block is searched at once.
    if (last !== undefined && gap.length < 64 && gap.trim() === '') this.#strays[this.#strays.length - 1] = scalar(this.#text.slice(last.at, end), last.at)
    else this.#strays.push(scalar(this.#text.slice(from, end), from))
  }

  /** Reads the block that begins at the current content, whose column is `indent`. */
  #readNode(indent: number, nesting: number): Tree {
    if (nesting > DECODE_LIMITS.nestingMax) return this.#skipBlock(indent)
    const text = this.#text
    if (isDash(text, this.#at, this.#end)) return this.#readSequence(indent, nesting)
    const key = this.#readKey()
    if (key !== undefined) return this.#readMapping(indent, nesting)
    return this.#readInline(this.#at, indent - 1, nesting)
  }

  #readSequence(indent: number, nesting: number): Tree {
    const items: Tree[] = []
    const ends: number[] = []
    const from = this.#at
    while (!this.#isDone && this.#indent === indent && isDash(this.#text, this.#at, this.#end)) {
      const dash = this.#at
      const content = skipProperties(this.#text, skipSpaces(this.#text, dash + 1, this.#end), this.#end)
      if (content >= this.#end || this.#text.charCodeAt(content) === HASH) {
        this.#nextLine()
        items.push(this.#indent > indent ? this.#readNode(this.#indent, nesting + 1) : EMPTY)
        ends.push(this.#isDone ? this.#text.length : this.#at)
        continue
      }
      this.#at = content
      this.#indent = indent + content - dash
      if (isDash(this.#text, content, this.#end) || this.#readKey() !== undefined) items.push(this.#readNode(this.#indent, nesting + 1))
      else items.push(this.#readInline(content, indent, nesting + 1))
      ends.push(this.#isDone ? this.#text.length : this.#at)
    }
    this.#passDeeper(indent)
    return { is: 'list', items, from, ends }
  }

  #readMapping(indent: number, nesting: number): Tree {
    const pairs: Pair[] = []
    while (!this.#isDone && this.#indent === indent) {
      const key = this.#readKey()
      if (key === undefined) {
        if (isDash(this.#text, this.#at, this.#end)) break
        this.#problem('A line is neither a key nor part of a value.')
        this.#addStray(this.#at, this.#end)
        this.#nextLine()
        continue
      }
      const from = this.#at
      const value = this.#readValue(key.end, indent, nesting)
      pairs.push({ key: key.name, value, from, end: this.#isDone ? this.#text.length : this.#at })
      this.#passDeeper(indent)
    }
    return { is: 'map', pairs }
  }

  /** What stands behind `key:`, on the line or as a block below it. */
  #readValue(from: number, indent: number, nesting: number): Tree {
    const text = this.#text
    const at = skipProperties(text, skipSpaces(text, from, this.#end), this.#end)
    if (at < this.#end && text.charCodeAt(at) !== HASH) return this.#readInline(at, indent, nesting + 1)
    this.#nextLine()
    if (this.#indent > indent) return this.#readNode(this.#indent, nesting + 1)
    // A list may stand at the column of its key.
    if (this.#indent === indent && isDash(text, this.#at, this.#end)) return this.#readSequence(indent, nesting + 1)
    return EMPTY
  }

  /** Lines below a finished value that are deeper than its key fit nowhere: their keys are read all the same. */
  #passDeeper(indent: number): void {
    while (!this.#isDone && this.#indent > indent) {
      this.#problem('A line is indented more than its neighbours.')
      this.#documents.push(this.#readNode(this.#indent, 1))
    }
  }

  /** Reads a value that begins on the current line and leaves the reader on the line after it. `parent` is the column of its key. */
  #readInline(at: number, parent: number, nesting: number): Tree {
    const text = this.#text
    const code = text.charCodeAt(at)
    if (code === 124 || code === 62) {
      const header = /^[|>][+-]?\d?[+-]?[ \t]*(?:#.*)?$/.test(text.slice(at, Math.min(this.#end, at + 200)))
      if (header) return this.#readBlockScalar(at, parent)
    }
    const isTrusting = this.#unclosed < UNCLOSED_MAX
    if ((code === DOUBLE_QUOTE || code === SINGLE_QUOTE) && isTrusting) {
      const read = readQuoted(text, at, code, code === SINGLE_QUOTE ? 'yaml-single' : 'json')
      if (!read.closed || !isRestOfLineEmpty(text, read.end)) return this.#readUnclosed(at, parent)
      this.#enterLine(endOfLine(text, read.end) + 1)
      return read.scalar
    }
    if (((code === 123 && text.charCodeAt(at + 1) !== 123) || code === 91) && isTrusting) {
      const flow = new FlowReader(text, at)
      const tree = flow.read(nesting)
      if (flow.problems.length > 0 || !isRestOfLineEmpty(text, flow.at)) return this.#readUnclosed(at, parent)
      this.#enterLine(endOfLine(text, flow.at) + 1)
      return tree
    }
    if (code === 42 && /^\*[\w.-]+\s*(?:#.*)?$/.test(text.slice(at, Math.min(this.#end, at + 200)))) {
      this.#nextLine()
      return EMPTY
    }
    return this.#readPlain(at, parent)
  }

  #readUnclosed(at: number, parent: number): Scalar {
    this.#unclosed += 1
    this.#problem('A quoted text, map or list does not end where its line ends.')
    return this.#readPlain(at, parent)
  }

  #readPlain(at: number, parent: number): Scalar {
    const text = this.#text
    let end = this.#end
    const comment = text.slice(at, end).search(/[ \t]#/)
    if (comment !== -1) end = at + comment
    const first = text.slice(at, end).trimEnd()
    this.#nextLine()
    // Further lines of a plain value are deeper than its key and hold no key of their own.
    let last = 0
    while (!this.#isDone && this.#indent > parent && this.#readKey() === undefined && !isDash(text, this.#at, this.#end)) {
      last = this.#end
      this.#nextLine()
    }
    return last === 0 ? scalar(first, at) : scalar(text.slice(at, last), at)
  }

  #readBlockScalar(at: number, parent: number): Scalar {
    const text = this.#text
    const explicit = /\d/.exec(text.slice(at, this.#end))
    let start = endOfLine(text, this.#end) + 1
    let indent = explicit === null ? -1 : Math.max(parent, 0) + Number(explicit[0])
    const lines: string[] = []
    let from = -1
    while (start < text.length) {
      const end = endOfLine(text, start)
      const limit = indent === -1 ? end : Math.min(end, start + indent)
      let content = start
      while (content < limit && text.charCodeAt(content) === SPACE) content += 1
      const isBlank = content === end || (text.charCodeAt(content) === 13 && content + 1 === end)
      if (!isBlank) {
        if (content - start <= parent && (content - start < indent || indent === -1)) break
        if (indent === -1) indent = content - start
        else if (content - start < indent) break
      }
      if (from === -1 && !isBlank) from = content
      if (from !== -1) lines.push(isBlank ? '' : text.slice(content, end))
      start = end + 1
    }
    while (lines.at(-1) === '') lines.pop()
    this.#enterLine(start)
    return from === -1 ? scalar('', at, 'block') : scalar(lines.join('\n'), from, 'block', true, indent)
  }

  /** The key of the current line, or undefined when the line holds none. */
  #readKey(): { readonly name: string; readonly end: number } | undefined {
    const text = this.#text
    let at = this.#at
    const code = text.charCodeAt(at)
    if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) {
      const read = readQuoted(text.slice(0, this.#end), at, code, code === SINGLE_QUOTE ? 'yaml-single' : 'json')
      const colon = skipSpaces(text, read.end, this.#end)
      if (!read.closed || read.end > this.#end || text.charCodeAt(colon) !== COLON) return undefined
      return { name: read.scalar.text, end: colon + 1 }
    }
    if (code === 123 && text.charCodeAt(at + 1) !== 123) return undefined
    if (code === 91 || code === 124 || code === 62) return undefined
    if (code === 63 && text.charCodeAt(at + 1) === SPACE) at += 2
    const max = Math.min(this.#end, at + DECODE_LIMITS.nameCharsMax)
    for (let colon = at; colon < max; colon += 1) {
      const here = text.charCodeAt(colon)
      if (here === HASH && isBlank(text.charCodeAt(colon - 1))) return undefined
      if (here !== COLON) continue
      const next = text.charCodeAt(colon + 1)
      if (colon + 1 >= this.#end || isBlank(next)) {
        const name = text.slice(at, colon).trimEnd()
        if (name === '') return undefined
        return { name: code === 38 || code === 33 ? name.replace(/^[&!][^ ]* +/, '') : name, end: colon + 1 }
      }
    }
    return undefined
  }

  #skipBlock(indent: number): Tree {
    this.#problem(`Maps and lists below level ${DECODE_LIMITS.nestingMax} were cut.`)
    while (!this.#isDone && this.#indent >= indent) this.#nextLine()
    return EMPTY
  }

  #problem(problem: string): void {
    if (!this.#problems.includes(problem)) this.#problems.push(problem)
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || code === LINE_FEED || code === 13
}

function skipSpaces(text: string, from: number, end: number): number {
  let at = from
  while (at < end && isBlank(text.charCodeAt(at))) at += 1
  return at
}

/** Passes tags (`!secret`) and anchors (`&name`), which may stand before a value. */
function skipProperties(text: string, from: number, end: number): number {
  let at = from
  for (let code = text.charCodeAt(at); at < end && (code === 33 || code === 38); code = text.charCodeAt(at)) {
    while (at < end && !isBlank(text.charCodeAt(at))) at += 1
    at = skipSpaces(text, at, end)
  }
  return at
}

function isDash(text: string, at: number, end: number): boolean {
  return text.charCodeAt(at) === DASH && (at + 1 >= end || isBlank(text.charCodeAt(at + 1)))
}

function isDocumentMark(text: string, at: number, end: number): boolean {
  if (!text.startsWith('---', at) && !text.startsWith('...', at)) return false
  return at + 3 >= end || isBlank(text.charCodeAt(at + 3))
}

/** A line of its own such as `{{- if .Values.x }}`, which Helm and other generators leave between the lines of YAML. */
function isTemplateLine(text: string, at: number, end: number): boolean {
  return text.charCodeAt(at + 1) === 123 && text.slice(at, end).trimEnd().endsWith('}}') && !/\}\}\s*:/.test(text.slice(at, end))
}

function isRestOfLineEmpty(text: string, from: number): boolean {
  const rest = text.slice(from, endOfLine(text, from)).trim()
  // Objects of JSON and of programs that were cut out of their file have a comma there.
  return rest === '' || rest === ',' || rest.startsWith('#')
}
