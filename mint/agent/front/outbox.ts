import type { Socket } from 'node:net'
import type { FrontLimits } from './limits.ts'

type OutboxLimits = Pick<FrontLimits, 'unsentBytes' | 'unsentBytesMax'>

/**
 * What is written to a client: everything of one turn of the event loop leaves in one piece, and what the client does not read
 * is counted, so that answers wait for it and nothing else grows without bound.
 */
export class Outbox {
  readonly #socket: Socket
  readonly #limits: OutboxLimits
  readonly #onRoom: () => void
  readonly #onFlood: () => void
  #frames: Buffer[] = []
  #bytes = 0
  /** Since when the client has left unread what was written, by the clock of `performance.now`; undefined while it reads. */
  unreadSince: number | undefined

  constructor(socket: Socket, limits: OutboxLimits, hears: { readonly onRoom: () => void; readonly onFlood: () => void }) {
    this.#socket = socket
    this.#limits = limits
    this.#onRoom = hears.onRoom
    this.#onFlood = hears.onFlood
    socket.on('drain', () => {
      this.unreadSince = undefined
      hears.onRoom()
    })
  }

  /** Whether more of an answer should be written now. */
  get hasRoom(): boolean {
    return this.unreadSince === undefined && this.#bytes < this.#limits.unsentBytes
  }

  /** Takes bytes that leave at the end of this turn. They must not be changed afterwards. */
  push(bytes: Buffer): void {
    if (this.#bytes + this.#socket.writableLength > this.#limits.unsentBytesMax) {
      this.#onFlood()
      return
    }
    if (this.#frames.push(bytes) === 1) setImmediate(flush, this)
    this.#bytes += bytes.length
  }

  flush(): void {
    const [first] = this.#frames
    if (first === undefined) return
    const bytes = this.#frames.length === 1 ? first : Buffer.concat(this.#frames, this.#bytes)
    this.#frames = []
    this.#bytes = 0
    if (this.#socket.destroyed || this.#socket.writableEnded) return
    if (this.#socket.write(bytes)) this.#onRoom()
    else this.unreadSince ??= performance.now()
  }
}

/** One function for all, so that planning a turn's end makes no closure. */
function flush(outbox: Outbox): void {
  outbox.flush()
}
