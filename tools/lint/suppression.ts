const REASON_CHARS_MIN = 10
const SILENCING = /^\s*\*?\s*(?:oxlint|eslint)-disable|@ts-(?:ignore|expect-error|nocheck)/

/** True when the text of a comment silences a check. */
export function silences(comment: string): boolean {
  return SILENCING.test(comment)
}

/** True when the text of a suppression comment does not end with ` -- ` and a few words. */
export function lacksReason(comment: string): boolean {
  const at = comment.indexOf(' -- ')
  return at < 0 || comment.slice(at + 4).trim().length < REASON_CHARS_MIN
}
