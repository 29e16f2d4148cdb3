import {
  CLIENT_PREFACE,
  FLAG,
  FRAME,
  FRAME_HEADER_BYTES,
  ProtocolViolationError,
  readFrameHeader,
  readHeadersPayload,
  writeHeaderFrames,
  type FrameHeader,
} from './frames.ts'
import { createHpackDecoder, encodeWithoutState, type HeaderField } from './hpack/index.ts'
import type { FrontLimits } from './limits.ts'

/** What every request of a Unix socket asks for after the front. */
const LOCAL_AUTHORITY = 'localhost'

/**
 * Rewrites what a client sends so that every request carries `:authority: localhost`, because clients put the socket's path
 * there, raw or percent-encoded, which Node's HTTP/2 answers with a reset before anybody can help it.
 *
 * Bytes that need no change pass as they are and are never copied. Header blocks are always decoded, all of them and in order,
 * since they share a table; the first one that must be changed ends passing for header blocks of this connection, because from
 * then on the server's table lacks what the client's encoder believes to be in it.
 */
export interface AuthorityRewriter {
  /** Takes what was read and hands on what the server shall read. @throws ProtocolViolationError, HpackError */
  push(chunk: Buffer, emit: (bytes: Buffer) => void): void
  /** The table size that the server announced, in bytes. */
  allowTableBytes(bytes: number): void
  /** Complete header blocks so far. */
  readonly headerBlocks: number
}

type RewriterLimits = Pick<FrontLimits, 'frameBytesMax' | 'headerBlockBytesMax' | 'headerListBytesMax' | 'continuationFramesMax'>

/** A header block that is still being received. */
interface OpenBlock {
  readonly first: FrameHeader
  readonly priority: Buffer
  readonly fragments: Buffer[]
  /** The frames as received, for the case that nothing has to change. */
  readonly frames: Buffer[]
  bytes: number
}

/**
 * A rewriter for one connection.
 *
 * @param stamp a header that every request of this connection shall carry, once and with this value, whatever its client sends
 */
export function createAuthorityRewriter(limits: RewriterLimits, stamp?: HeaderField): AuthorityRewriter {
  return new Rewriter(limits, stamp)
}

class Rewriter implements AuthorityRewriter {
  headerBlocks = 0
  readonly #limits: RewriterLimits
  readonly #stamp: HeaderField | undefined
  readonly #decoder
  #prefaceRead = 0
  /** Bytes of the current frame's payload that pass untouched. */
  #passing = 0
  /** A frame header that a chunk's end has cut, or a header frame with its payload, as far as they are read. */
  #partial: Buffer | undefined
  #partialBytes = 0
  #openBlock: OpenBlock | undefined
  /** True until a block was changed: the server's table is still the client's. */
  #inStep = true

  constructor(limits: RewriterLimits, stamp: HeaderField | undefined) {
    this.#limits = limits
    this.#stamp = stamp
    this.#decoder = createHpackDecoder({ listBytesMax: limits.headerListBytesMax })
  }

  allowTableBytes(bytes: number): void {
    this.#decoder.allowTableBytes(bytes)
  }

  push(chunk: Buffer, emit: (bytes: Buffer) => void): void {
    // Everything from `kept` on is handed on as it is, in one piece, when something else has to go before or the chunk ends.
    let kept = 0
    let position = this.#readPreface(chunk)
    function flush(to: number, next: number): void {
      if (to > kept) emit(kept === 0 && to === chunk.length ? chunk : chunk.subarray(kept, to))
      kept = next
    }
    while (position < chunk.length) {
      if (this.#passing > 0) {
        const passed = Math.min(this.#passing, chunk.length - position)
        this.#passing -= passed
        position += passed
      } else if (this.#partial !== undefined) {
        position = this.#fillPartial(this.#partial, chunk, position, emit)
        kept = position
      } else if (chunk.length - position < FRAME_HEADER_BYTES) {
        flush(position, position)
        this.#startPartial(FRAME_HEADER_BYTES)
      } else {
        const header = this.#checkHeader(readFrameHeader(chunk, position))
        const end = position + FRAME_HEADER_BYTES + header.length
        if (!carriesHeaders(header)) {
          this.#passing = header.length
          position += FRAME_HEADER_BYTES
        } else if (end > chunk.length) {
          flush(position, position)
          this.#startPartial(FRAME_HEADER_BYTES + header.length)
        } else {
          const replacement = this.#takeHeaderFrame(header, chunk.subarray(position, end))
          if (replacement !== UNCHANGED) {
            flush(position, end)
            for (const bytes of replacement) emit(bytes)
          }
          position = end
        }
      }
    }
    flush(chunk.length, chunk.length)
  }

  #readPreface(chunk: Buffer): number {
    const expected = Math.min(CLIENT_PREFACE.length - this.#prefaceRead, chunk.length)
    if (expected > 0 && CLIENT_PREFACE.compare(chunk, 0, expected, this.#prefaceRead, this.#prefaceRead + expected) !== 0) {
      throw new ProtocolViolationError('the client does not speak HTTP/2')
    }
    this.#prefaceRead += expected
    return expected
  }

  #startPartial(bytes: number): void {
    this.#partial = Buffer.allocUnsafe(bytes)
    this.#partialBytes = 0
  }

  /** @returns the position behind what was taken; nothing of it is left for passing */
  #fillPartial(partial: Buffer, chunk: Buffer, position: number, emit: (bytes: Buffer) => void): number {
    const taken = chunk.copy(partial, this.#partialBytes, position)
    this.#partialBytes += taken
    if (this.#partialBytes < partial.length) return position + taken
    this.#partial = undefined
    const header = readFrameHeader(partial, 0)
    // A frame header alone: it has not been looked at yet.
    if (partial.length === FRAME_HEADER_BYTES) {
      this.#checkHeader(header)
      if (!carriesHeaders(header)) {
        this.#passing = header.length
        emit(partial)
        return position + taken
      }
      if (header.length > 0) {
        const whole = Buffer.allocUnsafe(FRAME_HEADER_BYTES + header.length)
        this.#partialBytes = partial.copy(whole)
        this.#partial = whole
        return position + taken
      }
    }
    const replacement = this.#takeHeaderFrame(header, partial)
    if (replacement === UNCHANGED) emit(partial)
    else for (const bytes of replacement) emit(bytes)
    return position + taken
  }

  #checkHeader(header: FrameHeader): FrameHeader {
    if (header.length > this.#limits.frameBytesMax) {
      throw new ProtocolViolationError(`a frame of ${header.length} bytes is larger than ${this.#limits.frameBytesMax}`)
    }
    const block = this.#openBlock
    const continues = header.type === FRAME.continuation
    if (block === undefined ? continues : !continues || header.streamId !== block.first.streamId) {
      throw new ProtocolViolationError('a header block is not continued as it must be')
    }
    if (header.type === FRAME.pushPromise) throw new ProtocolViolationError('a client may not push')
    if (header.type === FRAME.headers && header.streamId === 0) throw new ProtocolViolationError('a HEADERS frame names no stream')
    return header
  }

  /** @returns what to send instead: nothing while the block is incomplete, {@link UNCHANGED} for exactly this frame */
  #takeHeaderFrame(header: FrameHeader, frame: Buffer): readonly Buffer[] {
    const payload = frame.subarray(FRAME_HEADER_BYTES)
    if (header.type === FRAME.headers) {
      const { priority, fragment } = readHeadersPayload(payload, header.flags)
      if ((header.flags & FLAG.endHeaders) !== 0) return this.#finishBlock(header, priority, fragment, UNCHANGED)
      this.#openBlock = { first: header, priority: Buffer.from(priority), fragments: [], frames: [], bytes: 0 }
      return this.#collect(this.#openBlock, frame, fragment)
    }
    const block = this.#openBlock
    if (block === undefined) throw new ProtocolViolationError('a header block is continued that was not begun')
    if (block.frames.length > this.#limits.continuationFramesMax) {
      throw new ProtocolViolationError(`a header block has more than ${this.#limits.continuationFramesMax} continuations`)
    }
    this.#collect(block, frame, payload)
    if ((header.flags & FLAG.endHeaders) === 0) return []
    this.#openBlock = undefined
    return this.#finishBlock(block.first, block.priority, Buffer.concat(block.fragments), block.frames)
  }

  #collect(block: OpenBlock, frame: Buffer, fragment: Buffer): readonly Buffer[] {
    block.bytes += fragment.length
    if (block.bytes > this.#limits.headerBlockBytesMax) {
      throw new ProtocolViolationError(`a header block is larger than ${this.#limits.headerBlockBytesMax} bytes`)
    }
    // Copied, so that a slow sender does not keep the chunks alive that its fragments came in.
    const copy = Buffer.from(frame)
    block.frames.push(copy)
    block.fragments.push(
      fragment.length === 0 ? fragment : copy.subarray(fragment.byteOffset - frame.byteOffset, fragment.byteOffset - frame.byteOffset + fragment.length),
    )
    return []
  }

  #finishBlock(first: FrameHeader, priority: Buffer, block: Buffer, original: readonly Buffer[]): readonly Buffer[] {
    const { fields, tableSizes } = this.#decoder.decode(block)
    this.headerBlocks += 1
    const local = withStamp(withLocalAuthority(fields), this.#stamp)
    if (local === fields && this.#inStep) return original
    this.#inStep = false
    const written = writeHeaderFrames({
      streamId: first.streamId,
      endStream: (first.flags & FLAG.endStream) !== 0,
      priority,
      block: encodeWithoutState({ fields: local, tableSizes }),
      frameBytesMax: this.#limits.frameBytesMax,
    })
    return [written]
  }
}

/** Stands for the frame that was just read, as it was read. */
const UNCHANGED: readonly Buffer[] = []

function carriesHeaders({ type }: FrameHeader): boolean {
  return type === FRAME.headers || type === FRAME.continuation
}

/** The same list when it is right already. Trailers have no `:method` and get no authority. */
function withLocalAuthority(fields: readonly HeaderField[]): readonly HeaderField[] {
  let isRequest = false
  let authorities = 0
  let foreign = false
  for (const { name, value } of fields) {
    if (name === ':method') isRequest = true
    else if (name === ':authority') {
      authorities += 1
      if (value !== LOCAL_AUTHORITY) foreign = true
    }
  }
  if (foreign) return fields.map((field) => (field.name === ':authority' ? AUTHORITY_FIELD : field))
  if (isRequest && authorities === 0) return [AUTHORITY_FIELD, ...fields]
  return fields
}

/** Requests carry the stamp, behind the pseudo-headers that must be first; nothing else may carry its name. */
function withStamp(fields: readonly HeaderField[], stamp: HeaderField | undefined): readonly HeaderField[] {
  if (stamp === undefined) return fields
  const isRequest = fields.some(({ name }) => name === ':method')
  if (!isRequest && fields.every(({ name }) => name !== stamp.name)) return fields
  const own = fields.filter(({ name }) => name !== stamp.name)
  return isRequest ? [...own, stamp] : own
}

const AUTHORITY_FIELD: HeaderField = { name: ':authority', value: LOCAL_AUTHORITY, sensitive: false }
