import type { DetectionProblem } from '../finding.ts'
import type { Leaf } from '../leaf.ts'
import { mayNameSecret } from '../names/stems.ts'
import { DECODE_LIMITS } from './limits.ts'
import type { Anchor, Passage } from './passage.ts'

/** Shortest text under an unsuspicious name that can still be a credential by its form: `u:p@h` style addresses need about this much. */
const COLD_CHARS_MAX = 10

/** Receives what decoders find in the entries of one group, within the limits. */
export class Collector {
  readonly leaves: Leaf[] = []
  readonly problems: DetectionProblem[] = []
  #entry = -1
  #leavesOfEntry = 0
  #problemsOfEntry = 0
  #isCut = false

  /** A text that is one value. Short texts under names that cannot mean a secret are dropped here: neither a rule nor the name judge could say anything of them. */
  value(passage: Passage): void {
    const { text } = passage
    if (text === '') return
    if (text.length < COLD_CHARS_MAX && !isSuspicious(passage)) return
    this.#push(passage, 'value', text)
  }

  /** A text in which only formats are looked for. */
  text(passage: Passage): void {
    if (passage.text.length >= COLD_CHARS_MAX) this.#push(passage, 'text', passage.text)
  }

  /** Something that could not be read; `problem` never holds a part of the text. */
  problem({ entry, field }: Passage, problem: string): void {
    this.#begin(entry)
    this.#problemsOfEntry += 1
    if (this.#problemsOfEntry > DECODE_LIMITS.problemsPerEntryMax) return
    this.problems.push({ entry, ...(field === undefined ? {} : { field }), problem })
  }

  /** True when the entry has reached its limit; decoders stop then. */
  get isFull(): boolean {
    return this.#isCut
  }

  #begin(entry: number): void {
    if (entry === this.#entry) return
    this.#entry = entry
    this.#leavesOfEntry = 0
    this.#problemsOfEntry = 0
    this.#isCut = false
  }

  #push(passage: Passage, structure: Leaf['structure'], text: string): void {
    this.#begin(passage.entry)
    if (this.#isCut) return
    if (this.#leavesOfEntry >= DECODE_LIMITS.leavesPerEntryMax) {
      this.#isCut = true
      this.problem(passage, `The list of values was cut after ${DECODE_LIMITS.leavesPerEntryMax} values; split the file to have all of it read.`)
      return
    }
    this.#leavesOfEntry += 1
    this.leaves.push({
      entry: passage.entry,
      origin: passage.origin,
      name: passage.name,
      field: passage.field,
      text,
      line: passage.anchor.line,
      column: passage.anchor.column,
      encoding: passage.encoding,
      siblings: passage.siblings,
      aliases: passage.aliases,
      structure,
      historic: passage.historic,
      ...layoutOf(passage.anchor),
    })
  }
}

function isSuspicious(passage: Passage): boolean {
  if (mayNameSecret(passage.name)) return true
  for (const alias of passage.aliases) if (mayNameSecret(alias)) return true
  return passage.field !== undefined && passage.field !== passage.name && mayNameSecret(passage.field)
}

function layoutOf(anchor: Anchor): Pick<Leaf, 'layout' | 'placeOf'> {
  if (anchor.fixed) return anchor.inner === undefined ? { layout: 'encoded' } : { layout: 'encoded', placeOf: anchor.inner }
  return anchor.indent === 0 ? {} : { layout: anchor.indent }
}
