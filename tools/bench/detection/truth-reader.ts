import { gunzipSync } from 'node:zlib'
import type { Json, JsonObject, TruthRow } from './generator/index.ts'

/** Follows a Kubernetes field path such as `spec.containers[0].env[2].value` or `data[application.yml]`. */
export function atFieldPath(object: JsonObject, path: string): Json | undefined {
  let node: Json | undefined = object
  for (const match of path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)) {
    const name: string = match[1] ?? match[2] ?? ''
    if (Array.isArray(node)) node = node[Number(name)]
    else if (typeof node === 'object' && node !== null) node = Object.entries(node).find(([key]) => key === name)?.[1]
    else return undefined
  }
  return node
}

function atJsonPointer(text: string, pointer: string): string {
  let node: unknown = JSON.parse(text)
  for (const segment of pointer.split('/').slice(1)) {
    const name = segment.replaceAll('~1', '/').replaceAll('~0', '~')
    node = typeof node === 'object' && node !== null ? Object.entries(node).find(([key]) => key === name)?.[1] : undefined
  }
  return typeof node === 'string' ? node : JSON.stringify(node)
}

/** The text in which a row's line and column count: decoded only with what Node itself brings. */
export function decodeChain(field: string, chain: readonly string[]): string {
  let bytes = Buffer.from(field)
  for (const step of chain) {
    if (step === 'base64') bytes = Buffer.from(bytes.toString('latin1'), 'base64')
    else if (step === 'gunzip') bytes = gunzipSync(bytes)
    else if (step.startsWith('json:')) bytes = Buffer.from(atJsonPointer(bytes.toString(), step.slice('json:'.length)))
    else throw new Error(`Unknown decoding step ${step.slice(0, 12)}: the truth file is newer than this reader`)
  }
  return bytes.toString()
}

/** Offset of 1-based line and column. */
export function offsetAt(text: string, line: number, column: number): number {
  let start = 0
  for (let current = 1; current < line; current++) {
    const next = text.indexOf('\n', start)
    if (next === -1) return text.length
    start = next + 1
  }
  return start + column - 1
}

/** The planted text as it stands in the object, found by the row's path, chain and position. */
export function readPlanted(object: JsonObject, row: TruthRow): string | undefined {
  const field = atFieldPath(object, row.path)
  if (typeof field !== 'string') return undefined
  const text = decodeChain(field, row.chain)
  const start = offsetAt(text, row.line, row.column)
  return text.slice(start, start + row.length)
}
