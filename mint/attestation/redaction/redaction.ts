import { splitAttributeName } from '../attribute-name.ts'
import type { Attributes } from '../model.ts'
import { parseAttributePattern } from './pattern.ts'

/** Patterns of one policy. */
const PATTERNS_MAX = 512
/** Names whose decision is remembered; pods of a node share most of their attributes' names. */
const REMEMBERED_NAMES_MAX = 4096

/** Splits attributes into those that may leave the agent and the names of those that may not. */
export type Redaction = (attributes: Attributes) => { readonly attributes: Attributes; readonly redacted: readonly string[] }

/**
 * A redaction by an allow list of patterns. Not set, or empty as the chart's default is, everything is allowed.
 *
 * @throws AttributePatternError when a pattern cannot be used
 */
export function createRedaction(allowed: readonly string[] | undefined): Redaction {
  if (allowed === undefined || allowed.length === 0) return (attributes) => ({ attributes, redacted: [] })
  if (allowed.length > PATTERNS_MAX) throw new RangeError(`More than ${PATTERNS_MAX} patterns of allowed attributes.`)
  const patterns = allowed.map(parseAttributePattern)
  const decided = new Map<string, boolean>()

  function isAllowed(name: string): boolean {
    const known = decided.get(name)
    if (known !== undefined) return known
    const segments = splitAttributeName(name)
    const decision = segments !== undefined && patterns.some((pattern) => pattern.matches(segments))
    if (decided.size >= REMEMBERED_NAMES_MAX) decided.clear()
    decided.set(name, decision)
    return decision
  }

  return (attributes) => {
    const kept = new Map<string, string>()
    const redacted: string[] = []
    for (const [name, value] of attributes) {
      if (isAllowed(name)) kept.set(name, value)
      else redacted.push(name)
    }
    return { attributes: kept, redacted: redacted.sort() }
  }
}
