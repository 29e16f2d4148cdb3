/** Reads protobuf wire format (protobuf.dev, "Encoding") from a buffer. Every step checks that it stays inside. */
export class ProtobufReader {
  readonly #bytes: Buffer
  /** Where the next byte is. */
  at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** An unsigned number below 2^53. */
  varint(): number {
    const first = this.#bytes[this.at]
    if (first !== undefined && first < 0x80) {
      this.at += 1
      return first
    }
    let value = 0
    let factor = 1
    for (let count = 0; count < 8; count += 1) {
      const byte = this.#bytes[this.at]
      if (byte === undefined) break
      this.at += 1
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    throw new RangeError('The message is not protobuf: a number has no end')
  }

  /** Where a length-delimited field ends that begins here; it ends within `limit`. */
  end(limit: number): number {
    const end = this.varint() + this.at
    if (end > limit) throw new RangeError('The message is not protobuf: a field is longer than what holds it')
    return end
  }

  /** A view on the bytes of a field. */
  bytes(limit: number): Uint8Array {
    const end = this.end(limit)
    const view = this.#bytes.subarray(this.at, end)
    this.at = end
    return view
  }

  text(limit: number): string {
    const end = this.end(limit)
    const text = this.#bytes.toString('utf8', this.at, end)
    this.at = end
    return text
  }

  /** Passes over a field that is not known. */
  skip(tag: number, limit: number): void {
    switch (tag & 7) {
      case 0: {
        // Ten bytes: a field of 64 bits may be larger than what this reader makes numbers of.
        for (let count = 0; count < 10; count += 1) {
          const byte = this.#bytes[this.at]
          this.at += 1
          if (byte !== undefined && byte < 0x80) break
        }
        break
      }
      case 1:
        this.at += 8
        break
      case 2:
        this.at = this.end(limit)
        break
      case 5:
        this.at += 4
        break
      default:
        throw new RangeError('The message is not protobuf: a field has an unknown form')
    }
    if (this.at > limit) throw new RangeError('The message is not protobuf: a field is longer than what holds it')
  }
}

const FIRST_BYTES = 4096
/** Bytes kept for the length of a nested message: fixed, so that nothing is measured before it is written. Two million is more than any message has. */
const LENGTH_BYTES = 3
const NESTED_BYTES_MAX = 2 ** 21 - 1

/** Writes protobuf wire format into one growing buffer. Empty texts and zeros are left out, as proto3 does. */
export class ProtobufWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #at = 0

  /** Begins a nested message. @returns what {@link close} wants */
  open(tag: number): number {
    this.#reserve(1 + LENGTH_BYTES)
    this.#bytes[this.#at] = tag
    this.#at += 1 + LENGTH_BYTES
    return this.#at
  }

  /** Ends a nested message. Its length is written in three bytes, which protobuf allows for any number that fits. */
  close(start: number): void {
    const length = this.#at - start
    if (length > NESTED_BYTES_MAX) throw new RangeError('A message is larger than a call can carry')
    this.#bytes[start - 3] = (length & 0x7f) | 0x80
    this.#bytes[start - 2] = ((length >>> 7) & 0x7f) | 0x80
    this.#bytes[start - 1] = length >>> 14
  }

  text(tag: number, value: string): void {
    if (value === '') return
    const length = Buffer.byteLength(value)
    this.#head(tag, length)
    this.#bytes.write(value, this.#at, length)
    this.#at += length
  }

  bytes(tag: number, value: Uint8Array): void {
    this.#head(tag, value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  /** A number from 0 to 2^53. */
  number(tag: number, value: number): void {
    if (value === 0) return
    this.#reserve(11)
    this.#bytes[this.#at] = tag
    this.#at += 1
    this.#varint(value)
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  #head(tag: number, length: number): void {
    this.#reserve(length + 11)
    this.#bytes[this.#at] = tag
    this.#at += 1
    this.#varint(length)
  }

  #varint(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.#bytes[this.#at] = (rest % 128) | 0x80
      this.#at += 1
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#at] = rest
    this.#at += 1
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + more))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
  }
}
