import { status } from './status.ts'
import { AttestationError } from '@mintmark/mint/attestation'

/** Why a call is not answered: a gRPC code and a sentence that may go to the caller (it names no secret and no token). */
export class Refusal extends Error {
  readonly code: status

  constructor(code: status, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'Refusal'
    this.code = code
  }
}

/** Any failure as a refusal; what nobody foresaw is INTERNAL and says nothing of its inside. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof AttestationError) return new Refusal(status[error.code], error.message, { cause: error })
  return new Refusal(status.INTERNAL, 'The agent failed for a reason that it did not foresee; its log has the place.', { cause: error })
}

/** True when a later try of the same call may do better. */
export function isPassing(code: status): boolean {
  switch (code) {
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
    case status.RESOURCE_EXHAUSTED:
    case status.ABORTED:
    case status.CANCELLED:
    case status.INTERNAL:
    case status.UNKNOWN:
    case status.UNAUTHENTICATED:
      return true
    default:
      return false
  }
}
