import { ProblemError } from '@mintmark/control-plane'
import type { ProblemName } from '@mintmark/contract/http'
import { AuthorityError } from '@mintmark/mint/authority'
import { AdministrationError } from '@mintmark/mint/server'
import { ConflictError, InvalidCursorError, StorageUnavailableError } from '@mintmark/storage'

/** Characters of a field and of what is wrong with it, as the problem format bounds them. */
const FIELD_CHARS_MAX = 512

/** Runs work of Mint and ends in the problems that its routes promise. @param invalid what a request with wrong places is called */
export async function answering<Answer>(invalid: ProblemName, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    throw refusalOf(error, invalid)
  }
}

/** A refusal of Mint as a problem; what the control plane itself understands, and bugs, pass through. */
function refusalOf(error: unknown, invalid: ProblemName): unknown {
  if (error instanceof ConflictError)
    return new ProblemError('name-taken', { detail: `${error.message}.`, remedy: 'Choose another one, or use what is there.' })
  if (!(error instanceof AdministrationError)) return error
  const { cause, message: detail, remedy, problems } = error
  if (cause instanceof InvalidCursorError || cause instanceof StorageUnavailableError) return cause
  const errors = problems.map(({ pointer, reason }) => ({ field: pointer.slice(0, FIELD_CHARS_MAX), problem: reason.slice(0, FIELD_CHARS_MAX) }))
  const problem = problemOf(error, invalid)
  // Its places say everything; the sentence would only repeat them.
  const words = problem === 'configuration-invalid' ? 'Nothing was stored.' : detail
  return new ProblemError(problem, { detail: words, remedy, ...(errors.length === 0 ? {} : { errors }) })
}

function problemOf({ label, problems, cause }: AdministrationError, invalid: ProblemName): ProblemName {
  if (cause instanceof AuthorityError) return AUTHORITY_PROBLEMS[cause.label]
  if (label === 'unavailable') return 'mint-unavailable'
  if (label === 'limit') return 'state-conflict'
  if (label !== 'invalid') return label
  // A request without a wrong place is right and comes at the wrong time.
  if (problems.length === 0) return 'state-conflict'
  return problems.some(({ pointer }) => pointer === '/bundle') ? 'bundle-invalid' : invalid
}

const AUTHORITY_PROBLEMS: Readonly<Record<AuthorityError['label'], ProblemName>> = {
  'keyset-unknown': 'not-found',
  'keyset-state': 'state-conflict',
  'keyset-limit': 'state-conflict',
  'store-contended': 'version-conflict',
  'store-away': 'mint-unavailable',
  'settings-invalid': 'mint-unavailable',
  'key-unavailable': 'mint-unavailable',
  'master-key': 'mint-unavailable',
  upstream: 'mint-unavailable',
}
