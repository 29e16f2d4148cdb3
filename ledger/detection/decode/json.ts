import { FlowReader } from './flow.ts'
import { scalar, type Reading, type Tree } from './tree.ts'

/** JSON documents that one text may hold: newline-delimited logs of configuration are short. */
const DOCUMENTS_MAX = 10_000

/** Reads JSON, JSON with comments and newline-delimited JSON. */
export function readJson(text: string): Reading {
  const reader = new FlowReader(text, 0)
  const documents: Tree[] = []
  while (documents.length < DOCUMENTS_MAX) {
    reader.skipSpace()
    if (reader.at >= text.length) break
    const before = reader.at
    const opens = text[before]
    if (opens !== '{' && opens !== '[') {
      if (documents.length > 0) reader.problems.push('Something follows the end of the JSON value.')
      break
    }
    documents.push(reader.read())
    if (reader.at === before) break
  }
  return { documents, strays: [], problems: reader.problems }
}

/** The tree of strictly valid JSON whose places do not matter, because it stands in its entry only in encoded form; undefined when it is not valid. */
export function readEncodedJson(text: string): Tree | undefined {
  try {
    return treeOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { is: 'list', items: value.map(treeOf) }
  if (typeof value === 'object' && value !== null) return { is: 'map', pairs: Object.entries(value).map(([key, each]) => ({ key, value: treeOf(each) })) }
  return scalar(
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '',
    0,
    'escaped',
    typeof value === 'string',
  )
}
