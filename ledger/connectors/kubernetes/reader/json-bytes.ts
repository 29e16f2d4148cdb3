const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c

/**
 * Finds the end of a JSON object or array without parsing it: brackets are counted, strings are skipped as a whole.
 *
 * @param at offset of its opening bracket
 * @returns offset after its closing bracket, or -1 when it does not close before `end`
 */
export function skipContainer(bytes: Uint8Array, at: number, end: number = bytes.length): number {
  let depth = 0
  let position = at
  while (position < end) {
    const byte = bytes[position]
    position += 1
    if (byte === QUOTE) {
      position = skipString(bytes, position, end)
      if (position < 0) return -1
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1
      if (depth === 0) return position
    }
  }
  return -1
}

/** @param at offset after the opening quote; returns the offset after the closing one */
function skipString(bytes: Uint8Array, at: number, end: number): number {
  let position = at
  while (position < end) {
    const byte = bytes[position]
    if (byte === QUOTE) return position + 1
    position += byte === BACKSLASH ? 2 : 1
  }
  return -1
}

const LIST_END = Buffer.from('}]')
const MANAGED_FIELDS = Buffer.from('"managedFields":[')

/** A part of an object's bytes that need not be parsed with the rest. */
export interface Cut {
  /** What is left out, together with the comma that belongs to it. */
  readonly start: number
  readonly end: number
  /** The array itself. */
  readonly arrayStart: number
  readonly arrayEnd: number
}

/**
 * Finds `metadata.managedFields` in the bytes of one object: often the larger half of it, and needed only for objects with findings.
 * Inside a string the bytes cannot stand: there every quote has a backslash before it.
 *
 * @param exact counts brackets; without it the first `}]` ends the array, which is much faster and wrong only where a name inside holds these signs.
 *   What is left then does not parse, because it begins in the middle of a string.
 * @returns `undefined` when there is none
 */
export function findManagedFields(item: Buffer, exact: boolean): Cut | undefined {
  const key = item.indexOf(MANAGED_FIELDS)
  if (key < 0 || item[key - 1] === BACKSLASH) return undefined
  const arrayStart = key + MANAGED_FIELDS.length - 1
  // An empty list, or one of something else, has no such end.
  const counted = exact || item[arrayStart + 1] !== OPEN_BRACE
  const arrayEnd = counted ? skipContainer(item, arrayStart) : item.indexOf(LIST_END, arrayStart) + LIST_END.length
  if (arrayEnd <= arrayStart) return undefined
  if (item[key - 1] === COMMA) return { start: key - 1, end: arrayEnd, arrayStart, arrayEnd }
  return { start: key, end: item[arrayEnd] === COMMA ? arrayEnd + 1 : arrayEnd, arrayStart, arrayEnd }
}
