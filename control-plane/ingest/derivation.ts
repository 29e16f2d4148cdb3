import { linkNamespace, summarizeSecret } from '@mintmark/ledger/linking'
import { MAX_V1, scoreSecret } from '@mintmark/ledger/risk'
import type { Derivation } from '@mintmark/storage'

/** Linking and risk as storage asks for them, under the default policy. */
export function createDerivation(): Derivation {
  return { linkNamespace, summarizeSecret, scoreSecret: (facts, now) => scoreSecret(facts, MAX_V1, now) }
}
