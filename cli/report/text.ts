/**
 * Names in a cluster are chosen by strangers. Before they reach a terminal or a page, everything that could move the cursor, hide text or
 * turn its direction is made visible: controls, line separators, bidirectional marks, invisible characters, lone surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** One line of foreign text, safe to print. */
export function cleanText(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** Foreign text of our own making that may have several lines. */
export function cleanLines(text: string): string {
  return text.split('\n').map(cleanText).join('\n')
}

/** East Asian wide and fullwidth blocks and emoji take two columns (Unicode UAX #11). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const COMBINING = /^\p{M}$/u

/** Columns that a cleaned text takes. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return width
}

/** Cuts at the end and says so with an ellipsis. */
export function cutEnd(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${takeColumns(Array.from(text), Math.max(0, width - 1)).join('')}…`
}

/** Cuts in the middle: both ends of a path or an id say more than its middle. */
export function cutMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  const left = Math.ceil((width - 1) / 2)
  const right = Math.max(0, width - 1 - left)
  const characters = Array.from(text)
  return `${takeColumns(characters, left).join('')}…${takeColumns(characters.toReversed(), right).toReversed().join('')}`
}

function takeColumns(characters: readonly string[], width: number): string[] {
  const taken: string[] = []
  let used = 0
  for (const character of characters) {
    used += widthOf(character)
    if (used > width) break
    taken.push(character)
  }
  return taken
}

/** Breaks words into lines of at most `width` columns; a longer word gets lines of its own. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((part) => splitWord(part, width))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= width) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  if (line !== '') lines.push(line)
  return lines
}

function splitWord(word: string, width: number): string[] {
  const parts: string[] = []
  let rest = Array.from(word)
  while (widthOf(rest.join('')) > width) {
    const taken = takeColumns(rest, width)
    parts.push(taken.join(''))
    rest = rest.slice(Math.max(1, taken.length))
  }
  return [...parts, rest.join('')]
}

/** "1 secret", "2 secrets". */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? singular : plural}`
}
