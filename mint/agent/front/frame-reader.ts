import { CLIENT_PREFACE, ERROR, FLAG, FRAME, FRAME_HEADER_BYTES, ProtocolViolationError, readFrameHeader, withoutPadding, type FrameHeader } from './frames.ts'
import type { HeaderField, HpackDecoder } from './hpack/index.ts'
import type { FrontLimits } from './limits.ts'

/** What a reader hands on, in the order in which it came. Payloads are only good during the call. */
export interface FrameSink {
  /** A whole header block, decoded; its continuations are read already. */
  onHeaders(streamId: number, fields: readonly HeaderField[], endStream: boolean): void
  /** A DATA frame without its padding, and the bytes that it takes of the windows. */
  onData(streamId: number, bytes: Buffer, endStream: boolean, windowBytes: number): void
  /** Any other frame. */
  onControl(header: FrameHeader, payload: Buffer): void
}

type ReaderLimits = Pick<FrontLimits, 'frameBytesMax' | 'headerBlockBytesMax' | 'continuationFramesMax'>

/** A header block that is still being received. */
interface OpenBlock {
  readonly streamId: number
  readonly endStream: boolean
  readonly fragments: Buffer[]
  bytes: number
}

/** Cuts what a client sends into frames, whatever the pieces in which it arrives. Holds one frame and one header block at most. */
export class FrameReader {
  readonly #limits: ReaderLimits
  readonly #decoder: HpackDecoder
  readonly #sink: FrameSink
  #prefaceRead = 0
  /** The beginning of a frame that a piece's end has cut: its header, or all of it as far as it is read. */
  #partial: Buffer | undefined
  #partialBytes = 0
  #block: OpenBlock | undefined
  #isFirst = true

  constructor(limits: ReaderLimits, decoder: HpackDecoder, sink: FrameSink) {
    this.#limits = limits
    this.#decoder = decoder
    this.#sink = sink
  }

  /** Takes what was read. @throws ProtocolViolationError, HpackError */
  push(chunk: Buffer): void {
    let position = this.#readPreface(chunk)
    while (position < chunk.length) {
      if (this.#partial !== undefined) {
        position = this.#fill(this.#partial, chunk, position)
        continue
      }
      if (chunk.length - position < FRAME_HEADER_BYTES) {
        this.#begin(FRAME_HEADER_BYTES)
        continue
      }
      const header = this.#check(readFrameHeader(chunk, position))
      const end = position + FRAME_HEADER_BYTES + header.length
      if (end > chunk.length) this.#begin(FRAME_HEADER_BYTES + header.length)
      else {
        this.#take(header, chunk.subarray(position + FRAME_HEADER_BYTES, end))
        position = end
      }
    }
  }

  #readPreface(chunk: Buffer): number {
    const expected = Math.min(CLIENT_PREFACE.length - this.#prefaceRead, chunk.length)
    if (expected > 0 && CLIENT_PREFACE.compare(chunk, 0, expected, this.#prefaceRead, this.#prefaceRead + expected) !== 0) {
      throw new ProtocolViolationError('the client does not speak HTTP/2')
    }
    this.#prefaceRead += expected
    return expected
  }

  #begin(bytes: number): void {
    this.#partial = Buffer.allocUnsafe(bytes)
    this.#partialBytes = 0
  }

  /** @returns the position behind what was taken */
  #fill(partial: Buffer, chunk: Buffer, position: number): number {
    const taken = chunk.copy(partial, this.#partialBytes, position)
    this.#partialBytes += taken
    if (this.#partialBytes < partial.length) return position + taken
    const header = readFrameHeader(partial, 0)
    if (partial.length === FRAME_HEADER_BYTES) {
      this.#check(header)
      if (header.length > 0) {
        const whole = Buffer.allocUnsafe(FRAME_HEADER_BYTES + header.length)
        this.#partialBytes = partial.copy(whole)
        this.#partial = whole
        return position + taken
      }
    }
    this.#partial = undefined
    this.#take(header, partial.subarray(FRAME_HEADER_BYTES))
    return position + taken
  }

  #check(header: FrameHeader): FrameHeader {
    if (header.length > this.#limits.frameBytesMax) {
      throw new ProtocolViolationError(`a frame of ${header.length} bytes is larger than ${this.#limits.frameBytesMax}`, ERROR.frameSize)
    }
    const continues = header.type === FRAME.continuation
    if (this.#block === undefined ? continues : !continues || header.streamId !== this.#block.streamId) {
      throw new ProtocolViolationError('a header block is not continued as it must be')
    }
    if (header.type === FRAME.pushPromise) throw new ProtocolViolationError('a client may not push')
    return header
  }

  #take(header: FrameHeader, payload: Buffer): void {
    const { type, flags, streamId } = header
    // Section 3.4: the preface ends with a SETTINGS frame, which may be empty.
    if (this.#isFirst && type !== FRAME.settings) throw new ProtocolViolationError('the first frame is no SETTINGS frame')
    this.#isFirst = false
    if (type === FRAME.data || type === FRAME.headers) {
      if (streamId === 0) throw new ProtocolViolationError('a frame of a request names no stream')
      const content = withoutPadding(payload, type, flags)
      const endStream = (flags & FLAG.endStream) !== 0
      if (type === FRAME.data) this.#sink.onData(streamId, content, endStream, payload.length)
      else if ((flags & FLAG.endHeaders) !== 0) this.#finish(streamId, content, endStream)
      else {
        this.#block = { streamId, endStream, fragments: [], bytes: 0 }
        this.#collect(this.#block, content)
      }
    } else if (type === FRAME.continuation && this.#block !== undefined) this.#continue(this.#block, payload, (flags & FLAG.endHeaders) !== 0)
    else this.#sink.onControl(header, payload)
  }

  #continue(block: OpenBlock, payload: Buffer, isLast: boolean): void {
    if (block.fragments.length > this.#limits.continuationFramesMax) {
      throw new ProtocolViolationError(`a header block has more than ${this.#limits.continuationFramesMax} continuations`, ERROR.enhanceYourCalm)
    }
    this.#collect(block, payload)
    if (!isLast) return
    this.#block = undefined
    this.#finish(block.streamId, Buffer.concat(block.fragments), block.endStream)
  }

  #collect(block: OpenBlock, fragment: Buffer): void {
    block.bytes += fragment.length
    if (block.bytes > this.#limits.headerBlockBytesMax) {
      throw new ProtocolViolationError(`a header block is larger than ${this.#limits.headerBlockBytesMax} bytes`, ERROR.enhanceYourCalm)
    }
    // Copied, so that a slow sender does not keep the pieces alive that its fragments came in.
    block.fragments.push(Buffer.from(fragment))
  }

  /** Every block is decoded, also those of requests that are over: all of them share one table. */
  #finish(streamId: number, block: Buffer, endStream: boolean): void {
    this.#sink.onHeaders(streamId, this.#decoder.decode(block).fields, endStream)
  }
}
