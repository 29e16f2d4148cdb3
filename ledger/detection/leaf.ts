import type { Attributes, Confidence, FindingRole } from '@mintmark/contract/scan'
import type { EntryOrigin } from './finding.ts'

/**
 * The smallest named text that decoding reaches: an environment value, one property of a file, one argument, one header.
 * Decoding makes leaves, judging reads them, nobody keeps them.
 */
export interface Leaf {
  /** Index of the entry in its group. */
  readonly entry: number
  readonly origin: EntryOrigin
  /** Nearest name of the text: `password` of `spring.datasource.password`, the variable, the flag without dashes; empty when there is none. */
  readonly name: string
  /** Full key path inside a value that is itself a file; absent when the leaf is the whole entry. */
  readonly field: string | undefined
  readonly text: string
  /** 1-based place of the first character of `text` inside the decoded text of the entry. */
  readonly line: number
  readonly column: number
  /**
   * How further characters lie: a number is the columns before each further line of `text` in the entry (an indented block), `encoded` says that `text` stands
   * there only in encoded form, so that everything in it has the one place. Absent: the characters stand in the entry as they are.
   */
  readonly layout?: number | 'encoded'
  /** Of an encoded text whose characters still stand in the entry one by one, with escapes: the place of the character at an offset. */
  readonly placeOf?: (offset: number) => { readonly line: number; readonly column: number }
  readonly encoding: readonly string[]
  /** Names that stand next to it: keys of the same map or file section, with the short values that help to judge (host, user, type), never secrets of others. */
  readonly siblings: readonly string[]
  /** Other names by which consumers see it (from the entry); empty for inner leaves. */
  readonly aliases: readonly string[]
  /** `value`: the text is one value. `text`: free text or a line that could not be taken apart, where only formats are looked for. */
  readonly structure: 'value' | 'text'
  /** Why this is a copy of the past. */
  readonly historic: string | undefined
}

/** A judgement of a part of a leaf. Offsets are in UTF-16 code units of `leaf.text`, end exclusive. */
export interface Verdict {
  readonly kind: string
  readonly role: FindingRole
  readonly provider: string
  readonly confidence: Confidence
  readonly rule: string
  readonly start: number
  readonly end: number
  /** What is fingerprinted: trimmed, percent-decoded, PEM normalised. Never leaves detection. */
  readonly canonical: string
  readonly publicId?: string
  readonly attributes: Attributes
  readonly createdAt?: string
  readonly expiresAt?: string
  readonly reasons: readonly string[]
}

/** The leaf names a secret kept elsewhere. */
export interface LeafReference {
  readonly kind: string
  /** The reference itself, only of shapes that cannot hold a value; at most 512 characters. */
  readonly target?: string
  /** The form says nothing about a secret, and neither does any name: `host: ${DB_HOST}`. It is not reported and not judged any further. */
  readonly isSilent?: true
}
