import { InvalidCursorError } from '../errors.ts'
import { STORAGE_LIMITS } from '../limits.ts'
import type { Page, PageRequest } from '../store.ts'

type CursorPart = string | number

/** Numbers in tokens count scans, subjects and rows: none is negative, and all fit into an integer of the database. */
const NUMBER_MAX = 2_147_483_647

/** Says which list a token belongs to; a token of another list is refused. */
export interface CursorShape {
  readonly list: string
  /** Types of the parts, in order. */
  readonly parts: readonly ('string' | 'number')[]
}

/** Rows that a page asks the database for: one more than it shows, to know whether there is a next one. */
export function pageSize(page: PageRequest): number {
  if (!Number.isInteger(page.size) || page.size < 1 || page.size > STORAGE_LIMITS.pageRowsMax) {
    throw new RangeError(`A page has between 1 and ${STORAGE_LIMITS.pageRowsMax} rows`)
  }
  return page.size
}

/**
 * Reads a page token. It is opaque to callers and holds the place of the last row shown, so that pages never overlap or skip rows.
 *
 * @throws InvalidCursorError for anything that {@link writeCursor} did not write for this list
 */
export function readCursor(shape: CursorShape, cursor: string | undefined): readonly CursorPart[] | undefined {
  if (cursor === undefined) return undefined
  if (cursor.length > STORAGE_LIMITS.cursorCharsMax || !/^[A-Za-z0-9_-]+$/.test(cursor)) throw new InvalidCursorError()
  const parsed = parseJson(Buffer.from(cursor, 'base64url').toString('utf8'))
  if (!Array.isArray(parsed) || parsed.length !== shape.parts.length + 1 || parsed[0] !== shape.list) throw new InvalidCursorError()
  const parts: CursorPart[] = []
  for (const [index, type] of shape.parts.entries()) {
    const part: unknown = parsed[index + 1]
    if (type === 'number' && typeof part === 'number' && Number.isInteger(part) && part >= 0 && part <= NUMBER_MAX) parts.push(part)
    else if (type === 'string' && typeof part === 'string' && !part.includes('\u0000')) parts.push(part)
    else throw new InvalidCursorError()
  }
  return parts
}

/** Writes the token of the page that follows a row. */
export function writeCursor(shape: CursorShape, parts: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify([shape.list, ...parts]), 'utf8').toString('base64url')
}

/** Cuts the surplus row off and makes the token, from rows that were asked for with {@link pageSize} plus one. */
export function toPage<Row, Item>(rows: readonly Row[], size: number, show: (row: Row) => Item, next: (last: Row) => string): Page<Item> {
  const shown = rows.slice(0, size)
  const last = shown.at(-1)
  return { items: shown.map(show), ...(rows.length > size && last !== undefined ? { next: next(last) } : {}) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
