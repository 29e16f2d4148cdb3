import type { Position } from '@mintmark/contract/scan'
import type { Leaf, Verdict } from './leaf.ts'

/** Turns offsets into lines and columns; verdicts of one leaf come in order, so lines are counted once. */
export class PositionReader {
  #leaf: Leaf | undefined
  #offset = 0
  #line = 1
  #column = 1

  /** Place of a verdict inside the decoded text of its entry; a leaf that stands there only in encoded form has one place. */
  read(leaf: Leaf, verdict: Verdict): Position {
    const length = verdict.end - verdict.start
    if (leaf.placeOf !== undefined) {
      const { line, column } = leaf.placeOf(verdict.start)
      return { line, column, length }
    }
    if (leaf.layout === 'encoded') return { line: leaf.line, column: leaf.column, length }
    const indent = leaf.layout ?? 0
    if (this.#leaf !== leaf || verdict.start < this.#offset) {
      this.#leaf = leaf
      this.#offset = 0
      this.#line = leaf.line
      this.#column = leaf.column
    }
    let feed = leaf.text.indexOf('\n', this.#offset)
    while (feed !== -1 && feed < verdict.start) {
      this.#line++
      this.#column = 1 + indent
      this.#offset = feed + 1
      feed = leaf.text.indexOf('\n', this.#offset)
    }
    this.#column += verdict.start - this.#offset
    this.#offset = verdict.start
    return { line: this.#line, column: this.#column, length }
  }
}
