import { constants } from 'node:buffer'

/** How a column is written; see the "Binary Format" of COPY in PostgreSQL's manual. */
export type ColumnType = 'uuid' | 'int2' | 'int4' | 'int8' | 'text' | 'int4[]'
/** What a column takes: uuids as 32 hex digits with or without hyphens, `int8` also as decimal text, null where the table allows it. */
export type ColumnValue = string | number | bigint | readonly number[] | null

const SIGNATURE = Buffer.from('PGCOPY\n\u00ff\r\n\u0000', 'latin1')
/** Flags and the length of an extension, both zero. */
const HEADER_BYTES = SIGNATURE.length + 8
const START_BYTES = 64 * 1024
const INT4_OID = 23
const UTF8_BYTES_PER_UNIT_MAX = 3
const UUID_BYTES = 16
const HYPHEN = 0x2d
const NO_DIGIT = 255
/** Values of hex digits by their code. */
const DIGITS = new Uint8Array(128).fill(NO_DIGIT)
for (let digit = 0; digit < 16; digit += 1) {
  const text = digit.toString(16)
  DIGITS[text.charCodeAt(0)] = digit
  DIGITS[text.toUpperCase().charCodeAt(0)] = digit
}

/** Buffers that are kept for the next loads, and bytes of each. Fresh memory costs the system as much as filling it costs us. */
const SPARES_MAX = 3
const SPARE_BYTES_MAX = 4 * 1024 * 1024
const spares: Buffer[] = []

/** Rows in the binary form of COPY: PostgreSQL neither parses nor unescapes them, and they never pass through a garbage collected heap. */
export class BinaryRows {
  readonly #types: readonly ColumnType[]
  #buffer = spares.pop() ?? Buffer.allocUnsafeSlow(START_BYTES)
  #at = HEADER_BYTES
  #count = 0

  constructor(types: readonly ColumnType[]) {
    this.#types = types
    SIGNATURE.copy(this.#buffer)
    this.#buffer.fill(0, SIGNATURE.length, HEADER_BYTES)
  }

  /** Rows that were added. */
  get count(): number {
    return this.#count
  }

  /** Adds one row, a value for each column. */
  add(values: readonly ColumnValue[]): void {
    this.#count += 1
    this.#reserve(2)
    this.#at = this.#buffer.writeInt16BE(this.#types.length, this.#at)
    // Counted by hand, as are the digits below: this runs for every field of a million rows, and whatever it allocates is most of the garbage of a scan.
    for (let index = 0; index < this.#types.length; index += 1) this.#write(this.#types[index], values[index] ?? null)
  }

  /** Where the next row begins, and the last one ends. */
  get end(): number {
    return this.#at
  }

  /** Adds a row of others that have the same columns, by the places where it begins and ends there. */
  addFrom(others: BinaryRows, start: number, end: number): void {
    this.#count += 1
    this.#reserve(end - start)
    this.#at += others.#buffer.copy(this.#buffer, this.#at, start, end)
  }

  /** Everything that was added, ready to be sent. */
  finish(): Buffer {
    this.#reserve(2)
    this.#at = this.#buffer.writeInt16BE(-1, this.#at)
    return this.#buffer.subarray(0, this.#at)
  }

  /** Says that the bytes of {@link finish} are not needed any more, so that the next rows may be written over them. */
  release(): void {
    if (this.#buffer.length <= SPARE_BYTES_MAX && spares.length < SPARES_MAX) spares.push(this.#buffer)
  }

  #write(type: ColumnType | undefined, value: ColumnValue): void {
    if (value === null) {
      this.#reserve(4)
      this.#at = this.#buffer.writeInt32BE(-1, this.#at)
    } else if (typeof value === 'object') this.#writeList(value)
    else if (type === 'text') this.#writeText(String(value))
    else if (type === 'uuid') this.#writeUuid(String(value))
    else this.#writeNumber(type, value)
  }

  #writeText(text: string): void {
    this.#reserve(4 + text.length * UTF8_BYTES_PER_UNIT_MAX)
    const bytes = this.#buffer.write(text, this.#at + 4, 'utf8')
    this.#buffer.writeInt32BE(bytes, this.#at)
    this.#at += 4 + bytes
  }

  #writeUuid(uuid: string): void {
    this.#reserve(4 + UUID_BYTES)
    this.#at = this.#buffer.writeInt32BE(UUID_BYTES, this.#at)
    const end = this.#at + UUID_BYTES
    let high = -1
    for (let index = 0; index < uuid.length; index += 1) {
      const code = uuid.charCodeAt(index)
      if (code === HYPHEN) continue
      const digit = DIGITS[code] ?? NO_DIGIT
      if (digit === NO_DIGIT || this.#at === end) throw new RangeError('A uuid has 32 hex digits')
      if (high < 0) high = digit
      else {
        this.#buffer[this.#at] = (high << 4) | digit
        this.#at += 1
        high = -1
      }
    }
    if (this.#at !== end || high >= 0) throw new RangeError('A uuid has 32 hex digits')
  }

  #writeNumber(type: ColumnType | undefined, value: string | number | bigint): void {
    this.#reserve(12)
    if (type === 'int8') {
      this.#at = this.#buffer.writeInt32BE(8, this.#at)
      this.#at = this.#buffer.writeBigInt64BE(BigInt(value), this.#at)
    } else if (type === 'int2') {
      this.#at = this.#buffer.writeInt32BE(2, this.#at)
      this.#at = this.#buffer.writeInt16BE(Number(value), this.#at)
    } else {
      this.#at = this.#buffer.writeInt32BE(4, this.#at)
      this.#at = this.#buffer.writeInt32BE(Number(value), this.#at)
    }
  }

  /** One dimension, no nulls, elements numbered from 1; an empty list has no dimension. */
  #writeList(values: readonly number[]): void {
    const dimensions = values.length === 0 ? 0 : 1
    const bytes = 12 + dimensions * 8 + values.length * 8
    this.#reserve(4 + bytes)
    this.#writeInts(bytes, dimensions, 0, INT4_OID)
    if (dimensions > 0) this.#writeInts(values.length, 1)
    for (const value of values) {
      this.#at = this.#buffer.writeInt32BE(4, this.#at)
      this.#at = this.#buffer.writeInt32BE(value, this.#at)
    }
  }

  #writeInts(...values: readonly number[]): void {
    for (const value of values) this.#at = this.#buffer.writeInt32BE(value, this.#at)
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#buffer.length) return
    if (needed > constants.MAX_LENGTH / 2) throw new RangeError('Too many bytes for one bulk statement')
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#at)
    this.#buffer = larger
  }
}
