import { STATIC_TABLE, type HeaderField } from './static-table.ts'

/** What RFC 7541 section 4.1 counts for an entry beyond its name and value. */
const ENTRY_OVERHEAD_BYTES = 32

/** The fields that encoder and decoder remember, newest first (RFC 7541 section 2.3). */
export interface DynamicTable {
  /** A field by its index over both tables, from 1; undefined when there is none. */
  get(index: number): HeaderField | undefined
  add(field: HeaderField): void
  resize(bytesMax: number): void
  readonly bytes: number
}

/** Bytes that a field takes of a table or a list. */
export function fieldBytes(field: HeaderField): number {
  return field.name.length + field.value.length + ENTRY_OVERHEAD_BYTES
}

/** An empty table of a size in bytes. */
export function createDynamicTable(initialBytesMax: number): DynamicTable {
  // Oldest at `oldest`, newest last; the evicted front is cut off when it outgrows the rest, so that adding and evicting are cheap.
  let entries: HeaderField[] = []
  let oldest = 0
  let bytes = 0
  let bytesMax = initialBytesMax

  function evictTo(limit: number): void {
    while (bytes > limit) {
      const entry = entries[oldest]
      if (entry === undefined) break
      bytes -= fieldBytes(entry)
      oldest += 1
    }
    if (oldest > entries.length / 2) {
      entries = entries.slice(oldest)
      oldest = 0
    }
  }

  return {
    get bytes() {
      return bytes
    },
    get(index) {
      if (index <= STATIC_TABLE.length) return STATIC_TABLE[index - 1]
      const position = entries.length - (index - STATIC_TABLE.length)
      return position < oldest ? undefined : entries[position]
    },
    add(field) {
      const size = fieldBytes(field)
      // A field larger than the table empties it and is not kept (section 4.4).
      evictTo(Math.max(0, bytesMax - size))
      if (size > bytesMax) return
      entries.push(field)
      bytes += size
    },
    resize(limit) {
      bytesMax = limit
      evictTo(limit)
    },
  }
}
