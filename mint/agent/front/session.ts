import type { Socket } from 'node:net'
import { FrameReader, type FrameSink } from './frame-reader.ts'
import {
  ERROR,
  FLAG,
  FRAME,
  FRAME_HEADER_BYTES,
  ProtocolViolationError,
  SETTING,
  SETTING_BYTES,
  WINDOW_BYTES,
  WINDOW_BYTES_MAX,
  writeFrame,
  writeFrameHeader,
  writeGoAway,
  writeNumberFrame,
  writeSettings,
  type FrameHeader,
} from './frames.ts'
import { createHpackDecoder, HpackError, type HeaderField } from './hpack/index.ts'
import type { FrontLimits } from './limits.ts'
import { Outbox } from './outbox.ts'
import { Stream, type OnRequest, type StreamHost } from './request-stream.ts'
import { createResetAllowance, type ResetAllowance } from './reset-allowance.ts'

/** What ended a connection before its peer or our server did. */
export type ConnectionFault = 'protocol' | 'no-request' | 'stalled'

/** What is received before the client is told that it may send more: half of a window. */
const REFILL_BYTES = 32_768

/** One HTTP/2 connection of a client. It never throws and never emits: whatever goes wrong ends it, and `onFault` hears why. */
export interface Session {
  /** Ends the connection when the client has left us waiting for too long. @param now by `performance.now` */
  sweep(now: number): void
  /** Tells the client that no more requests are taken, and ends what is open. */
  close(): void
}

/** What a session is made of. */
export interface SessionParts {
  readonly socket: Socket
  readonly limits: FrontLimits
  readonly onRequest: OnRequest
  readonly onFault: (fault: ConnectionFault, happened: string) => void
  /** The client has left: closes its socket. */
  readonly onLeft: (socket: Socket) => void
}

/**
 * Serves HTTP/2 to one client of a Unix socket (RFC 9113, the server's side), without what such a client never needs: pushes, priorities,
 * an encoder with a table. Written here and not left to Node's, because that one answers a socket path in `:authority` with a reset before
 * anybody can help it, and because a connection costs it ten times the memory.
 */
export function openSession(parts: SessionParts): Session {
  return new ServerSession(parts)
}

class ServerSession implements Session, FrameSink, StreamHost {
  readonly #socket: Socket
  readonly #limits: FrontLimits
  readonly #onRequest: OnRequest
  readonly #onFault: SessionParts['onFault']
  readonly #outbox: Outbox
  readonly #reader: FrameReader
  readonly #resets: ResetAllowance
  readonly #streams = new Map<number, Stream>()
  /** Streams whose bytes wait for windows or for the client to read. */
  #waiting = new Set<Stream>()
  readonly #openedAt = performance.now()
  #lastStreamId = 0
  #sendWindow = WINDOW_BYTES
  #receiveWindow = WINDOW_BYTES
  #streamWindow = WINDOW_BYTES
  #frameBytes = 16_384
  #heldBytes = 0
  #isClosing = false

  constructor({ socket, limits, onRequest, onFault, onLeft }: SessionParts) {
    this.#socket = socket
    this.#limits = limits
    this.#onRequest = onRequest
    this.#onFault = onFault
    this.#resets = createResetAllowance(limits)
    this.#outbox = new Outbox(socket, limits, {
      onRoom: () => this.#sendWaiting(),
      onFlood: () => this.#fail('protocol', 'the client asks and does not read', ERROR.enhanceYourCalm),
    })
    this.#reader = new FrameReader(limits, createHpackDecoder({ listBytesMax: limits.headerListBytesMax }), this)
    this.#outbox.push(
      writeSettings([
        [SETTING.maxConcurrentStreams, limits.requestsMax],
        [SETTING.maxHeaderListSize, limits.headerListBytesMax],
      ]),
    )
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.once('end', () => {
      // A client that says no more is gone; what was written before is still sent.
      if (socket.writableLength > 0) socket.end()
      else onLeft(socket)
    })
    // A reset by the peer is not our fault: the close that follows says all that there is to say.
    socket.on('error', () => undefined)
    socket.once('close', () => this.#abortAll())
  }

  sweep(now: number): void {
    const { firstRequestSeconds, stalledWriteSeconds } = this.#limits
    const { unreadSince } = this.#outbox
    if (this.#lastStreamId === 0 && now - this.#openedAt > firstRequestSeconds * 1000) {
      this.#fail('no-request', `no request within ${firstRequestSeconds} seconds`, ERROR.none)
    } else if (unreadSince !== undefined && now - unreadSince > stalledWriteSeconds * 1000) {
      this.#fail('stalled', `the client has read nothing for ${stalledWriteSeconds} seconds`, ERROR.enhanceYourCalm)
    }
  }

  close(): void {
    this.#leave(ERROR.none)
  }

  #receive(chunk: Buffer): void {
    if (this.#isClosing) return
    try {
      this.#reader.push(chunk)
    } catch (error) {
      const code = error instanceof ProtocolViolationError ? error.code : error instanceof HpackError ? ERROR.compression : ERROR.internal
      this.#fail('protocol', code === ERROR.internal || !(error instanceof Error) ? 'the bytes could not be read' : error.message, code)
    }
  }

  #fail(fault: ConnectionFault, happened: string, code: number): void {
    if (this.#isClosing) return
    this.#onFault(fault, happened)
    this.#leave(code)
  }

  #leave(code: number): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#outbox.flush()
    if (!this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.write(writeGoAway(this.#lastStreamId, code))
    // What the client does not read now is not waited for.
    if (this.#socket.writableLength > 0) this.#socket.destroy()
    else this.#socket.destroySoon()
    this.#abortAll()
  }

  #abortAll(): void {
    this.#isClosing = true
    for (const stream of this.#streams.values()) stream.abort()
  }

  onHeaders(streamId: number, fields: readonly HeaderField[], endStream: boolean): void {
    if (streamId <= this.#lastStreamId) {
      this.#takeTrailers(streamId, endStream)
      return
    }
    if (streamId % 2 === 0) throw new ProtocolViolationError('a client may open streams of odd numbers only')
    this.#lastStreamId = streamId
    if (this.#streams.size >= this.#limits.requestsMax) {
      this.sendReset(streamId, ERROR.refusedStream)
      return
    }
    const stream = new Stream(streamId, this, { send: this.#streamWindow, receive: WINDOW_BYTES })
    this.#streams.set(streamId, stream)
    stream.isRemoteClosed = endStream
    stream.listener = this.#onRequest(fields, stream)
    if (endStream && stream.isOpen) stream.listener.onEnd()
  }

  #takeTrailers(streamId: number, endStream: boolean): void {
    if (streamId % 2 === 0) throw new ProtocolViolationError('a client may use streams of odd numbers only')
    const stream = this.#streams.get(streamId)
    // A stream that is over here may still have been open there when this was sent.
    if (stream === undefined) return
    if (stream.isRemoteClosed || !endStream) throw new ProtocolViolationError('a header block comes after the end of its request', ERROR.streamClosed)
    stream.isRemoteClosed = true
    stream.listener?.onEnd()
  }

  onData(streamId: number, bytes: Buffer, endStream: boolean, windowBytes: number): void {
    if (streamId > this.#lastStreamId) throw new ProtocolViolationError('a body comes before its request')
    this.#receiveWindow -= windowBytes
    if (this.#receiveWindow < 0) throw new ProtocolViolationError('the client sends more than it may', ERROR.flowControl)
    if (this.#receiveWindow <= WINDOW_BYTES - REFILL_BYTES) {
      this.#outbox.push(writeNumberFrame(FRAME.windowUpdate, 0, WINDOW_BYTES - this.#receiveWindow))
      this.#receiveWindow = WINDOW_BYTES
    }
    const stream = this.#streams.get(streamId)
    if (stream === undefined) return
    if (stream.isRemoteClosed) throw new ProtocolViolationError('a body goes on after its end', ERROR.streamClosed)
    stream.receiveWindow -= windowBytes
    if (stream.receiveWindow < 0) throw new ProtocolViolationError('the client sends more than it may', ERROR.flowControl)
    if (bytes.length > 0) stream.listener?.onData(bytes)
    if (!stream.isOpen) return
    if (endStream) {
      stream.isRemoteClosed = true
      stream.listener?.onEnd()
    } else if (stream.receiveWindow <= WINDOW_BYTES - REFILL_BYTES) {
      this.#outbox.push(writeNumberFrame(FRAME.windowUpdate, streamId, WINDOW_BYTES - stream.receiveWindow))
      stream.receiveWindow = WINDOW_BYTES
    }
  }

  onControl({ type, flags, streamId }: FrameHeader, payload: Buffer): void {
    switch (type) {
      case FRAME.settings:
        if (streamId !== 0) throw new ProtocolViolationError('settings name a stream')
        if ((flags & FLAG.ack) === 0) this.#applySettings(payload)
        return
      case FRAME.ping:
        if (streamId !== 0) throw new ProtocolViolationError('a ping names a stream')
        if (payload.length !== 8) throw new ProtocolViolationError('a ping has another length than it must', ERROR.frameSize)
        if ((flags & FLAG.ack) === 0) this.#outbox.push(writeFrame(FRAME.ping, FLAG.ack, 0, payload))
        return
      case FRAME.windowUpdate:
        this.#growWindow(streamId, payload)
        return
      case FRAME.reset:
        this.#takeReset(streamId, payload)
        return
      default:
      // Priorities, the client's farewell and frames that nobody knows change nothing (sections 5.3.2, 5.5, 6.8).
    }
  }

  #applySettings(payload: Buffer): void {
    if (payload.length % SETTING_BYTES !== 0) throw new ProtocolViolationError('settings have another length than they must', ERROR.frameSize)
    for (let at = 0; at < payload.length; at += SETTING_BYTES) {
      const value = payload.readUInt32BE(at + 2)
      switch (payload.readUInt16BE(at)) {
        case SETTING.initialWindowSize: {
          if (value > WINDOW_BYTES_MAX) throw new ProtocolViolationError('a window is larger than there may be', ERROR.flowControl)
          for (const stream of this.#streams.values()) grow(stream, value - this.#streamWindow)
          this.#streamWindow = value
          break
        }
        case SETTING.maxFrameSize:
          if (value < 16_384 || value > 16_777_215) throw new ProtocolViolationError('a frame size is beyond what there may be')
          this.#frameBytes = Math.min(value, this.#limits.unsentBytes)
          break
        default:
        // The table size is for an encoder with a table; what else there is does not concern a server that pushes nothing.
      }
    }
    this.#outbox.push(SETTINGS_ACK)
    this.#sendWaiting()
  }

  #growWindow(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw new ProtocolViolationError('a window update has another length than it must', ERROR.frameSize)
    const increment = payload.readUInt32BE(0) & 0x7fffffff
    if (increment === 0) throw new ProtocolViolationError('a window grows by nothing')
    if (streamId === 0) {
      this.#sendWindow += increment
      if (this.#sendWindow > WINDOW_BYTES_MAX) throw new ProtocolViolationError('a window is larger than there may be', ERROR.flowControl)
      this.#sendWaiting()
      return
    }
    if (streamId > this.#lastStreamId) throw new ProtocolViolationError('a window of no stream grows')
    const stream = this.#streams.get(streamId)
    if (stream === undefined) return
    grow(stream, increment)
    if (this.#waiting.has(stream)) this.sendData(stream)
  }

  #takeReset(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw new ProtocolViolationError('a reset has another length than it must', ERROR.frameSize)
    if (streamId === 0 || streamId > this.#lastStreamId) throw new ProtocolViolationError('a reset names no stream')
    if (!this.#resets.take(performance.now())) throw new ProtocolViolationError('the client takes back too many requests', ERROR.enhanceYourCalm)
    this.#streams.get(streamId)?.abort()
  }

  sendHeaders(streamId: number, block: Buffer, endStream: boolean): void {
    // Blocks of ours are short, so that one frame holds them.
    this.#outbox.push(writeFrame(FRAME.headers, FLAG.endHeaders | (endStream ? FLAG.endStream : 0), streamId, block))
  }

  sendData(stream: Stream): void {
    this.#waiting.delete(stream)
    for (let part = stream.next(); part !== undefined; part = stream.next()) {
      const bytes = Math.min(part.bytes.length - part.sent, this.#sendWindow, stream.sendWindow, this.#frameBytes)
      if (bytes <= 0 || !this.#outbox.hasRoom) {
        this.#waiting.add(stream)
        return
      }
      const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES)
      writeFrameHeader(header, 0, { length: bytes, type: FRAME.data, flags: 0, streamId: stream.id })
      this.#outbox.push(header)
      this.#outbox.push(part.bytes.subarray(part.sent, part.sent + bytes))
      this.#sendWindow -= bytes
      stream.sendWindow -= bytes
      part.sent += bytes
      if (part.sent === part.bytes.length) stream.advance()
    }
    stream.finish()
  }

  #sendWaiting(): void {
    if (this.#waiting.size === 0) return
    // What has to wait again goes into a set of its own, behind the others.
    const turn = this.#waiting
    this.#waiting = new Set()
    for (const stream of turn) if (stream.isOpen) this.sendData(stream)
  }

  sendReset(streamId: number, code: number): void {
    this.#outbox.push(writeNumberFrame(FRAME.reset, streamId, code))
  }

  hold(bytes: number): boolean {
    this.#heldBytes += bytes
    return this.#heldBytes <= this.#limits.heldBytesMax
  }

  forget(stream: Stream): void {
    this.#streams.delete(stream.id)
    this.#waiting.delete(stream)
  }
}

const SETTINGS_ACK = writeFrame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0))

function grow(stream: Stream, bytes: number): void {
  stream.sendWindow += bytes
  if (stream.sendWindow > WINDOW_BYTES_MAX) throw new ProtocolViolationError('a window is larger than there may be', ERROR.flowControl)
}
