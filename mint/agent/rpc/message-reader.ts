import { gunzipSync, inflateSync } from 'node:zlib'
import { Refusal } from '../refusal.ts'
import { status } from '../status.ts'
import { PREFIX_BYTES } from './message-frame.ts'

/** Largest message that a workload may send, in bytes, unpacked: a token to validate is the largest there is. */
const RECEIVE_BYTES_MAX = 256 * 1024

/** How messages may be compressed, by the name in `grpc-encoding`. */
export const ENCODINGS: Readonly<Record<string, ((packed: Buffer) => Buffer) | undefined>> = {
  identity: undefined,
  gzip: (packed) => gunzipSync(packed, { maxOutputLength: RECEIVE_BYTES_MAX }),
  deflate: (packed) => inflateSync(packed, { maxOutputLength: RECEIVE_BYTES_MAX }),
}

/** Cuts a body into messages, whatever the pieces in which it arrives; holds one message at most. */
export class MessageReader {
  readonly #unpack: ((packed: Buffer) => Buffer) | undefined
  readonly #hold: (bytes: number) => boolean
  #parts: Buffer[] = []
  #bytes = 0
  /** Bytes of the message that is being received with its prefix, once the prefix is there. */
  #wanted = PREFIX_BYTES
  readonly #bytesMax: number

  /**
   * @param hold counts the bytes that are kept, and says whether they may be
   * @param bytesMax of one message
   */
  constructor(unpack: ((packed: Buffer) => Buffer) | undefined, hold: (bytes: number) => boolean, bytesMax = RECEIVE_BYTES_MAX) {
    this.#unpack = unpack
    this.#hold = hold
    this.#bytesMax = bytesMax
  }

  /** True between messages. */
  get isEmpty(): boolean {
    return this.#bytes === 0
  }

  /** Takes a piece; messages are told as they are complete. @throws Refusal for a message that is too large or cannot be unpacked */
  push(piece: Buffer, onMessage: (message: Buffer) => void): void {
    let rest = piece
    while (rest.length > 0) {
      // The usual case: a whole message in one piece, which is not copied.
      if (this.#bytes === 0 && rest.length >= PREFIX_BYTES) {
        const end = PREFIX_BYTES + this.#lengthOf(rest)
        if (rest.length >= end) {
          onMessage(this.#read(rest.subarray(0, end)))
          rest = rest.subarray(end)
          continue
        }
        this.#wanted = end
      }
      const taken = rest.subarray(0, this.#wanted - this.#bytes)
      rest = rest.subarray(taken.length)
      this.#keep(taken)
      if (this.#bytes < this.#wanted) return
      const whole = Buffer.concat(this.#parts)
      if (this.#wanted === PREFIX_BYTES) {
        this.#wanted += this.#lengthOf(whole)
        if (this.#bytes < this.#wanted) continue
      }
      this.#hold(-this.#bytes)
      this.#parts = []
      this.#bytes = 0
      this.#wanted = PREFIX_BYTES
      onMessage(this.#read(whole))
    }
  }

  /** Copied, so that a slow sender does not keep the pieces alive that its parts came in. */
  #keep(part: Buffer): void {
    this.#parts.push(Buffer.from(part))
    this.#bytes += part.length
    if (!this.#hold(part.length)) throw new Refusal(status.RESOURCE_EXHAUSTED, 'The calls of this connection send too much at once.')
  }

  #read(whole: Buffer): Buffer {
    const message = whole.subarray(PREFIX_BYTES)
    if (whole[0] === 0) return message
    if (this.#unpack === undefined) throw new Refusal(status.INTERNAL, 'A message is compressed, and grpc-encoding does not say how.')
    try {
      return this.#unpack(message)
    } catch {
      throw new Refusal(status.RESOURCE_EXHAUSTED, `A message cannot be unpacked into ${RECEIVE_BYTES_MAX} bytes.`)
    }
  }

  #lengthOf(prefix: Buffer): number {
    const length = prefix.readUInt32BE(1)
    if (length > this.#bytesMax) throw new Refusal(status.RESOURCE_EXHAUSTED, `A message may have ${this.#bytesMax} bytes at most.`)
    return length
  }
}
