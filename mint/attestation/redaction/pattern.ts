import { splitAttributeName } from '../attribute-name.ts'

/** Longest pattern, in characters; attribute names are shorter. */
const PATTERN_LENGTH_MAX = 1024

/** A pattern of attribute names. */
export interface AttributePattern {
  matches(segments: readonly string[]): boolean
}

/** A pattern that cannot be used, and why. Redaction by what was not meant would send too much or too little. */
export class AttributePatternError extends Error {
  constructor(happened: string) {
    super(happened)
    this.name = 'AttributePatternError'
  }
}

/**
 * Parses a pattern: dotted segments, `*` for any characters within one, `?` for exactly one character; segments that hold dots
 * are quoted (`kubernetes.pod.label.'app.kubernetes.io/*'`). A pattern matches names with as many segments as it has.
 *
 * @throws AttributePatternError
 */
export function parseAttributePattern(text: string): AttributePattern {
  if (text.length > PATTERN_LENGTH_MAX) throw new AttributePatternError(`A pattern is longer than ${PATTERN_LENGTH_MAX} characters.`)
  const segments = splitAttributeName(text)
  if (segments === undefined) {
    throw new AttributePatternError(
      `The pattern ${JSON.stringify(text)} has an empty segment or a quote that is not closed; quote segments that hold dots: label.'app.kubernetes.io/name'`,
    )
  }
  return {
    matches: (name) => name.length === segments.length && segments.every((pattern, index) => matchesSegment(pattern, name[index] ?? '')),
  }
}

/** Walks both texts once and goes back to the last star only, so that no pattern can take more than length times length steps. */
function matchesSegment(pattern: string, text: string): boolean {
  let at = 0
  let star = -1
  let starText = 0
  let position = 0
  while (position < text.length) {
    const wanted = pattern[at]
    if (wanted === '*') {
      star = at
      starText = position
      at += 1
    } else if (wanted === '?' || wanted === text[position]) {
      at += 1
      position += 1
    } else if (star !== -1) {
      starText += 1
      position = starText
      at = star + 1
    } else return false
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}
