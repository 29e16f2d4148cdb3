import type { DetectionProblem, Entry, EntryContext } from '../finding.ts'
import type { Leaf } from '../leaf.ts'
import { decodeArguments, readArguments } from './arguments.ts'
import { Collector } from './collector.ts'
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

/**
 * Takes the entries of one group apart into leaves: by declared type first, then by the name of the file, then by shape.
 * Pure and linear in the text; never throws for what a text holds. What is cut or broken is a problem with the entry and field, never with a value.
 */
export function decodeEntries(
  entries: readonly Entry[],
  context: EntryContext,
): { readonly leaves: readonly Leaf[]; readonly problems: readonly DetectionProblem[] } {
  const collector = new Collector()
  const decoding: Decoding = {
    get isFull() {
      return collector.isFull
    },
    decode: (passage) => decodeText(passage, decoding),
    readShape: (tree, spot, walk) => {
      if (tree.is === 'map') return readKubernetesObject(tree, spot, walk) || readDockerConfig(tree, spot, walk)
      return tree.is === 'list' && readArguments(tree, spot, walk)
    },
    value: (passage) => collector.value(passage),
    text: (passage) => collector.text(passage),
    problem: (passage, problem) => collector.problem(passage, problem),
  }
  let siblings: readonly string[] | undefined
  const words: Passage[] = []
  entries.forEach((entry, index) => {
    const isSecret = entry.origin === 'secret' || entry.form === 'base64' || context.secretType !== undefined
    // Nearly every entry ends here, before anything is made for it.
    if (entry.value === '' || (!isSecret && !isWord(entry) && isColdEntry(entry))) return
    siblings ??= siblingsOfGroup(entries)
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
    else if (isSecret) decodeSecretValue(passage, entry.form, context.secretType, decoding)
    else decodeText(passage, decoding)
  })
  if (words.length > 0) decodeArguments(words, decoding)
  forgetTexts()
  return { leaves: collector.leaves, problems: collector.problems }
}

/** Nothing of an ordinary entry needs to be taken apart: its names are innocent and so is all that it says. */
function isColdEntry({ key, aliases, value }: Entry): boolean {
  return !isHotName(key) && !aliases.some(isHotName) && value.length <= DECODE_LIMITS.structuredCharsMax && isCold(value)
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
