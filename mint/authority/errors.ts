/** Why the authority refuses or cannot act. Static, so that logs, metrics and answers can count it. */
export type AuthorityErrorLabel =
  | 'settings-invalid'
  | 'store-away'
  | 'store-contended'
  | 'keyset-unknown'
  | 'keyset-state'
  | 'keyset-limit'
  | 'key-unavailable'
  | 'master-key'
  | 'upstream'

/** Something that the person who runs the trust domain can mend. Messages name files, keysets and settings, never key material. */
export class AuthorityError extends Error {
  readonly label: AuthorityErrorLabel
  /** The next thing to do. */
  readonly remedy: string

  constructor(label: AuthorityErrorLabel, happened: string, remedy: string, options?: { readonly cause?: unknown }) {
    super(happened, options)
    this.name = 'AuthorityError'
    this.label = label
    this.remedy = remedy
  }
}

/** What of a failure may be logged: our own words, or the name of what is not ours. */
export function describeFailure(error: unknown): { readonly reason: string; readonly remedy?: string } {
  if (error instanceof AuthorityError) return { reason: error.message, remedy: error.remedy }
  return { reason: error instanceof Error ? error.name : typeof error }
}
