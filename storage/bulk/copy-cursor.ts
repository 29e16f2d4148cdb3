import type { Connection } from 'pg'
import { CopyIn } from './copy-in.ts'
import { CopyOut } from './copy-out.ts'

/** What the query builder takes for a cursor: COPY FROM STDIN of a buffer, or COPY TO STDOUT through a function that reads rows. */
export class CopyCursor {
  readonly #copy: CopyIn | CopyOut

  constructor(statement: string, parameters: readonly unknown[]) {
    this.#copy = typeof parameters[0] === 'function' ? new CopyOut(statement, parameters) : new CopyIn(statement, parameters)
  }

  read(): Promise<never[]> {
    return this.#copy.read()
  }

  close(): Promise<void> {
    return this.#copy.close()
  }

  submit(connection: Connection): void {
    this.#copy.submit(connection)
  }

  handleCopyInResponse(): void {
    // Rows are on their way already: they are sent without waiting until the server says that it is ready for them.
  }

  handleCopyData(message: { readonly chunk: Buffer }): void {
    this.#copy.handleCopyData(message)
  }

  handleError(error: Error): void {
    this.#copy.handleError(error)
  }

  handleReadyForQuery(): void {
    this.#copy.handleReadyForQuery()
  }

  handleCommandComplete(): void {
    // The answer counts rows, which the caller has done himself.
  }
}
