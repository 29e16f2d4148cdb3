import { readCommand } from './command.ts'
import type { Decoding } from './decoding.ts'
import { partOf, fieldOf, type Passage } from './passage.ts'
import { readScript } from './script.ts'
import type { ListNode, Scalar } from './tree.ts'
import type { Spot, TreeWalk } from './walk.ts'

/** Names of lists that hold the words of a command. */
const COMMAND_NAMES = /^(?:args|arguments|command|cmd|commands?line|entrypoint|exec|extra_?args|argv|additional_?arguments|extra_?flags)$/i

/** Reads the words of one command; each keeps its own place. */
export function decodeArguments(words: readonly Passage[], decoding: Decoding): void {
  for (const value of readCommand(words.map((word) => word.text))) {
    const word = words[value.word]
    if (word === undefined) continue
    const part = value.from === 0 && value.name === '' ? word : partOf(word, value.from, value.end, value.name === '' ? word.name : value.name)
    if (value.isScript) readScript(part, decoding)
    // A flag that names nothing is no command of its own; taken apart again it would be the same flag.
    else if (value.name === '' && part.text.startsWith('-')) decoding.value(part)
    else decoding.decode(value.name === '' ? part : { ...part, siblings: namesOf(words) })
  }
}

/** A list of scalars that is a command, or a list of `KEY=value` as Compose files have it under `environment`. */
export function readArguments(list: ListNode, spot: Spot, walk: TreeWalk): boolean {
  const scalars = list.items.filter((item): item is Scalar => item.is === 'scalar')
  if (scalars.length === 0 || scalars.length < list.items.length) return false
  const isCommand = COMMAND_NAMES.test(spot.name) || scalars.some((item) => /^--[a-z][\w-]*=|^[A-Z_][A-Z0-9_]*=/.test(item.text))
  if (!isCommand) return false
  const words = scalars.map((item, index) => walk.passageOf(item, { ...spot, name: '', field: fieldOf(spot.field, index) }))
  decodeArguments(words, walk.decoding)
  return true
}

function namesOf(words: readonly Passage[]): readonly string[] {
  return words
    .slice(0, 16)
    .map((word) => /^[\w./-]{1,48}/.exec(word.text)?.[0] ?? '')
    .filter((name) => name !== '')
}
