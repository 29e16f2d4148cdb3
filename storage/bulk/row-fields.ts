const LENGTH_BYTES = 4
const NULL = -1

/** The fields of one row in the binary form of COPY; they are taken in their order. Texts are copies, so the bytes may be written over afterwards. */
export class RowFields {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0

  /** Goes to the first field of a row, which begins at a place of the bytes. */
  begin(bytes: Buffer, at: number): this {
    this.#bytes = bytes
    this.#at = at
    return this
  }

  /** A text column; null where it has no value. */
  text(): string | null {
    const end = this.#enter()
    return end === undefined ? null : this.#bytes.toString('utf8', this.#leave(end), end)
  }

  /** A uuid as 32 hex digits. */
  uuid(): string | null {
    const end = this.#enter()
    return end === undefined ? null : this.#bytes.toString('hex', this.#leave(end), end)
  }

  /** A smallint. */
  int2(): number | null {
    const end = this.#enter()
    return end === undefined ? null : this.#bytes.readInt16BE(this.#leave(end))
  }

  /** A boolean. */
  flag(): boolean | null {
    const end = this.#enter()
    return end === undefined ? null : this.#bytes[this.#leave(end)] === 1
  }

  /** Passes the length of the field; answers where its bytes end, or undefined where it has no value. */
  #enter(): number | undefined {
    const length = this.#bytes.readInt32BE(this.#at)
    this.#at += LENGTH_BYTES
    return length === NULL ? undefined : this.#at + length
  }

  /** Passes the bytes of the field; answers where they begin. */
  #leave(end: number): number {
    const start = this.#at
    this.#at = end
    return start
  }
}
