/** Issued tokens are random: of sixteen or more random characters at least this many differ. */
const DISTINCT_MIN = 5
const LENGTH_JUDGED_MIN = 12
/** Characters at the end of a token that are looked at; prefixes are fixed and say nothing. */
const TAIL_CHARS = 32

/** True when the last characters repeat or count up, as in examples and masks; issuers draw them at random. */
export function isMonotonous(text: string): boolean {
  const tail = text.slice(-Math.min(TAIL_CHARS, text.length))
  if (tail.length < LENGTH_JUDGED_MIN) return false
  const seen = new Set<number>()
  let steps = 0
  for (let index = 0; index < tail.length; index++) {
    const code = tail.charCodeAt(index)
    seen.add(code)
    if (index > 0 && code - tail.charCodeAt(index - 1) === 1) steps++
  }
  return seen.size < DISTINCT_MIN || steps > tail.length * 0.6
}

/** True for a text that looks drawn at random rather than written by a person: letters and digits mixed, or letters of both cases without words. */
export function looksDrawn(text: string): boolean {
  if (text.length < LENGTH_JUDGED_MIN || isMonotonous(text)) return false
  const digits = /[0-9]/.test(text)
  if (!/[A-Za-z]/.test(text)) return digits && text.length >= 16
  let changes = 0
  for (let index = 1; index < text.length; index++) if (classOf(text.charCodeAt(index)) !== classOf(text.charCodeAt(index - 1))) changes++
  return changes >= (digits ? text.length / 8 : text.length / 4)
}

function classOf(code: number): number {
  if (code >= 48 && code <= 57) return 0
  if (code >= 97 && code <= 122) return 1
  if (code >= 65 && code <= 90) return 2
  return 3
}
