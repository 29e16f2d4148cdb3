import type { HeaderBlock } from './decoder.ts'
import { STATIC_NAMES, STATIC_TABLE, type HeaderField } from './static-table.ts'

/** An integer above 2^28 takes five bytes with its prefix; nothing here is longer. */
const INTEGER_BYTES_MAX = 6

/**
 * Writes a header block that leaves the decoder's dynamic table as it is: fields of the static table by index, all others as
 * literals without indexing, sensitive ones as never indexed, no Huffman code (RFC 7541 sections 6.1, 6.2.2, 6.2.3).
 * Table size updates come first, as they were read.
 */
export function encodeWithoutState({ fields, tableSizes }: HeaderBlock): Buffer {
  const block = Buffer.allocUnsafe(encodedBytesMax(fields, tableSizes))
  let position = 0
  for (const size of tableSizes) position = writeInteger(block, position, 0x20, 5, size)
  for (const field of fields) position = writeField(block, position, field)
  return block.subarray(0, position)
}

function encodedBytesMax(fields: readonly HeaderField[], tableSizes: readonly number[]): number {
  let bytes = tableSizes.length * INTEGER_BYTES_MAX
  for (const field of fields) bytes += field.name.length + field.value.length + 3 * INTEGER_BYTES_MAX
  return bytes
}

function writeField(block: Buffer, start: number, { name, value, sensitive }: HeaderField): number {
  const index = STATIC_NAMES.get(name) ?? 0
  const exact = sensitive || index === 0 ? 0 : exactIndex(index, name, value)
  if (exact > 0) return writeInteger(block, start, 0x80, 7, exact)
  const afterIndex = writeInteger(block, start, sensitive ? 0x10 : 0, 4, index)
  return writeText(block, index === 0 ? writeText(block, afterIndex, name) : afterIndex, value)
}

/** The static index of a whole field, 0 when there is none. Fields of one name stand together. */
function exactIndex(firstIndex: number, name: string, value: string): number {
  for (let index = firstIndex; STATIC_TABLE[index - 1]?.name === name; index += 1) {
    if (STATIC_TABLE[index - 1]?.value === value) return index
  }
  return 0
}

function writeText(block: Buffer, start: number, text: string): number {
  const position = writeInteger(block, start, 0, 7, text.length)
  return position + block.write(text, position, 'latin1')
}

function writeInteger(block: Buffer, start: number, pattern: number, prefixBits: number, value: number): number {
  const mask = (1 << prefixBits) - 1
  if (value < mask) {
    block[start] = pattern | value
    return start + 1
  }
  block[start] = pattern | mask
  let position = start + 1
  let rest = value - mask
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) block[position++] = (rest % 0x80) | 0x80
  block[position++] = rest
  return position
}
