import { status } from '../status.ts'
import { ERROR, type RequestListener, type RequestStream } from '../front/index.ts'
import { Refusal, toRefusal } from '../refusal.ts'
import type { SocketConnection } from '../socket/connection.ts'
import { ANSWER_BLOCK, DONE_BLOCK, refusalBlock } from './blocks.ts'
import { frameMessage } from './message-frame.ts'
import { MessageReader } from './message-reader.ts'
import type { CallMetadata } from './metadata.ts'

/** How long something concerns a caller. */
export interface Lifetime {
  readonly isOpen: boolean
  /** Calls once when it is over, however it ends; at once when it is. @returns what takes that back */
  onClosed(listener: () => void): () => void
}

/** A call as every handler sees it. */
export interface Call extends Lifetime {
  readonly metadata: CallMetadata
  /** The connection that it came over, and so who calls. */
  readonly connection: SocketConnection
  fail(refusal: Refusal): void
}

/** What a route hears of a call. */
export interface CallReceiver {
  /** A message of the caller, as bytes. May throw; the call is then refused. */
  readonly onMessage: (bytes: Buffer) => void
  /** The caller has said everything. */
  readonly onHalfClosed: () => void
}

/** One call between a caller's stream and a route's handler: frames, status, deadline, and its end exactly once. */
export class OpenCall implements Call, RequestListener {
  readonly metadata: CallMetadata
  readonly connection: SocketConnection
  isOpen = true
  receiver: CallReceiver | undefined
  readonly #stream: RequestStream
  readonly #reader: MessageReader
  #closers: (() => void)[] = []
  #deadline: NodeJS.Timeout | undefined
  #hasAnswered = false

  constructor(parts: {
    readonly stream: RequestStream
    readonly metadata: CallMetadata
    readonly connection: SocketConnection
    readonly unpack: ((packed: Buffer) => Buffer) | undefined
    readonly timeoutMs: number | undefined
  }) {
    const { stream, timeoutMs } = parts
    this.#stream = stream
    this.metadata = parts.metadata
    this.connection = parts.connection
    this.#reader = new MessageReader(parts.unpack, (bytes) => stream.hold(bytes))
    if (timeoutMs !== undefined) this.#deadline = setTimeout(expire, timeoutMs, this).unref()
  }

  onClosed(listener: () => void): () => void {
    if (this.isOpen) this.#closers.push(listener)
    else listener()
    return () => {
      const index = this.#closers.indexOf(listener)
      if (index >= 0) this.#closers.splice(index, 1)
    }
  }

  onData(bytes: Buffer): void {
    try {
      this.#reader.push(bytes, (message) => {
        if (this.isOpen) this.receiver?.onMessage(message)
      })
    } catch (error) {
      this.fail(toRefusal(error))
    }
  }

  onEnd(): void {
    if (!this.#reader.isEmpty) this.fail(new Refusal(status.INTERNAL, 'The call ends in the middle of a message.'))
    else if (this.isOpen) this.receiver?.onHalfClosed()
  }

  onAbort(): void {
    this.#close()
  }

  /** Sends a message. @param onSent is called once it is on its way */
  send(message: Uint8Array, onSent?: () => void): void {
    if (!this.isOpen) return
    if (!this.#hasAnswered) {
      this.#hasAnswered = true
      this.#stream.respond(ANSWER_BLOCK)
    }
    this.#stream.write(frameMessage(message), onSent)
  }

  /** Everything is said. */
  finish(): void {
    if (!this.isOpen) return
    if (!this.#hasAnswered) this.#stream.respond(ANSWER_BLOCK)
    this.#stream.end(DONE_BLOCK)
    this.#close()
  }

  fail({ code, message }: Refusal): void {
    if (!this.isOpen) return
    this.#stream.end(refusalBlock(code, message, !this.#hasAnswered))
    this.#close()
  }

  /** The caller does not wait any longer. */
  expire(): void {
    if (!this.isOpen) return
    // What waits for a caller that reads slowly is given up with the call.
    if (this.#hasAnswered) this.#stream.reset(ERROR.cancel)
    this.fail(new Refusal(status.DEADLINE_EXCEEDED, 'The deadline of the call has passed.'))
  }

  #close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    if (this.#deadline !== undefined) clearTimeout(this.#deadline)
    const closers = this.#closers
    this.#closers = []
    for (const close of closers) close()
  }
}

/** One function for all, so that a deadline makes no closure. */
function expire(call: OpenCall): void {
  call.expire()
}
