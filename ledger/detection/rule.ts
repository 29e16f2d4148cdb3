import type { Attributes, Confidence, FindingRole } from '@mintmark/contract/scan'
import type { Kind } from './kinds.ts'
import type { Leaf } from './leaf.ts'

/** Where the facts of a rule come from, and under which terms they may be used. */
export interface RuleSource {
  /** Page, document or rule set that states prefix, length, alphabet or checksum. */
  readonly page: string
  readonly licence: 'facts' | 'MIT' | 'Apache-2.0'
}

/** Longest part of a text that a rule's expression may look at, in UTF-16 code units. */
export const WINDOW_CHARS_MAX = 4_096
/** Characters before the start of a match that an expression may look back at. */
export const WINDOW_CHARS_BEFORE = 64

/** A match of a rule's expression. Offsets are in code units of `leaf.text`, end exclusive. */
export interface Found {
  readonly leaf: Leaf
  /** Nearest name there is: of the leaf, else its field, else its entry. */
  readonly name: string
  /** Matched text and groups. */
  readonly match: RegExpExecArray
  readonly start: number
  readonly end: number
}

/** What a rule reads out of a match, beyond its own fields. */
export interface Reading {
  readonly start?: number
  readonly end?: number
  readonly kind?: Kind
  readonly provider?: string
  readonly role?: FindingRole
  readonly confidence?: Confidence
  readonly canonical?: string
  readonly publicId?: string
  readonly attributes?: Attributes
  readonly createdAt?: string
  readonly expiresAt?: string
  readonly reasons?: readonly string[]
}

/**
 * A credential format that identifies itself. Rules are data, so that the catalogue can be listed, documented and tested as one table.
 */
export interface FormatRule {
  readonly id: string
  readonly kind: Kind
  readonly provider: string
  readonly role?: FindingRole
  /** `strong` when absent: a fixed shape whose issuer is named by it. */
  readonly confidence?: Confidence
  /** Literal substrings of which one must be present; they feed the prefilter, so each has at least three characters. */
  readonly anchors: readonly string[]
  /** Characters that stand before the anchor and belong to the match: the match starts after walking back over them. */
  readonly lead?: { readonly chars: CharClass; readonly max: number }
  /** Cheap look at the text round the anchor, before any expression runs. */
  readonly quick?: (text: string, anchorAt: number) => boolean
  /** Sticky, applied at the start of the token inside a bounded window; no nested quantifiers. */
  readonly pattern: RegExp
  /** `open` when the match may touch word characters on either side; a token otherwise stands alone. */
  readonly edges?: 'open'
  /** Checks what an expression cannot, such as a checksum, and reads public parts; undefined refuses the match. */
  readonly read?: (found: Found) => Reading | undefined
  readonly source: RuleSource
}

/** A credential whose shape says too little, decided by the name that holds it. */
export interface KeyedRule {
  readonly id: string
  readonly kind: Kind
  readonly provider: string
  readonly role?: FindingRole
  /** `medium` when absent. */
  readonly confidence?: Confidence
  readonly name: NamePattern
  /** Tested on the whole value; anchored at both ends. */
  readonly shape: RegExp
  readonly source: RuleSource
}

/** Names that call for a keyed rule, tested on lower-case words joined by `_`: `datadog_api_key`. Two plain expressions are linear where one with a gap in it is not. */
export interface NamePattern {
  /** Found anywhere; absent when the end alone decides. */
  readonly owner?: RegExp
  readonly last: RegExp
}

/** A set of ASCII characters as a table: 1 for members. */
export type CharClass = Uint8Array

/** Characters of an alphabet given as single characters and ranges such as `a-z`; a literal `-` comes last. */
export function charClass(alphabet: string): CharClass {
  const table = new Uint8Array(128)
  for (let index = 0; index < alphabet.length; index++) {
    const low = alphabet.charCodeAt(index)
    const isRange = alphabet[index + 1] === '-' && index + 2 < alphabet.length
    const high = isRange ? alphabet.charCodeAt(index + 2) : low
    for (let code = low; code <= high; code++) table[code] = 1
    if (isRange) index += 2
  }
  return table
}
