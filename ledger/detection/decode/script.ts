import { readCommand } from './command.ts'
import type { Decoding } from './decoding.ts'
import { DECODE_LIMITS } from './limits.ts'
import { Locator, type Passage } from './passage.ts'
import { offsetInText, SHELL_WORDS_MAX, splitWords, type ShellWord } from './words.ts'

/** Reads shell text: every command of it, with its assignments, flags and headers. */
export function readScript(passage: Passage, decoding: Decoding): void {
  if (passage.depth > DECODE_LIMITS.depthMax) {
    decoding.problem(passage, `Nested commands were cut after level ${DECODE_LIMITS.depthMax}; the rest was searched as text.`)
    decoding.text(passage)
    return
  }
  const words = splitWords(passage.text)
  if (words.length >= SHELL_WORDS_MAX) decoding.problem(passage, `The script was cut after ${SHELL_WORDS_MAX} words.`)
  const locator = new Locator(passage.text, passage.anchor)
  let from = 0
  for (let index = 0; index <= words.length; index += 1) {
    const word = words[index]
    if (word !== undefined && !word.isOperator) continue
    if (index > from) readOne(words.slice(from, index), { passage, locator, decoding, reader: readerBehind(words, index) })
    from = index + 1
    if (decoding.isFull) return
  }
}

/** Words of the command that reads what the one before the operator at `index` says. */
function readerBehind(words: readonly ShellWord[], index: number): readonly string[] {
  if (words[index]?.text !== '|' || words[index + 1]?.isOperator !== false) return []
  const end = words.findIndex((word, at) => at > index && word.isOperator)
  return words.slice(index + 1, end === -1 ? undefined : end).map(({ text }) => text)
}

interface Reading {
  readonly passage: Passage
  readonly locator: Locator
  readonly decoding: Decoding
  readonly reader: readonly string[]
}

function readOne(words: readonly ShellWord[], { passage, locator, decoding, reader }: Reading): void {
  for (const value of readCommand(
    words.map((word) => word.text),
    reader,
  )) {
    const word = words[value.word]
    if (word === undefined || value.end <= value.from) continue
    const text = word.text.slice(value.from, value.end)
    const part: Passage = {
      ...passage,
      text,
      name: value.name,
      anchor: locator.at(offsetInText(word, value.from)),
      depth: passage.depth + 1,
      aliases: value.name === '' ? passage.aliases : [],
    }
    if (value.isScript) readScript(part, decoding)
    else if (value.name === '') decoding.text(part)
    else decoding.decode({ ...part, field: passage.field })
  }
}
