/** An attribute's name as policy writes it, and the spellings under which an agent may send it. */
export interface AttributeName {
  /** As it was written, for messages. */
  readonly written: string
  /** Segments without quotes, joined by dots, and with quotes around those that hold dots or slashes; most names have one spelling only. */
  readonly spellings: readonly string[]
}

const PLAIN_SEGMENT = /^[A-Za-z0-9_-]+$/
const NAME_BYTES_MAX = 512

/**
 * Reads a dotted name such as `kubernetes.pod.namespace`; a segment that holds dots or slashes stands in single quotes:
 * `kubernetes.pod.label.'app.kubernetes.io/name'`.
 */
export function parseAttributeName(text: string): { readonly ok: true; readonly name: AttributeName } | { readonly ok: false; readonly reason: string } {
  if (text.length > NAME_BYTES_MAX) return refuse(`an attribute's name has at most ${NAME_BYTES_MAX} characters`)
  const segments = splitSegments(text)
  if (segments === undefined) return refuse(`"${text}" is not an attribute's name: dotted segments, quoted where they hold dots ('app.kubernetes.io/name')`)
  const plain = segments.join('.')
  const quoted = segments.map((segment) => (PLAIN_SEGMENT.test(segment) ? segment : `'${segment}'`)).join('.')
  return { ok: true, name: { written: text, spellings: plain === quoted ? [plain] : [quoted, plain] } }
}

/** The attribute's value under any of its spellings. */
export function readAttribute(attributes: ReadonlyMap<string, string>, name: AttributeName): string | undefined {
  for (const spelling of name.spellings) {
    const value = attributes.get(spelling)
    if (value !== undefined) return value
  }
  return undefined
}

function splitSegments(text: string): readonly string[] | undefined {
  const segments: string[] = []
  let at = 0
  while (at <= text.length) {
    if (text[at] === "'") {
      const end = text.indexOf("'", at + 1)
      if (end <= at + 1) return undefined
      segments.push(text.slice(at + 1, end))
      at = end + 1
    } else {
      const dot = text.indexOf('.', at)
      const end = dot === -1 ? text.length : dot
      const segment = text.slice(at, end)
      if (!PLAIN_SEGMENT.test(segment)) return undefined
      segments.push(segment)
      at = end
    }
    if (at === text.length) return segments
    if (text[at] !== '.') return undefined
    at += 1
  }
  return undefined
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason }
}
