import type { EventBytes } from '../ports.ts'
import { EVENT_ID_BYTES, writeEventId } from './id.ts'

/** Bytes of the blocks that events are written into, one behind the other. */
const BLOCK_BYTES = 64 * 1024
/** What a byte of UTF-8 or a unit of UTF-16 can become in JSON: the six characters of an escape. */
const JSON_BYTES_MAX = 6
/** Shorter copies are made byte by byte: a call of the engine's costs more. */
const SHORT_BYTES = 64

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d
const HEX = Buffer.from('0123456789abcdef', 'latin1')
/** 1 for the bytes that stand in JSON as they are. */
const PLAIN = new Uint8Array(256).fill(1, 0x20, 0x7f)
PLAIN[QUOTE] = 0
PLAIN[BACKSLASH] = 0

/**
 * Puts events into words as bytes. There are thousands of these a second, and they wait in a queue: as texts and objects they would be most of what
 * a collector of garbage has to copy, while a block of bytes lies outside of its heap.
 */
export class EventWriter {
  #block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  #start = 0
  #at = 0

  /** Begins an event with its id; its details are written next. Whatever was begun and not ended is gone. */
  begin(nowMs: number): void {
    this.#at = this.#start
    this.#reserve(EVENT_ID_BYTES)
    writeEventId(nowMs, this.#block, this.#at)
    this.#at += EVENT_ID_BYTES
  }

  /** Ends it. */
  end(): EventBytes {
    const event = { block: this.#block, idAt: this.#start, detailsAt: this.#start + EVENT_ID_BYTES, end: this.#at }
    this.#start = this.#at
    return event
  }

  /** Begins an object whose members are written with a comma before each. @returns what {@link closeObject} wants */
  openObject(): number {
    return this.#at - this.#start
  }

  closeObject(opened: number): void {
    this.#reserve(2)
    const at = this.#start + opened
    // The brace takes the place of the first comma.
    if (this.#at === at) this.#at += 1
    this.#block[at] = OPEN
    this.#block[this.#at] = CLOSE
    this.#at += 1
  }

  /** JSON as it is. */
  json(bytes: Buffer): void {
    this.#reserve(bytes.length)
    if (bytes.length > SHORT_BYTES) bytes.copy(this.#block, this.#at)
    else for (let index = 0; index < bytes.length; index += 1) this.#block[this.#at + index] = bytes[index] ?? 0
    this.#at += bytes.length
  }

  /** JSON as it is, of ASCII alone. */
  ascii(json: string): void {
    this.#reserve(json.length)
    this.#at += this.#block.write(json, this.#at, 'latin1')
  }

  /** Bytes as hex digits. */
  hex(bytes: Uint8Array): void {
    this.#reserve(2 * bytes.length)
    for (let index = 0; index < bytes.length; index += 1) {
      const byte = bytes[index] ?? 0
      this.#block[this.#at] = HEX[byte >> 4] ?? 0
      this.#block[this.#at + 1] = HEX[byte & 15] ?? 0
      this.#at += 2
    }
  }

  /** A text as a string of JSON. */
  text(text: string): void {
    this.#reserve(JSON_BYTES_MAX * text.length + 2)
    this.#at += this.#block.write(JSON.stringify(text), this.#at, 'utf8')
  }

  /** A text that is in UTF-8 as a string of JSON; nearly all need no escape and are copied as they are. */
  textOf(bytes: Buffer, start: number, end: number): void {
    this.#reserve(JSON_BYTES_MAX * (end - start) + 2)
    const block = this.#block
    let at = this.#at
    block[at] = QUOTE
    at += 1
    for (let index = start; index < end; index += 1) {
      const byte = bytes[index] ?? 0
      if (PLAIN[byte] === 0) {
        this.text(bytes.toString('utf8', start, end))
        return
      }
      block[at] = byte
      at += 1
    }
    block[at] = QUOTE
    this.#at = at + 1
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#block.length) return
    const written = this.#at - this.#start
    const block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, 2 * (written + bytes)))
    this.#block.copy(block, 0, this.#start, this.#at)
    this.#block = block
    this.#start = 0
    this.#at = written
  }
}
