import type { Connection } from 'pg'
import { RowFields } from './row-fields.ts'

/** Makes a row of its fields. */
export type ReadRow<Row> = (fields: RowFields) => Row

/** Rows that wait to be read; the connection stands still while there are more. */
const ROWS_AHEAD_MAX = 1_000
/** Signature and flags, then the length of an extension. */
const EXTENSION_AT = 15
const HEADER_BYTES = 19
const COUNT_BYTES = 2

/**
 * `COPY … TO STDOUT (FORMAT binary)` as the driver runs it on one of its connections. The query builder takes it for a cursor, which it is:
 * rows come as fast as they are read, with no question asked for each page.
 */
export class CopyOut {
  readonly #statement: string
  readonly #readRow: ReadRow<unknown>
  readonly #fields = new RowFields()
  readonly #done = Promise.withResolvers<undefined>()
  #stream: Connection['stream'] | undefined
  #rows: unknown[] = []
  #arrival = Promise.withResolvers<undefined>()
  #isHeaderRead = false
  #isEnded = false
  #isClosed = false
  #failure: Error | undefined

  constructor(statement: string, parameters: readonly unknown[]) {
    const [readRow] = parameters
    if (typeof readRow !== 'function') throw new TypeError('COPY takes one parameter, the function that reads a row')
    this.#statement = statement
    this.#readRow = (fields) => readRow(fields)
  }

  /** The rows that have come since the last call, at least one; none at the end. */
  async read(): Promise<never[]> {
    while (this.#rows.length === 0 && !this.#isEnded) await this.#arrival.promise
    if (this.#failure !== undefined) throw this.#failure
    const rows = this.#rows
    this.#rows = []
    this.#arrival = Promise.withResolvers()
    this.#stream?.resume()
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the query builder's interface leaves the type of rows to the caller, who gave the function that makes them
    return rows as never[]
  }

  /** Whoever stops reading early waits until the server has said everything: the connection is used again. */
  async close(): Promise<void> {
    this.#rows = []
    this.#isClosed = true
    this.#stream?.resume()
    await this.#done.promise
  }

  submit(connection: Connection): void {
    this.#stream = connection.stream
    connection.query(this.#statement)
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    if (this.#isClosed) return
    let at = 0
    if (!this.#isHeaderRead) {
      at = HEADER_BYTES + chunk.readInt32BE(EXTENSION_AT)
      this.#isHeaderRead = true
    }
    // The header may come alone, and the number of fields of the end is -1.
    if (at >= chunk.length || chunk.readInt16BE(at) < 0) return
    this.#rows.push(this.#readRow(this.#fields.begin(chunk, at + COUNT_BYTES)))
    this.#arrival.resolve(undefined)
    if (this.#rows.length >= ROWS_AHEAD_MAX) this.#stream?.pause()
  }

  handleError(error: Error): void {
    this.#failure = error
    this.#end()
  }

  handleReadyForQuery(): void {
    this.#end()
  }

  #end(): void {
    this.#isEnded = true
    this.#stream?.resume()
    this.#arrival.resolve(undefined)
    this.#done.resolve(undefined)
  }
}
