import type { Passage } from './passage.ts'
import type { Tree } from './tree.ts'
import type { Spot, TreeWalk } from './walk.ts'

/** What a reader of one format needs of the decoding around it. */
export interface Decoding {
  /** The entry has reached its limit of leaves; readers stop. */
  readonly isFull: boolean
  /** Takes a text apart further if it has a form of its own, and takes it as one value otherwise. */
  decode(passage: Passage): void
  /** Takes a text as one value. */
  value(passage: Passage): void
  /** Takes a text in which only formats are looked for. */
  text(passage: Passage): void
  /** Reads maps and lists that mean more than their keys say: a Secret, a Docker configuration, the words of a command. False for all others. */
  readShape(tree: Tree, spot: Spot, walk: TreeWalk): boolean
  /** Says what could not be read, in words without any value. */
  problem(passage: Passage, problem: string): void
}
