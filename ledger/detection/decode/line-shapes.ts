import type { Assignment } from './assignment.ts'
import { endOfLine } from './flow.ts'

/** True when an assignment sets a variable for the command behind it in the same line, as in `PGPASSWORD=… psql -h db`. */
export function isBeforeCommand(text: string, end: number, assignment: Assignment): boolean {
  if (assignment.separator !== '=' || !/^[A-Z_][A-Z\d_]*$/.test(assignment.name)) return false
  if (assignment.isQuoted) return /^(?:;|&&)?[ \t]+[A-Za-z./]/.test(text.slice(assignment.end, end))
  return /^\S+[ \t]+(?:&&[ \t]+)?[a-z./][\w./-]*(?:[ \t]|$)/.test(assignment.text)
}

/** True for lines whose quotes are closed and that neither go on nor begin a section or a block. */
export function isOneLine(text: string, start: number, end: number): boolean {
  let quotes = 0
  let last = 0
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) quotes ^= 1
    else if (code === 39) quotes ^= 2
    else if (code === 96) quotes ^= 4
    if (code > 32) {
      if (last === 0 && (code === 91 || (code === 45 && text.startsWith('-----', at)))) return false
      last = code
    }
  }
  return quotes === 0 && last !== 92
}

/** End of a command that goes on over lines that end with a backslash. */
export function endOfCommand(text: string, end: number): number {
  let last = end
  while (text[last - 1] === '\\' && last < text.length) last = endOfLine(text, last + 1)
  return last
}
