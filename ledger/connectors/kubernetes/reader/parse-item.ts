import { isAscii } from 'node:buffer'
import { listOf } from '../objects/fields.ts'
import { findManagedFields } from './json-bytes.ts'
import type { Cut } from './json-bytes.ts'

/** An object of a list, parsed without its managedFields, which are parsed when somebody asks. */
export interface ParsedItem {
  readonly value: unknown
  /** Valid as long as the bytes are. */
  readonly managedFields: () => readonly unknown[]
}

const NONE: readonly unknown[] = []

/** @throws SyntaxError when the bytes are not one JSON value; its message quotes the text and must not be shown (law 1) */
export function parseItem(bytes: Buffer): ParsedItem {
  try {
    return parseWithout(bytes, findManagedFields(bytes, false))
  } catch {
    return parseWithout(bytes, findManagedFields(bytes, true))
  }
}

function parseWithout(bytes: Buffer, cut: Cut | undefined): ParsedItem {
  if (cut === undefined) return { value: JSON.parse(decode(bytes, 0, bytes.length)), managedFields: () => NONE }
  return {
    value: JSON.parse(decodeWithout(bytes, cut)),
    managedFields: once(() => listOf(JSON.parse(decode(bytes, cut.arrayStart, cut.arrayEnd)))),
  }
}

/** Every finding of an object asks, and all get one answer. */
function once<Answer>(make: () => Answer): () => Answer {
  let made: { readonly answer: Answer } | undefined
  return () => (made ??= { answer: make() }).answer
}

/** Both parts are put side by side as bytes, because a text that is joined of two is copied once more before it is parsed. */
let joined = Buffer.allocUnsafeSlow(64 * 1024)
/** A buffer of more is not kept. */
const JOINED_BYTES_MAX = 1024 * 1024

function decodeWithout(bytes: Buffer, { start, end }: Cut): string {
  const length = bytes.length - (end - start)
  if (length > JOINED_BYTES_MAX) return decode(bytes, 0, start) + decode(bytes, end, bytes.length)
  if (length > joined.length) joined = Buffer.allocUnsafeSlow(Math.min(JOINED_BYTES_MAX, length * 2))
  bytes.copy(joined, 0, 0, start)
  bytes.copy(joined, start, end)
  return decode(joined, 0, length)
}

/** One byte a character is faster to make and to parse, and most objects are ASCII. */
function decode(bytes: Buffer, start: number, end: number): string {
  return bytes.toString(isAscii(bytes.subarray(start, end)) ? 'latin1' : 'utf8', start, end)
}
