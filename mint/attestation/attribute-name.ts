/** A segment that stands without quotes: no dot, no slash, no blank. */
const PLAIN_SEGMENT = /^[A-Za-z0-9_-]+$/

/**
 * An attribute's dotted name. A segment that holds dots or slashes is put into single quotes, with quotes inside doubled:
 * `kubernetes.pod.label.'app.kubernetes.io/name'`.
 */
export function attributeName(...segments: readonly string[]): string {
  return segments.map((segment) => (PLAIN_SEGMENT.test(segment) ? segment : `'${segment.replaceAll("'", "''")}'`)).join('.')
}

/** The segments of a dotted name or pattern without their quotes, or undefined when it is malformed: an empty segment, an open quote. */
export function splitAttributeName(name: string): readonly string[] | undefined {
  const segments: string[] = []
  let position = 0
  for (;;) {
    const end = name[position] === "'" ? quotedEnd(name, position) : plainEnd(name, position)
    if (end === undefined) return undefined
    const text = name.slice(position, end)
    segments.push(text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text)
    if (end === name.length) return segments
    if (name[end] !== '.') return undefined
    position = end + 1
  }
}

function plainEnd(name: string, start: number): number | undefined {
  const dot = name.indexOf('.', start)
  const end = dot === -1 ? name.length : dot
  return end === start || name.slice(start, end).includes("'") ? undefined : end
}

function quotedEnd(name: string, start: number): number | undefined {
  for (let quote = name.indexOf("'", start + 1); quote !== -1; quote = name.indexOf("'", quote + 2)) {
    if (name[quote + 1] !== "'") return quote === start + 1 ? undefined : quote + 1
  }
  return undefined
}
