/** One word of a command. */
export interface ShellWord {
  readonly text: string
  /** Where the pieces of the word (quoted and unquoted runs) begin: in the word, and in the text it was read from. */
  readonly pieces: readonly { readonly inWord: number; readonly inText: number }[]
  /** Separates commands: `;`, `&&`, `|`, end of line. */
  readonly isOperator: boolean
}

/** Words of one text; a longer text is no command. */
export const SHELL_WORDS_MAX = 20_000

/**
 * Splits a text into the words that a POSIX shell would see, without expanding anything.
 *
 * @see POSIX.1-2024 Shell Command Language, 2.3 Token Recognition
 */
export function splitWords(text: string): readonly ShellWord[] {
  const words: ShellWord[] = []
  let at = 0
  while (at < text.length && words.length < SHELL_WORDS_MAX) {
    const letter = text[at] ?? ''
    if (letter === ' ' || letter === '\t' || letter === '\r') at += 1
    else if (letter === '\\' && text[at + 1] === '\n') at += 2
    else if (letter === '#') at = Math.max(at + 1, text.indexOf('\n', at) === -1 ? text.length : text.indexOf('\n', at))
    else if (letter === '\n' || letter === ';' || letter === '|' || letter === '&' || letter === '(' || letter === ')') {
      words.push({ text: letter, pieces: [{ inWord: 0, inText: at }], isOperator: true })
      at += 1
    } else {
      const word = readWord(text, at)
      words.push(word.word)
      at = word.end
    }
  }
  return words
}

/** Offset, in the text that the word was read from, of a character of the word. */
export function offsetInText(word: ShellWord, offset: number): number {
  let place = offset
  for (const piece of word.pieces) if (piece.inWord <= offset) place = piece.inText + offset - piece.inWord
  return place
}

function readWord(text: string, from: number): { readonly word: ShellWord; readonly end: number } {
  const pieces: ShellWord['pieces'][number][] = []
  let joined = ''
  let at = from
  while (at < text.length) {
    const letter = text[at] ?? ''
    if (isWordEnd(letter)) break
    const end = endOfPiece(text, at, letter)
    const isQuoted = letter === '"' || letter === "'"
    const inner = isQuoted ? at + 1 : at
    const innerEnd = isQuoted && text[end - 1] === letter && end - 1 > at ? end - 1 : end
    const raw = text.slice(inner, innerEnd)
    pieces.push({ inWord: joined.length, inText: inner })
    joined += letter === "'" ? raw : raw.replaceAll(/\\([^nrtbfvxu0ea])/g, '$1')
    at = end
  }
  return { word: { text: joined, pieces, isOperator: false }, end: Math.max(at, from + 1) }
}

function isWordEnd(letter: string): boolean {
  return (
    letter === ' ' ||
    letter === '\n' ||
    letter === '\t' ||
    letter === '\r' ||
    letter === ';' ||
    letter === '|' ||
    letter === '&' ||
    letter === '(' ||
    letter === ')'
  )
}

/** End of a run of unquoted letters, of a quoted text, or of a substitution. */
function endOfPiece(text: string, from: number, letter: string): number {
  if (letter === '"' || letter === "'") {
    for (let at = from + 1; at < text.length; at += 1) {
      if (text[at] === '\\' && letter === '"') at += 1
      else if (text[at] === letter) return at + 1
    }
    return text.length
  }
  let at = from
  while (at < text.length) {
    const here = text[at] ?? ''
    if (here === '\\') at += 2
    else if (here === '$' && (text[at + 1] === '(' || text[at + 1] === '{')) {
      const close = text.indexOf(text[at + 1] === '(' ? ')' : '}', at)
      at = close === -1 ? text.length : close + 1
    } else if (isWordEnd(here) || here === '"' || here === "'") break
    else at += 1
  }
  return Math.min(Math.max(at, from + 1), text.length)
}
