import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { createAnnouncedTable } from './announced-table.ts'
import { createAuthorityRewriter, type AuthorityRewriter } from './authority-rewriter.ts'
import type { HeaderField } from './hpack/index.ts'
import type { FrontLimits } from './limits.ts'

/** What ended a connection before its peer or our server did. */
export type ConnectionFault = 'protocol' | 'no-request' | 'stalled'

/** Bytes that wait in one direction before the other side is slowed down. */
const BUFFERED_BYTES = 64 * 1024

/**
 * The server's end of a connection: reads what the client sends, rewritten by {@link createAuthorityRewriter}, and writes to the
 * client as it is. It never ends in an `error` event: whatever goes wrong closes both sides, and `onFault` hears why.
 */
export function createLocalStream(options: {
  readonly socket: Socket
  readonly limits: FrontLimits
  readonly stamp?: HeaderField
  readonly onFault: (fault: ConnectionFault, happened: string) => void
}): Duplex {
  return new LocalStream(options)
}

class LocalStream extends Duplex {
  readonly #socket: Socket
  readonly #limits: FrontLimits
  readonly #rewriter: AuthorityRewriter
  readonly #onFault: (fault: ConnectionFault, happened: string) => void
  readonly #firstRequestTimer: NodeJS.Timeout
  #readAnnouncement: ((written: Buffer) => boolean) | undefined

  constructor({ socket, limits, stamp, onFault }: Parameters<typeof createLocalStream>[0]) {
    super({ allowHalfOpen: false, readableHighWaterMark: BUFFERED_BYTES, writableHighWaterMark: BUFFERED_BYTES })
    this.#socket = socket
    this.#limits = limits
    this.#onFault = onFault
    this.#rewriter = createAuthorityRewriter(limits, stamp)
    const announced = createAnnouncedTable((bytes) => this.#rewriter.allowTableBytes(bytes))
    this.#readAnnouncement = announced
    this.#firstRequestTimer = setTimeout(
      () => this.#fail('no-request', `no request within ${limits.firstRequestSeconds} seconds`),
      limits.firstRequestSeconds * 1000,
    ).unref()
    socket.pause()
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.once('end', () => this.push(null))
    // A reset by the peer is not our fault: the close that follows says all that there is to say.
    socket.once('error', () => this.destroy())
    socket.once('close', () => this.destroy())
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#readAnnouncement?.(chunk) === true) this.#readAnnouncement = undefined
    if (this.#socket.destroyed) {
      // Nobody will read it, and nobody shall wait for it.
      done()
      return
    }
    if (this.#socket.write(chunk)) {
      done()
      return
    }
    this.#awaitDrain(done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end()
    done()
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#firstRequestTimer)
    this.#socket.destroy()
    // Without the error: an `error` event that nobody listens to would end the process.
    done(null)
  }

  #receive(chunk: Buffer): void {
    const blocksBefore = this.#rewriter.headerBlocks
    try {
      this.#rewriter.push(chunk, (bytes) => {
        if (!this.push(bytes)) this.#socket.pause()
      })
    } catch (error) {
      this.#fail('protocol', error instanceof Error ? error.message : 'the bytes could not be read')
      return
    }
    if (blocksBefore === 0 && this.#rewriter.headerBlocks > 0) clearTimeout(this.#firstRequestTimer)
  }

  #awaitDrain(done: () => void): void {
    const socket = this.#socket
    const timer = setTimeout(() => {
      this.#fail('stalled', `the client has read nothing for ${this.#limits.stalledWriteSeconds} seconds`)
    }, this.#limits.stalledWriteSeconds * 1000).unref()
    function finish(): void {
      clearTimeout(timer)
      socket.off('drain', finish)
      socket.off('close', finish)
      done()
    }
    socket.once('drain', finish)
    socket.once('close', finish)
  }

  #fail(fault: ConnectionFault, happened: string): void {
    if (this.destroyed) return
    this.#onFault(fault, happened)
    this.destroy()
  }
}
