import type { Authority } from '@mintmark/mint/authority'
import type { TrustDomain } from '@mintmark/spiffe'
import { AdministrationError } from '../failure.ts'
import type { ServerLog } from '../log.ts'
import type { MintEvent, MintStores } from '../ports.ts'

/** What administration works with. */
export interface AdministrationDependencies extends MintStores {
  readonly trustDomain: { readonly id: string; readonly name: TrustDomain }
  readonly deploymentId: string | undefined
  readonly authority: Authority
  readonly now: () => Date
  readonly log: ServerLog
  readonly record: (event: MintEvent) => void
  /** Something that calls depend on has changed: what this process remembers of it is read anew. */
  readonly changed: () => void
  /** `iss` of tokens. */
  readonly jwtIssuer: string | undefined
}

/**
 * Runs a question to the stores and says in administrators' words what went wrong.
 * A taken name is known by the error's name alone: stores are behind a port, and their classes are not ours.
 */
export async function translated<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof AdministrationError) throw error
    const name = error instanceof Error ? error.name : ''
    if (name === 'ConflictError')
      throw new AdministrationError('name-taken', 'The name is taken.', 'Choose another one, or use what is there.', { cause: error })
    if (name === 'InvalidCursorError')
      throw new AdministrationError('invalid', 'The page token is not one of this list.', 'Begin with the first page.', { cause: error })
    if (name === 'StorageUnavailableError')
      throw new AdministrationError('unavailable', 'The database cannot be reached.', 'Try again in a moment.', { cause: error })
    throw error
  }
}
