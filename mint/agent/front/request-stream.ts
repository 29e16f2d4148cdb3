import type { HeaderField } from './hpack/index.ts'

/** One request of a client, as its answerer sees it. After `end` and `reset` nothing has an effect. */
export interface RequestStream {
  /** Sends the header block of the answer. */
  respond(block: Buffer): void
  /** Sends bytes of the body when the client has room for them. @param onSent is called once they are on their way */
  write(bytes: Buffer, onSent?: () => void): void
  /** Sends the last header block behind everything that was written. */
  end(block: Buffer): void
  /** Takes the answer back. */
  reset(code: number): void
  /** Counts bytes that the answerer keeps of this request. @returns false when the connection's requests keep too many */
  hold(bytes: number): boolean
}

/** What the answerer of a request hears. */
export interface RequestListener {
  /** A part of the body; the bytes are only good during the call. */
  onData(bytes: Buffer): void
  /** The request is complete. */
  onEnd(): void
  /** The client has taken its request back, or is gone. Nothing follows. */
  onAbort(): void
}

/** Takes a request whose header block has come. */
export type OnRequest = (fields: readonly HeaderField[], stream: RequestStream) => RequestListener

/** Bytes on their way out. */
interface Part {
  readonly bytes: Buffer
  readonly onSent: (() => void) | undefined
  sent: number
}

/** What a stream needs of its connection. */
export interface StreamHost {
  sendHeaders(streamId: number, block: Buffer, endStream: boolean): void
  /** Sends as much of the queues as windows and the client's reading allow. */
  sendData(stream: Stream): void
  sendReset(streamId: number, code: number): void
  hold(bytes: number): boolean
  /** The stream is over on both sides. */
  forget(stream: Stream): void
}

/** The state of one stream (RFC 9113 section 5.1), from its header block until both sides have ended. */
export class Stream implements RequestStream {
  readonly id: number
  readonly #host: StreamHost
  /** Bytes that the client still takes, and those that it may still send. */
  sendWindow: number
  receiveWindow: number
  isRemoteClosed = false
  isOpen = true
  listener: RequestListener | undefined
  #queue: Part[] = []
  #trailers: Buffer | undefined
  #held = 0

  constructor(id: number, host: StreamHost, windows: { readonly send: number; readonly receive: number }) {
    this.id = id
    this.#host = host
    this.sendWindow = windows.send
    this.receiveWindow = windows.receive
  }

  respond(block: Buffer): void {
    if (this.isOpen) this.#host.sendHeaders(this.id, block, false)
  }

  write(bytes: Buffer, onSent?: () => void): void {
    if (!this.isOpen || this.#trailers !== undefined) return
    this.#queue.push({ bytes, onSent, sent: 0 })
    if (this.#queue.length === 1) this.#host.sendData(this)
  }

  end(block: Buffer): void {
    if (!this.isOpen || this.#trailers !== undefined) return
    this.#trailers = block
    if (this.#queue.length === 0) this.finish()
  }

  reset(code: number): void {
    if (!this.isOpen) return
    this.#host.sendReset(this.id, code)
    this.close()
  }

  hold(bytes: number): boolean {
    this.#held += bytes
    return this.#host.hold(bytes)
  }

  /** What waits to be sent next. */
  next(): Part | undefined {
    return this.#queue[0]
  }

  /** The first part is on its way. */
  advance(): void {
    this.#queue.shift()?.onSent?.()
  }

  /** Sends the trailers once everything before them is sent. */
  finish(): void {
    if (!this.isOpen || this.#trailers === undefined) return
    this.#host.sendHeaders(this.id, this.#trailers, true)
    // The answer is complete; a client that still sends is told to stop (section 8.1).
    if (!this.isRemoteClosed) this.#host.sendReset(this.id, 0)
    this.close()
  }

  /** Ends both sides without a word. */
  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.#queue = []
    this.#host.hold(-this.#held)
    this.#held = 0
    this.#host.forget(this)
  }

  /** The client is not interested any more, or is gone. */
  abort(): void {
    if (!this.isOpen) return
    this.close()
    this.listener?.onAbort()
  }
}
