import { createDynamicTable, fieldBytes, type DynamicTable } from './dynamic-table.ts'
import { decodedBytesMax, decodeHuffman } from './huffman.ts'
import type { HeaderField } from './static-table.ts'

/** A header block that no encoder may send. Nothing behind it can be decoded, so the connection ends. */
export class HpackError extends Error {
  constructor(happened: string) {
    super(happened)
    this.name = 'HpackError'
  }
}

/** A decoded header block. */
export interface HeaderBlock {
  readonly fields: readonly HeaderField[]
  /** Dynamic table size updates at its beginning, in bytes. They must reach whoever decodes the block next. */
  readonly tableSizes: readonly number[]
}

/** Decodes the header blocks of one direction of one connection, all of them and in order (RFC 7541). */
export interface HpackDecoder {
  /** @throws HpackError */
  decode(block: Uint8Array): HeaderBlock
  /** The table size that our side announced; the other side may use up to it. */
  allowTableBytes(bytes: number): void
}

/** What an encoder may use before it has read our settings (RFC 9113 section 6.5.2). */
const DEFAULT_TABLE_BYTES = 4096

/** RFC 7541 section 4.2: at most two size updates are ever useful in one block. */
const SIZE_UPDATES_MAX = 2

/** Integers are lengths, indices and sizes: none needs more than 28 bits, and none that long is within any limit here. */
const INTEGER_CONTINUATION_BYTES_MAX = 4

/** @param limits.listBytesMax bytes of all fields of one block, counted as RFC 9113 section 6.5.2 counts them */
export function createHpackDecoder(limits: { readonly listBytesMax: number }): HpackDecoder {
  const table = createDynamicTable(DEFAULT_TABLE_BYTES)
  const allowance = { tableBytes: DEFAULT_TABLE_BYTES }
  return {
    decode: (block) => decodeBlock(new BlockReader(block), table, limits.listBytesMax, allowance.tableBytes),
    allowTableBytes(bytes) {
      // Our settings hold once the other side has seen them; until then it may go on with what it had, so the allowance never falls.
      allowance.tableBytes = Math.max(allowance.tableBytes, bytes)
    },
  }
}

function decodeBlock(reader: BlockReader, table: DynamicTable, listBytesMax: number, tableBytesMax: number): HeaderBlock {
  const fields: HeaderField[] = []
  const tableSizes: number[] = []
  let listBytes = 0
  while (!reader.atEnd()) {
    const first = reader.peek()
    if ((first & 0xe0) === 0x20) {
      const size = reader.integer(5)
      if (fields.length > 0 || tableSizes.length >= SIZE_UPDATES_MAX) throw new HpackError('a table size update is not at the beginning of its block')
      if (size > tableBytesMax) throw new HpackError(`a table size of ${size} bytes is above the ${tableBytesMax} announced`)
      table.resize(size)
      tableSizes.push(size)
      continue
    }
    const field = readField(reader, table, first)
    listBytes += fieldBytes(field)
    if (listBytes > listBytesMax) throw new HpackError(`the header list is larger than ${listBytesMax} bytes`)
    fields.push(field)
  }
  return { fields, tableSizes }
}

/** Section 6: indexed, or literal with, without or never to be indexed. */
function readField(reader: BlockReader, table: DynamicTable, first: number): HeaderField {
  if ((first & 0x80) !== 0) return known(table, reader.integer(7))
  const indexing = (first & 0x40) !== 0
  const nameIndex = reader.integer(indexing ? 6 : 4)
  const name = nameIndex === 0 ? reader.text() : known(table, nameIndex).name
  const field = { name, value: reader.text(), sensitive: !indexing && (first & 0x10) !== 0 }
  if (indexing) table.add(field)
  return field
}

function known(table: DynamicTable, index: number): HeaderField {
  const field = index === 0 ? undefined : table.get(index)
  if (field === undefined) throw new HpackError(`no header field has the index ${index}`)
  return field
}

/** Reads the primitives of RFC 7541 section 5 from a block. */
class BlockReader {
  readonly #bytes: Buffer
  #position = 0

  constructor(block: Uint8Array) {
    this.#bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
  }

  atEnd(): boolean {
    return this.#position >= this.#bytes.length
  }

  peek(): number {
    const byte = this.#bytes[this.#position]
    if (byte === undefined) throw new HpackError('a header block ends in the middle of a field')
    return byte
  }

  integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1
    let value = this.peek() & mask
    this.#position += 1
    if (value < mask) return value
    for (let read = 0; read < INTEGER_CONTINUATION_BYTES_MAX; read += 1) {
      const byte = this.peek()
      this.#position += 1
      value += (byte & 0x7f) * 2 ** (read * 7)
      if ((byte & 0x80) === 0) return value
    }
    throw new HpackError('an integer of a header block is too long')
  }

  text(): string {
    const huffman = (this.peek() & 0x80) !== 0
    const length = this.integer(7)
    const from = this.#position
    const to = from + length
    if (to > this.#bytes.length) throw new HpackError('a text of a header block is longer than the block')
    this.#position = to
    if (!huffman) return this.#bytes.toString('latin1', from, to)
    const scratch = scratchFor(decodedBytesMax(length))
    const written = decodeHuffman(this.#bytes, from, to, scratch)
    if (written < 0) throw new HpackError('a text of a header block is no Huffman code')
    return scratch.toString('latin1', 0, written)
  }
}

/** Decoding is synchronous and texts are copied out, so one buffer serves all; a text beyond it gets its own. */
const SCRATCH = Buffer.allocUnsafeSlow(16 * 1024)

function scratchFor(bytes: number): Buffer {
  return bytes <= SCRATCH.length ? SCRATCH : Buffer.allocUnsafe(bytes)
}
