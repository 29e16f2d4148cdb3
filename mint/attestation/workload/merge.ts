import type { Attributes } from '../model.ts'
import { ATTRIBUTE_NAME_LENGTH_MAX, ATTRIBUTE_VALUE_LENGTH_MAX, ATTRIBUTES_MAX } from './limits.ts'

/** Attributes of all attestors together, and the names of those that are too large or too many. */
export interface MergedAttributes {
  readonly attributes: Attributes
  /** Names, cut where they are themselves too long. */
  readonly oversized: readonly string[]
}

/** Names told of at most; there may be very many. */
const OVERSIZED_NAMES_MAX = 20

/**
 * Merges what attestors said; each has a prefix of its own, so nothing is overwritten. What is too large is left out whole: a value
 * that was cut could be taken for another one, while an absent one makes a template or a condition fail and say so.
 */
export function mergeAttributes(parts: readonly Attributes[]): MergedAttributes {
  const attributes = new Map<string, string>()
  const oversized: string[] = []
  for (const [name, value] of parts.flatMap((part) => [...part])) {
    if (name.length <= ATTRIBUTE_NAME_LENGTH_MAX && value.length <= ATTRIBUTE_VALUE_LENGTH_MAX && attributes.size < ATTRIBUTES_MAX) {
      attributes.set(name, value)
    } else if (oversized.length < OVERSIZED_NAMES_MAX) oversized.push(name.slice(0, ATTRIBUTE_NAME_LENGTH_MAX))
  }
  return { attributes, oversized }
}
