import type { DetectionProblem, Entry, EntryContext } from '../finding.ts'
import type { Leaf } from '../leaf.ts'
import { decodeArguments, readArguments } from './arguments.ts'
import { Collector } from './collector.ts'
import { COMMAND_CHARS } from './command-flags.ts'
import type { Decoding } from './decoding.ts'
import { readDockerConfig } from './docker-config.ts'
import { readKubernetesObject } from './kubernetes-object.ts'
import { DECODE_LIMITS } from './limits.ts'
import { forgetTexts, isCold } from './gate.ts'
import { isHotName } from '../names/hot.ts'
import { START, type Passage } from './passage.ts'
import { decodeSecretValue } from './secret-value.ts'
import { siblingOf } from './siblings.ts'
import { decodeText } from './text.ts'
import type { Tree } from './tree.ts'
import type { Spot, TreeWalk } from './walk.ts'

/**
 * Takes the entries of one group apart into leaves: by declared type first, then by the name of the file, then by shape.
 * Pure and linear in the text; never throws for what a text holds. What is cut or broken is a problem with the entry and field, never with a value.
 */
export function decodeEntries(
  entries: readonly Entry[],
  context: EntryContext,
): { readonly leaves: readonly Leaf[]; readonly problems: readonly DetectionProblem[] } {
  // Nearly every group ends here, before anything is made for it.
  const telling = tellingEntries(entries, context)
  const decoded = telling.length === 0 ? NOTHING : decodeTelling(telling, entries, context)
  forgetTexts()
  return decoded
}

const NOTHING = { leaves: [], problems: [] } as const

/** Indexes of the entries in which something may be found. */
function tellingEntries(entries: readonly Entry[], context: EntryContext): readonly number[] {
  const telling: number[] = []
  let isQuiet: boolean | undefined
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index]
    if (entry === undefined || entry.value === '') continue
    if (isWord(entry)) isQuiet ??= isColdCommand(entries)
    if (isWord(entry) ? isQuiet === true : !isOfSecret(entry, context) && isColdEntry(entry)) continue
    telling.push(index)
  }
  return telling
}

function isOfSecret(entry: Entry, context: EntryContext): boolean {
  return entry.origin === 'secret' || entry.form === 'base64' || context.secretType !== undefined
}

function decodeTelling(telling: readonly number[], entries: readonly Entry[], context: EntryContext): ReturnType<typeof decodeEntries> {
  const decoding = new GroupDecoding()
  const siblings = siblingsOfGroup(entries)
  const words: Passage[] = []
  for (const index of telling) {
    const entry = entries[index]
    if (entry === undefined) continue
    const passage: Passage = {
      entry: index,
      origin: entry.origin,
      text: entry.value,
      name: entry.key,
      field: undefined,
      anchor: START,
      encoding: [],
      siblings,
      aliases: entry.aliases,
      historic: undefined,
      depth: 0,
      guesses: 0,
    }
    if (isWord(entry)) words.push(passage)
    else if (isOfSecret(entry, context)) decodeSecretValue(passage, entry.form, context.secretType, decoding)
    else decodeText(passage, decoding)
  }
  if (words.length > 0) decodeArguments(words, decoding)
  return decoding.collector
}

/** The decoding of one group: readers call each other through it, so that none imports another one. */
class GroupDecoding implements Decoding {
  readonly collector = new Collector()

  get isFull(): boolean {
    return this.collector.isFull
  }

  decode(passage: Passage): void {
    decodeText(passage, this)
  }

  readShape(tree: Tree, spot: Spot, walk: TreeWalk): boolean {
    if (tree.is === 'map') return readKubernetesObject(tree, spot, walk) || readDockerConfig(tree, spot, walk)
    return tree.is === 'list' && readArguments(tree, spot, walk)
  }

  value(passage: Passage): void {
    this.collector.value(passage)
  }

  text(passage: Passage): void {
    this.collector.text(passage)
  }

  problem(passage: Passage, problem: string): void {
    this.collector.problem(passage, problem)
  }
}

/** Nothing of an ordinary entry needs to be taken apart: its names are innocent and so is all that it says. */
function isColdEntry({ key, aliases, value }: Entry): boolean {
  return !isHotName(key) && !aliases.some(isHotName) && value.length <= DECODE_LIMITS.structuredCharsMax && isCold(value)
}

/** Nothing can be found in the words of a command when nothing can in the line that they make. Of longer ones the program may stand too far from its flags. */
function isColdCommand(entries: readonly Entry[]): boolean {
  let line = ''
  for (const entry of entries) {
    if (!isWord(entry)) continue
    line += line === '' ? entry.value : `\n${entry.value}`
    if (line.length > COMMAND_CHARS) return false
  }
  return line === '' || isCold(line)
}

/** Items of a command have no key of their own and belong together. */
function isWord(entry: Entry): boolean {
  return entry.form === 'text' && (entry.origin === 'argument' || ((entry.origin === 'probe' || entry.origin === 'lifecycle') && entry.key === ''))
}

function siblingsOfGroup(entries: readonly Entry[]): readonly string[] {
  const siblings: string[] = []
  for (const entry of entries) {
    if (entry.key === '') continue
    if (siblings.length >= DECODE_LIMITS.siblingsMax) break
    siblings.push(siblingOf(entry.key, entry.form === 'text' ? entry.value : undefined))
  }
  return siblings
}
