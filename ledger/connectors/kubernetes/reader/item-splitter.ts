import { ApiError } from '../api-error.ts'
import { fieldsOf, optionalText } from '../objects/fields.ts'
import { skipContainer } from './json-bytes.ts'
import { parseItem } from './parse-item.ts'
import type { ParsedItem } from './parse-item.ts'

/** What a list says of itself. */
export interface ListHead {
  readonly resourceVersion: string | undefined
  readonly continueToken: string | undefined
}

/** Cuts the body of a list into its items while it arrives, so that no more than one object and the rest of a piece are in memory. */
export interface ItemSplitter {
  push(chunk: Buffer): void
  /** Items that have arrived completely. They are valid until the next `push`; `undefined` stands for one that is not JSON. */
  items(): Generator<ParsedItem | undefined>
  /** Known as soon as the items begin, with servers that send it first (all of them do); otherwise after the end. */
  head(): ListHead | undefined
  /** Items that only the end of the body could end, after the last `push`. Checks that the body is whole. @throws ApiError when it is not a list */
  end(): readonly (ParsedItem | undefined)[]
}

const BEGIN_BYTES = 256 * 1024
/** Bytes of one object; etcd takes 1.5 MiB unless it is told otherwise. */
const ITEM_BYTES_MAX = 64 * 1024 * 1024
const HEAD_BYTES_MAX = 1024 * 1024
const ITEMS = Buffer.from('"items":[')
const NO_ITEMS = /"items":\s*null/
const COMMA = 0x2c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const COLON = 0x3a

/** A splitter for one page. */
export function createItemSplitter(): ItemSplitter {
  let buffer = Buffer.allocUnsafe(BEGIN_BYTES)
  let filled = 0
  /** Everything before is done with. */
  let start = 0
  /** Up to here no boundary was found. */
  let searched = 0
  let state: 'head' | 'items' | 'tail' = 'head'
  let head: ListHead | undefined
  /** `},{"metadata":`: items begin alike, so this text between two brackets ends one and begins the next. */
  let boundary: Buffer | undefined
  /** No more will come: where no boundary follows, brackets are counted. Before that it would be work for nothing again and again. */
  let isWhole = false

  const push = (chunk: Buffer): void => {
    if (filled + chunk.length > buffer.length) {
      const kept = filled - start
      if (kept + chunk.length > ITEM_BYTES_MAX) throw new ApiError('protocol', `An object of the list is larger than ${ITEM_BYTES_MAX} bytes`)
      const next = kept + chunk.length > buffer.length ? Buffer.allocUnsafe(Math.max(buffer.length * 2, kept + chunk.length)) : buffer
      buffer.copy(next, 0, start, filled)
      buffer = next
      searched = Math.max(0, searched - start)
      filled = kept
      start = 0
    }
    chunk.copy(buffer, filled)
    filled += chunk.length
  }

  const readHead = (): boolean => {
    const at = buffer.subarray(0, filled).indexOf(ITEMS)
    if (at < 0) {
      if (filled > HEAD_BYTES_MAX) throw new ApiError('protocol', 'The answer is not a list of objects')
      return false
    }
    start = at + ITEMS.length
    searched = start
    head = toHead(buffer.toString('utf8', 0, start) + ']}')
    state = 'items'
    return true
  }

  /** Offset after the item that begins at `start`, or -1 when it has not arrived completely. */
  const itemEnd = (): number => {
    boundary ??= findBoundary(buffer.subarray(start, filled))
    if (boundary !== undefined) {
      const at = buffer.subarray(0, filled).indexOf(boundary, searched)
      if (at >= 0) return at + 1
      searched = Math.max(start, filled - boundary.length)
    }
    return -1
  }

  const next = (): { readonly item: ParsedItem | undefined } | undefined => {
    let end = itemEnd()
    if (end >= 0) {
      try {
        const item = parseItem(buffer.subarray(start, end))
        start = end + 1
        searched = start
        return { item }
      } catch {
        // The text stands inside the object too: its brackets tell where it ends.
        end = skipContainer(buffer, start, filled)
      }
    } else if (isWhole) end = skipContainer(buffer, start, filled)
    if (end < 0 || end >= filled) return undefined
    const after = buffer[end]
    const item = tryParse(buffer.subarray(start, end))
    start = end + 1
    searched = start
    if (after === CLOSE_BRACKET) state = 'tail'
    else if (after !== COMMA) throw new ApiError('protocol', 'The items of the list are not separated by commas')
    return { item }
  }

  function* items(): Generator<ParsedItem | undefined> {
    if (state === 'head' && !readHead()) return
    while (state === 'items') {
      if (start < filled && buffer[start] === CLOSE_BRACKET) {
        start += 1
        state = 'tail'
        return
      }
      const found = start < filled ? next() : undefined
      if (found === undefined) return
      yield found.item
    }
  }

  return {
    push,
    items,
    head: () => (head?.resourceVersion === undefined ? undefined : head),
    end() {
      isWhole = true
      const last = [...items()]
      head = headAtEnd(state, buffer.toString('utf8', start, filled), head)
      return last
    },
  }
}

/** Checks that a body is whole, and reads what its list says of itself where that stands after the items. */
function headAtEnd(state: 'head' | 'items' | 'tail', rest: string, head: ListHead | undefined): ListHead {
  if (state === 'items') throw new ApiError('network', 'The list ended in the middle of an object')
  if (state === 'head' && !NO_ITEMS.test(rest)) throw new ApiError('protocol', 'The answer is not a list of objects')
  return head?.resourceVersion === undefined ? toHead(state === 'head' ? rest : `{"items":[]${rest}`) : head
}

/** Takes the first name of the first item, so that items of any server that writes them alike are found. */
function findBoundary(begin: Buffer): Buffer | undefined {
  if (begin.length === 0) return undefined
  if (begin[0] !== OPEN_BRACE) throw new ApiError('protocol', 'The items of the list are not objects')
  const colon = begin.indexOf(COLON)
  if (colon < 0 || colon > 256) return undefined
  return Buffer.concat([Buffer.from('},'), begin.subarray(0, colon + 1)])
}

function tryParse(bytes: Buffer): ParsedItem | undefined {
  try {
    return parseItem(bytes)
  } catch {
    return undefined
  }
}

function toHead(text: string): ListHead {
  let metadata: ReturnType<typeof fieldsOf>
  try {
    metadata = fieldsOf(fieldsOf(JSON.parse(text))['metadata'])
  } catch {
    throw new ApiError('protocol', 'The answer is not a list of objects')
  }
  return { resourceVersion: optionalText(metadata['resourceVersion']), continueToken: optionalText(metadata['continue']) }
}
