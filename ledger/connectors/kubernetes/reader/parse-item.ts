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
    value: JSON.parse(decode(bytes, 0, cut.start) + decode(bytes, cut.end, bytes.length)),
    managedFields: once(() => listOf(JSON.parse(decode(bytes, cut.arrayStart, cut.arrayEnd)))),
  }
}

/** Every finding of an object asks, and all get one answer. */
function once<Answer>(make: () => Answer): () => Answer {
  let made: { readonly answer: Answer } | undefined
  return () => (made ??= { answer: make() }).answer
}

/** One byte a character is faster to make and to parse, and most objects are ASCII. */
function decode(bytes: Buffer, start: number, end: number): string {
  return bytes.toString(isAscii(bytes.subarray(start, end)) ? 'latin1' : 'utf8', start, end)
}
