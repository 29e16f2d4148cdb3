import type { Decoding } from './decoding.ts'
import { readArrowPairs } from './arrow-pairs.ts'
import { EscapedOffsets } from './escaped-offsets.ts'
import { readCallArguments } from './call-arguments.ts'
import { readInlinePairs } from './inline-pairs.ts'
import { isSourceCode, literalOf } from './source-code.ts'
import { readAssignment, type Assignment } from './assignment.ts'
import { endOfLine } from './flow.ts'
import { fieldOf, Locator, opaque, partOf, type Anchor, type Passage } from './passage.ts'
import { readScript } from './script.ts'
import { siblingOf } from './siblings.ts'
import { DECODE_LIMITS } from './limits.ts'
import { isHotName } from '../names/hot.ts'
import { mayNameSecret } from '../names/stems.ts'
import { HotSpots, isCold } from './gate.ts'
import { endOfCommand, isBeforeCommand, isOneLine } from './line-shapes.ts'
import { readDirective } from './directives.ts'
import { readInsert } from './sql-insert.ts'
import { readSqlLine } from './sql.ts'

/** Shortest value that is looked at under a name that cannot mean a secret. */
const COLD_CHARS_MAX = 10
/** Characters of a line that is looked at for commands and statements. */
const COMMAND_CHARS_MAX = 16_384
/** npm names the settings of a registry by its address without the scheme. */
const NPM_REGISTRY = /^\/\/[^\s=]{1,200}:_[\w-]+\s*=/
const SECTION = /^\[{1,2}([^\]\n]{1,160})\]{1,2}\s*(?:[#;].*)?$/
/** A block of HCL that declares what its label names: `variable "db_password" {`. */
const BLOCK = /^(?:variable|parameter)\s+"([^"\n]{1,160})"\s*\{$/
const COMMAND =
  /(?:^|\s)--?[A-Za-z][\w.-]*(?:[ =]|$)|(?:^|[\s;&|])[A-Z_][A-Z0-9_]*=\S+\s+\S|\|[ \t]*(?:sudo[ \t]+)?chpasswd\b|^(?:sudo )?(?:rabbitmqctl|mc|consul|etcdctl|vault) /
/** A program with a flag; prose has flags too, but not behind a word in small letters at its beginning. */
const COMMENTED_COMMAND = /^(?:\$ |sudo )?[a-z][\w.-]{1,40} (?:[^\n]{0,200} )?--?[A-Za-z]/
const SQL = /\b(?:identified|password)\b/i

/** One section of a line-based file: values are judged by their neighbours, so they wait until the section is complete. */
interface Section {
  readonly name: string
  /** Every line of the section may hold something, because its name says so. */
  readonly isHot: boolean
  readonly pending: (Assignment | ColdLine)[]
}

/** A line in which nothing can be found: it is read only when a neighbour wants to know its name. */
interface ColdLine {
  readonly from: number
  readonly until: number
}

/** Cold lines of a section that are remembered; the neighbours of a value are the first few. */
const COLD_LINES_MAX = DECODE_LIMITS.siblingsMax * 4

/**
 * Reads files of lines: .env, Java properties, INI, systemd units, TOML, shell scripts, nginx, Redis and RabbitMQ configuration, source code.
 * They have one thing in common: a line names a value by `=`, `:`, `=>` or white space. Lines that name nothing are searched as text. One pass.
 */
export function readLines(passage: Passage, decoding: Decoding): void {
  new LineReader(passage, decoding).read()
}

class LineReader {
  readonly #passage: Passage
  readonly #decoding: Decoding
  readonly #locator: Locator
  readonly #hot: HotSpots
  /** The text is itself a value under a name that makes every line of it worth a look. */
  readonly #isUnderHotName: boolean
  /** The file is a program; told when the first value without quotes is met. */
  #isSource: boolean | undefined
  /** The file has statements that insert rows; told when the first line is read. */
  #hasInserts: boolean | undefined
  #section: Section
  /** Begin and end of the run of lines that name nothing. */
  #run: { readonly from: number; readonly end: number } | undefined

  constructor(passage: Passage, decoding: Decoding) {
    this.#passage = passage
    this.#decoding = decoding
    this.#locator = new Locator(passage.text, passage.anchor)
    this.#hot = new HotSpots(passage.text)
    this.#isUnderHotName = passage.field !== undefined && isHotName(passage.name)
    this.#section = { name: '', isHot: this.#isUnderHotName, pending: [] }
  }

  read(): void {
    const { text } = this.#passage
    let start = 0
    while (start < text.length && !this.#decoding.isFull) start = this.#passCold(start) ?? this.#readLine(start, endOfLine(text, start))
    this.#closeSection()
    this.#closeRun()
  }

  /** Passes the line at `start` when nothing can be found in it and it ends where it seems to; undefined when it has to be read. */
  #passCold(start: number): number | undefined {
    if (this.#section.isHot) return undefined
    const { text } = this.#passage
    const end = endOfLine(text, start)
    if (this.#hot.within(start, end) || !isOneLine(text, start, end)) return undefined
    if (this.#section.pending.length < COLD_LINES_MAX) this.#section.pending.push({ from: start, until: end })
    return end + 1
  }

  /** Reads the line from `start` to `end` and returns the start of the next one. */
  #readLine(start: number, end: number): number {
    const { text } = this.#passage
    const line = text.slice(start, end).trim()
    if (line === '') return end + 1
    const first = line[0]
    if (first === '-' && line.startsWith('-----BEGIN ')) return this.#passBlock(start, line)
    if (first === '[') {
      const section = SECTION.exec(line)?.[1]
      if (section !== undefined && !line.includes('=')) {
        this.#closeSection()
        const name = section.replaceAll(/^["']|["']$/g, '')
        this.#section = { name, isHot: this.#isUnderHotName || isHotName(name), pending: [] }
        return end + 1
      }
    }
    const block = first === 'v' || first === 'p' ? BLOCK.exec(line)?.[1] : undefined
    if (block !== undefined) {
      this.#closeSection()
      this.#section = { name: block, isHot: this.#isUnderHotName || isHotName(block), pending: [] }
      return end + 1
    }
    if (first === '#' || (first === ';' && line[1] !== '/') || (line.startsWith('//') && !NPM_REGISTRY.test(line)) || line.startsWith('--')) {
      this.#readComment(start, end)
      return end + 1
    }
    if (line.length < COMMAND_CHARS_MAX && readDirective(this.#passage, start, end, this.#locator, this.#decoding)) return end + 1
    const inserted = this.#readInsert(start)
    if (inserted !== undefined) return endOfLine(text, inserted) + 1
    if (line.length < COMMAND_CHARS_MAX && SQL.test(line) && readSqlLine(this.#passage, start, end, this.#locator, this.#decoding)) return end + 1
    const pairs = line.length < COMMAND_CHARS_MAX && line.includes('=>') ? readArrowPairs(text, start) : []
    if (pairs.length > 0) {
      this.#section.pending.push(...pairs)
      return end + 1
    }
    const assignment = readAssignment(text, start, end)
    if (line.length < COMMAND_CHARS_MAX && COMMAND.test(line)) {
      const isPrefix = assignment !== undefined && isBeforeCommand(text, end, assignment)
      if (isPrefix || assignment === undefined || !mayNameSecret(assignment.name)) {
        const last = endOfCommand(text, end)
        this.#readCommand(start, last, isPrefix ? undefined : assignment)
        return last + 1
      }
    }
    const isTree = assignment !== undefined && /^[{[]/.test(assignment.text)
    const isNamed = assignment !== undefined && isHotName(assignment.name)
    const inner = isTree || isNamed ? [] : readInlinePairs(text, start, end)
    this.#section.pending.push(...inner, ...(isTree ? [] : readCallArguments(text, start, end)))
    if (assignment === undefined || (inner.length > 0 && !assignment.isQuoted)) {
      this.#addToRun(start, end)
      return end + 1
    }
    this.#section.pending.push(assignment)
    // `username="a" password="b"`: what stands behind the quote may be found by its form.
    if (assignment.isQuoted && assignment.end < end && text.slice(assignment.end, end).includes('=')) this.#addToRun(assignment.end, end)
    return Math.max(end, endOfLine(text, assignment.end)) + 1
  }

  /** Reads the statement that begins at `start`, or whose columns stand there; returns the offset behind it. */
  #readInsert(start: number): number | undefined {
    this.#hasInserts ??= /\b(?:insert|replace)\s+(?:ignore\s+)?into\b/i.test(this.#passage.text)
    return this.#hasInserts ? readInsert(this.#passage, start, this.#locator, this.#decoding) : undefined
  }

  /** A setting or a command that was commented out says what it said before; anything else in a comment is prose. */
  #readComment(start: number, end: number): void {
    const { text } = this.#passage
    this.#addToRun(start, end)
    let from = start
    while (from < end && /[\s#;/*-]/.test(text.charAt(from))) from += 1
    if (end - from > COMMAND_CHARS_MAX) return
    const assignment = readAssignment(text, from, end)
    if (assignment !== undefined && assignment.end <= end && isHotName(assignment.name)) {
      if (assignment.separator !== ' ' && (assignment.isQuoted || !/\s/.test(assignment.text))) this.#section.pending.push(assignment)
    } else if (COMMENTED_COMMAND.test(text.slice(from, end))) this.#readCommand(from, end, undefined)
  }

  #readCommand(start: number, end: number, assignment: Assignment | undefined): void {
    const { text } = this.#passage
    const isValue = assignment !== undefined && assignment.text !== '' && assignment.separator !== ' '
    const from = isValue ? assignment.at : start
    const until = isValue ? assignment.end : end
    const passage = { ...this.#passage, text: text.slice(from, until), anchor: this.#locator.at(from), name: '', depth: this.#passage.depth + 1 }
    readScript(passage, this.#decoding)
  }

  /** A PEM block is one value, even though its lines look like assignments. */
  #passBlock(start: number, line: string): number {
    const { text } = this.#passage
    const label = line.slice('-----BEGIN '.length).split('-----')[0] ?? ''
    const close = text.indexOf(`-----END ${label}-----`, start)
    const end = close === -1 ? text.length : endOfLine(text, close)
    this.#addToRun(start, end)
    return end + 1
  }

  #addToRun(from: number, end: number): void {
    this.#run = { from: this.#run?.from ?? from, end }
    // A run goes on over single lines only, so that places stay close to what they show.
    this.#closeRun()
  }

  #closeRun(): void {
    const run = this.#run
    this.#run = undefined
    if (run === undefined) return
    this.#decoding.text({ ...this.#passage, text: this.#passage.text.slice(run.from, run.end), anchor: this.#locator.at(run.from), name: '', aliases: [] })
  }

  #closeSection(): void {
    const { name, isHot, pending } = this.#section
    if (pending.length === 0) return
    const isSuspicious = mayNameSecret(name)
    let siblings: readonly string[] | undefined
    for (const each of pending) {
      if ('from' in each || each.text === '' || (!isSuspicious && each.text.length < COLD_CHARS_MAX && !mayNameSecret(each.name))) continue
      if (!isHot && !isHotName(each.name) && isCold(each.text)) continue
      siblings ??= this.#siblingsOf(pending)
      this.#decode(each, name, siblings)
    }
    pending.length = 0
  }

  /** Without quotes, a value in a program is an expression: what it says in quotes counts, and its names do not. */
  #decode(each: Assignment, section: string, siblings: readonly string[]): void {
    const passage = this.#passageOf(each, section, siblings)
    const literal = each.isQuoted ? undefined : literalOf(each.text)
    if (literal !== undefined && each.isVerbatim) this.#decoding.decode(partOf(passage, literal.at, literal.at + literal.text.length, passage.name))
    else if (!each.isQuoted && !/^[\d{[]/.test(each.text) && this.#isProgram()) this.#decoding.text({ ...passage, name: '' })
    else this.#decoding.decode(passage)
  }

  #isProgram(): boolean {
    this.#isSource ??= isSourceCode(this.#passage.name, this.#passage.text)
    return this.#isSource
  }

  #siblingsOf(pending: Section['pending']): readonly string[] {
    const siblings: string[] = []
    for (const each of pending) {
      for (const { name, text } of 'from' in each ? this.#readNeighbours(each) : [each]) {
        if (siblings.length >= DECODE_LIMITS.siblingsMax) return siblings
        siblings.push(siblingOf(name, text))
      }
    }
    return siblings
  }

  /** What a cold line names, as if it had been read in its turn. */
  #readNeighbours({ from, until }: ColdLine): readonly Assignment[] {
    const { text } = this.#passage
    const line = text.slice(from, until).trim()
    if (line === '' || /^(?:#|;[^/]|--|\/\/)/.test(line)) return []
    const pairs = line.includes('=>') ? readArrowPairs(text, from) : []
    if (pairs.length > 0) return pairs
    const assignment = readAssignment(text, from, until)
    return assignment === undefined || (COMMAND.test(line) && !mayNameSecret(assignment.name)) ? [] : [assignment]
  }

  /** Where a text with escapes stands; between quotes every character has its place. */
  #anchorOfEscaped(each: Assignment): Anchor {
    const anchor = opaque(this.#locator.at(each.at))
    if (!each.isQuoted) return anchor
    const raw = new EscapedOffsets(this.#passage.text, each.at)
    return { ...anchor, inner: (offset) => this.#locator.at(raw.at(offset)) }
  }

  #passageOf(each: Assignment, section: string, siblings: readonly string[]): Passage {
    const anchor = this.#locator.at(each.at)
    const prefix = section === '' ? this.#passage.field : fieldOf(this.#passage.field, section)
    return {
      ...this.#passage,
      text: each.text,
      name: each.name,
      field: fieldOf(prefix, each.name),
      anchor: each.isVerbatim ? anchor : this.#anchorOfEscaped(each),
      siblings,
      aliases: [],
      depth: this.#passage.depth + 1,
    }
  }
}
