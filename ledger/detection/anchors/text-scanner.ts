import { BIT_TABLE_BYTES, FIRST_TABLE_BYTES, firstHashOf, hashOf, RUN_MARK, scannerModule, type Layout, type RunNibbles } from './machine-code.ts'
import { WindowTable } from './window-table.ts'
import { lowBytes, rarestWindow, type Window } from './windows.ts'

/** The parts of the global that are used; a machine without it scans by the way of short texts. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly scan: (from: number, end: number) => number } }
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number }
}

/** Shortest run of base64 characters that is reported. */
const RUN_CHARS_MIN = 20
/** Shortest one before an equals sign. */
const PADDED_RUN_CHARS_MIN = 10

const PAGE_BYTES = 65_536
/** Characters that are scanned at once, which bounds the output. */
const CHUNK_CHARS = 32_768
/** The vector loads read so far behind the end of a text. */
const TAIL_BYTES = 64
const WORDS_AT = FIRST_TABLE_BYTES + 2 * BIT_TABLE_BYTES
const LAYOUT: Layout = {
  firstTable: 0,
  shortTable: FIRST_TABLE_BYTES,
  longTable: FIRST_TABLE_BYTES + BIT_TABLE_BYTES,
  lastBreak: WORDS_AT,
  output: WORDS_AT + 64,
}
/** The text begins behind the largest output, one byte behind a boundary of the vectors: before it stands a line feed. */
const TEXT = LAYOUT.output + 8 * CHUNK_CHARS + 1
const LINE_FEED = 10

/** In texts that are kept with one byte a character, this fails at once. */
const BEYOND_LATIN = /[^\u0000-\u00ff]/

interface Anchor<Owner> {
  readonly bytes: Uint8Array
  readonly window: Window
  /** The window is the whole anchor, so that nothing is left to compare. */
  readonly isWhole: boolean
  readonly owner: Owner
}

/** Called for an anchor with the offset of its first character; true ends the scan. */
export type AcceptAnchor<Owner> = (text: string, at: number, owner: Owner) => boolean
/** Called with the offsets between which a long run of base64 characters lies; of a text beyond Latin-1 only low bytes were seen. True ends the scan. */
export type AcceptRun = (text: string, from: number, end: number, isLatin: boolean) => boolean

/**
 * Finds anchors and long runs of base64 characters in long texts, several characters at once: a hand-written WebAssembly module of a kilobyte.
 * It sees the low byte of each character, so what it reports has to be looked at again where texts leave Latin-1. It misses nothing.
 */
export class TextScanner<Owner> {
  readonly #memory = new WebAssembly.Memory({ initial: Math.ceil((TEXT + CHUNK_CHARS + TAIL_BYTES) / PAGE_BYTES) })
  readonly #scan: (from: number, end: number) => number
  readonly #short = new WindowTable<Anchor<Owner>>()
  readonly #long = new WindowTable<Anchor<Owner>>()
  #bytes = Buffer.from(this.#memory.buffer)
  #words = new Uint32Array(this.#memory.buffer)
  /** Characters that were written since the last time the memory was cleared. */
  #dirty = 0

  constructor(anchors: Iterable<readonly [text: string, owner: Owner]>) {
    for (const [text, owner] of anchors) this.#add(lowBytes(text), rarestWindow(text), owner)
    const module = new WebAssembly.Module(scannerModule(runNibbles(), LAYOUT, { long: RUN_CHARS_MIN, padded: PADDED_RUN_CHARS_MIN }))
    this.#scan = new WebAssembly.Instance(module, { host: { memory: this.#memory } }).exports.scan
  }

  #add(bytes: Uint8Array, window: Window, owner: Owner): void {
    const isLong = window.bytes.length > 3
    const word = wordAt(window.bytes, 0) & (isLong ? -1 : SHORT_MASK)
    this.#bytes[LAYOUT.firstTable + firstHashOf(word)] = 1
    this.#mark(isLong ? LAYOUT.longTable : LAYOUT.shortTable, hashOf(word, isLong))
    const table = isLong ? this.#long : this.#short
    table.add(word, { bytes, window, isWhole: bytes.length === window.bytes.length, owner })
  }

  #mark(table: number, hash: number): void {
    this.#bytes[table + (hash >> 3)] = (this.#bytes[table + (hash >> 3)] ?? 0) | (1 << (hash & 7))
  }

  /** True when some anchor or run of the text is accepted; looks no further than that. */
  some(text: string, acceptsAnchor: AcceptAnchor<Owner>, acceptsRun: AcceptRun): boolean {
    const { length } = text
    this.#reserve(TEXT + length + TAIL_BYTES)
    const bytes = this.#bytes
    const words = this.#words
    bytes[TEXT - 1] = LINE_FEED
    bytes.write(text, TEXT, 'latin1')
    clear(bytes, TEXT + length, TEXT + length + TAIL_BYTES)
    this.#dirty = Math.max(this.#dirty, length)
    words[LAYOUT.lastBreak / 4] = TEXT - 2
    // The character behind the end is scanned, too: it closes a run.
    const end = TEXT + length + 1
    let isLatin: boolean | undefined
    for (let from = TEXT - 1; from < end; from += CHUNK_CHARS) {
      const written = this.#scan(from, Math.min(end, from + CHUNK_CHARS)) / 4
      for (let index = LAYOUT.output / 4; index < LAYOUT.output / 4 + written; index++) {
        const found = words[index] ?? 0
        if (found < RUN_MARK) {
          if (this.#verify(text, found, acceptsAnchor)) return true
          continue
        }
        index += 1
        isLatin ??= !BEYOND_LATIN.test(text)
        if (acceptsRun(text, found - RUN_MARK - TEXT, (words[index] ?? 0) - TEXT, isLatin)) return true
      }
    }
    return false
  }

  /** Clears what is left of texts. */
  forget(): void {
    if (this.#dirty === 0) return
    clear(this.#bytes, TEXT, TEXT + this.#dirty)
    this.#dirty = 0
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return
    this.#memory.grow(Math.ceil((size - this.#bytes.length) / PAGE_BYTES))
    this.#bytes = Buffer.from(this.#memory.buffer)
    this.#words = new Uint32Array(this.#memory.buffer)
  }

  #verify(text: string, at: number, accepts: AcceptAnchor<Owner>): boolean {
    const word = wordAt(this.#bytes, at)
    const long = this.#long.get(word)
    if (long !== undefined && this.#verifyChain(long, text, at, accepts)) return true
    const short = this.#short.get(word & SHORT_MASK)
    return short !== undefined && this.#verifyChain(short, text, at, accepts)
  }

  #verifyChain(chain: readonly Anchor<Owner>[], text: string, at: number, accepts: AcceptAnchor<Owner>): boolean {
    for (let index = 0; index < chain.length; index++) {
      const anchor = chain[index]
      if (anchor === undefined) return false
      const start = at - anchor.window.offset
      if (start >= TEXT - 1 && (anchor.isWhole || standsAt(this.#bytes, anchor.bytes, start)) && accepts(text, start - TEXT, anchor.owner)) return true
    }
    return false
  }
}

/** The method of typed arrays, because that of buffers costs more than it clears. */
function clear(bytes: Uint8Array, from: number, end: number): void {
  Uint8Array.prototype.fill.call(bytes, 0, from, end)
}

function standsAt(bytes: Uint8Array, anchor: Uint8Array, start: number): boolean {
  for (let index = 0; index < anchor.length; index++) if (bytes[start + index] !== anchor[index]) return false
  return true
}

/** The low three bytes of a word. */
const SHORT_MASK = 0xffffff

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
}

/** Letters, digits and `+ / - _`, by low and high half: a character belongs to them when both halves share a bit. */
function runNibbles(): RunNibbles {
  const low = new Uint8Array(16)
  const high = new Uint8Array(16)
  const add = (bit: number, halves: readonly number[], from: number, end: number): void => {
    for (const half of halves) high[half] = (high[half] ?? 0) | bit
    for (let lower = from; lower <= end; lower++) low[lower] = (low[lower] ?? 0) | bit
  }
  add(1, [3], 0, 9)
  add(2, [4, 6], 1, 15)
  add(4, [5, 7], 0, 10)
  add(8, [2], 11, 11)
  add(8, [2], 13, 13)
  add(8, [2], 15, 15)
  add(16, [5], 15, 15)
  return { low, high }
}
