import type { Secret } from '@mintmark/contract/scan'
import type { SecretFacts } from '@mintmark/ledger/model'

/** What is stored of a secret: everything that risk needs to score it again (law 4), and how it was scored. */
export interface SecretBody {
  readonly facts: SecretFacts
  readonly score: Pick<Secret, 'level' | 'factors' | 'policy'>
  readonly occurrencesTotal: number
}

/**
 * Reads JSON that this store has written itself, from values that were checked at the door. Checking a million bodies again would cost
 * more than everything else that publishing does, so the caller names the shape that he wrote.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the shape, as the comment says
export function readBody<Shape>(text: string): Shape {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the only place where stored JSON becomes a shape again; see above
  return JSON.parse(text) as Shape
}
