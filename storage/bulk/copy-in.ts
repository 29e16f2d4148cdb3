import type { Connection } from 'pg'

/** The type letter of a CopyData message, and its length field, which counts itself. */
const COPY_DATA = 0x64
const LENGTH_BYTES = 4
/** The whole of a CopyDone message: its letter and its length. */
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, LENGTH_BYTES])

/**
 * `COPY … FROM STDIN` as the driver runs it on one of its connections: one statement, one buffer.
 * The query builder takes it for a cursor that brings no rows, so it runs on the connection of whatever transaction it is asked in.
 */
export class CopyIn {
  readonly #statement: string
  readonly #data: Buffer
  readonly #done = Promise.withResolvers<never[]>()

  constructor(statement: string, parameters: readonly unknown[]) {
    const [data] = parameters
    if (!Buffer.isBuffer(data)) throw new TypeError('COPY takes one parameter: the rows as a buffer, or the function that reads a row')
    this.#statement = statement
    this.#data = data
    // Whoever asks reads the promise later; until then a failure must not count as unhandled.
    this.#done.promise.catch(() => undefined)
  }

  /** Resolves when the server has taken everything. */
  read(): Promise<never[]> {
    return this.#done.promise
  }

  async close(): Promise<void> {
    await this.#done.promise.catch(() => undefined)
  }

  submit(connection: Connection): void {
    connection.query(this.#statement)
    const head = Buffer.alloc(1 + LENGTH_BYTES)
    head[0] = COPY_DATA
    head.writeInt32BE(LENGTH_BYTES + this.#data.length, 1)
    // Sent at once: the server ignores the rows of a statement that it has refused. Written past the driver's serializer, which would copy the rows once more.
    connection.stream.write(head)
    connection.stream.write(this.#data)
    connection.stream.write(COPY_DONE)
  }

  handleCopyData(): void {
    // Nothing comes of what is written.
  }

  handleError(error: Error): void {
    this.#done.reject(error)
  }

  handleReadyForQuery(): void {
    this.#done.resolve([])
  }
}
