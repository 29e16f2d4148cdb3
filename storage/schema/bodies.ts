import type { Secret } from '@mintmark/contract/scan'
import type { SecretFacts } from '@mintmark/ledger/model'

/** What is stored of a secret: everything that risk needs to score it again (law 4), and how it was scored. */
export interface SecretBody {
  readonly facts: SecretFacts
  readonly score: Pick<Secret, 'level' | 'factors' | 'policy'>
  readonly occurrencesTotal: number
}

/** Reads a body that this store has written. */
export function readSecretBody(text: string): SecretBody {
  return JSON.parse(text) as SecretBody
}
