import type { Kind } from '../kinds.ts'
import type { FormatRule, KeyedRule, NamePattern, RuleSource } from '../rule.ts'

/** Facts of gitleaks' default rules: prefix, length and alphabet; the expressions here are our own. */
export const GITLEAKS: RuleSource = { page: 'https://github.com/gitleaks/gitleaks (v8.30.1, default rules)', licence: 'MIT' }

type FormatDetails = Omit<FormatRule, 'id' | 'kind' | 'provider' | 'anchors' | 'pattern' | 'source'> & { readonly source?: RuleSource }
type KeyedDetails = Omit<KeyedRule, 'id' | 'kind' | 'provider' | 'name' | 'shape' | 'source'> & { readonly source?: RuleSource }

/** Writes rules of one issuer without repeating its name and source. */
export interface Issuer {
  readonly token: (id: string, kind: Kind, anchors: readonly string[], pattern: RegExp, details?: FormatDetails) => FormatRule
  readonly keyed: (id: string, kind: Kind, name: NamePattern, shape: RegExp, details?: KeyedDetails) => KeyedRule
}

/** Starts the rules of one issuer; `source` holds for each of them unless it names its own. */
export function issuer(provider: string, source: RuleSource = GITLEAKS): Issuer {
  return {
    token: (id, kind, anchors, pattern, details) => ({ id, kind, provider, anchors, pattern, source, ...details }),
    keyed: (id, kind, name, shape, details) => ({ id, kind, provider, name, shape, source, ...details }),
  }
}

/** Last words of a name that holds a credential and not a setting about one. */
const CREDENTIAL_WORDS =
  'api_?key|app_?key|access_?key|secret_?key|private_?key|auth_?key|master_?key|server_?key|admin_?key|write_?key|license_?key|key|pat|tokens?|secret|auth|password|passwd|pwd|credentials?'

/**
 * Names of one provider's credential: one of `owners` as a word, then any words, then a word that ends in a credential.
 * `last` replaces the usual last words where only some are meant.
 */
export function namedAfter(owners: string, last: string = CREDENTIAL_WORDS): NamePattern {
  return { owner: new RegExp(`(?:^|_)(?:${owners})_`), last: new RegExp(`_(?:${last})$`) }
}

/** Names that say by their end alone what they hold. */
export function endingIn(last: string): NamePattern {
  return { last: new RegExp(`(?:^|_)(?:${last})$`) }
}
