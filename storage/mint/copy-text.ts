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
  if (typeof value === 'object') return escape(`{${value.map(element).join(',')}}`)
  return typeof value === 'string' ? escape(value) : String(value)
}

function escape(text: string): string {
  return text.replace(/[\\\t\n\r\b\f\v\u0000]/g, (character) => ESCAPES[character] ?? character)
}

/** An element of an array, always quoted, so that no content can be taken for a separator or for NULL. */
function element(text: string): string {
  return `"${text.replace(/["\\]/g, (character) => `\\${character}`)}"`
}
