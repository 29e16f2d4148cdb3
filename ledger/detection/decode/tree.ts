/** How a scalar lies in its file: as it reads, as an indented block, or only in an escaped form. */
export type Layout = 'verbatim' | 'block' | 'escaped'

/** One value of a file. */
export interface Scalar {
  readonly is: 'scalar'
  readonly text: string
  /** Offset of its first character in the file's text. */
  readonly at: number
  readonly layout: Layout
  /** Columns before each further line of a block. */
  readonly indent: number
  readonly quoted: boolean
}

/** One key of a map with what it names. */
export interface Pair {
  readonly key: string
  readonly value: Tree
  /** Where key and value lie in the file's text; absent when the reader does not know. */
  readonly from?: number
  readonly end?: number
}

/** Named values, in the order of the file; a key may come twice. */
export interface MapNode {
  readonly is: 'map'
  readonly pairs: readonly Pair[]
}

/** Values in order. */
export interface ListNode {
  readonly is: 'list'
  readonly items: readonly Tree[]
  /** Where the list begins, and where each item ends; absent when the reader does not know. */
  readonly from?: number
  readonly ends?: readonly number[]
}

/** What JSON, YAML, XML and TOML have in common: named and listed values, each with its place. */
export type Tree = Scalar | MapNode | ListNode

/** A file as a tree, with what stood outside of it. */
export interface Reading {
  readonly documents: readonly Tree[]
  /** Parts of the text that belong to no value: comments and lines that could not be read. */
  readonly strays: readonly Scalar[]
  /** What is wrong with the file, in words that hold nothing of it. */
  readonly problems: readonly string[]
}

/** One value at its place. */
export function scalar(text: string, at: number, layout: Layout = 'verbatim', quoted = false, indent = 0): Scalar {
  return { is: 'scalar', text, at, layout, indent, quoted }
}

/** The scalar that a map holds under one of the keys, matched without case. */
export function scalarOf(map: MapNode, ...keys: readonly string[]): Scalar | undefined {
  for (const pair of map.pairs) {
    if (pair.value.is === 'scalar' && keys.includes(pair.key.toLowerCase())) return pair.value
  }
  return undefined
}

/** What a map holds under a key. */
export function childOf(map: MapNode, key: string): Tree | undefined {
  return map.pairs.find((pair) => pair.key === key)?.value
}
