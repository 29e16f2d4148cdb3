/** What the Workload API, or what it sent, was not good for. The message names no token and no key. */
export class WorkloadApiError extends Error {
  /** The gRPC status by name, such as `PERMISSION_DENIED`; `MALFORMED` when an answer breaks the contract, `CLOSED` after close. */
  readonly code: string

  constructor(code: string, happened: string, options?: { readonly cause?: unknown }) {
    super(happened, options)
    this.name = 'WorkloadApiError'
    this.code = code
  }
}
