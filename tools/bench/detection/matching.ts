import type { JsonObject, TruthRow } from './generator/index.ts'
import type { Hit } from './hit.ts'
import { isSameType } from './same-type.ts'
import { atFieldPath, decodeChain, offsetAt } from './truth-reader.ts'

/** A hit with the row that it is judged by; without one it stands where nothing was planted. */
export interface Judged {
  readonly hit: Hit
  readonly row?: TruthRow
  readonly isTyped: boolean
}

export interface MatchedObject {
  readonly rows: readonly TruthRow[]
  readonly judged: readonly Judged[]
}

/** `data.x`, `data[x]` and `data["x"]` are one path. */
const normalPath = (path: string): string => path.replaceAll(/\[["']?([^\]"']*)["']?\]/g, '.$1').replaceAll('..', '.')
const segments = (field: string): string[] =>
  normalPath(field)
    .toLowerCase()
    .split(/[./#\s]+/)
    .filter((part) => part !== '')

/** How many trailing segments two key paths share. */
function commonTail(left: string, right: string): number {
  const [a, b] = [segments(left), segments(right)]
  let count = 0
  while (count < Math.min(a.length, b.length) && a.at(-1 - count) === b.at(-1 - count)) count += 1
  return count
}

/** A text inside JSON of its own can only be told apart by its name. */
const isDeep = (row: TruthRow): boolean => row.chain.some((step) => step.startsWith('json:'))

/** Key paths by which a scanner may name the row's place, the most exact first. */
function namesOf(row: TruthRow): string[] {
  const pointers = row.chain.filter((step) => step.startsWith('json:')).map((step) => step.slice('json:/'.length).replaceAll('/', '.').replaceAll('~1', '/'))
  const field = row.field ?? ''
  return [[...pointers, field].filter((part) => part !== '').join('.'), ...pointers]
}

/** How well a key path names the row: its tail, or all of it as the head of a longer path. */
function nameFit(field: string, row: TruthRow): number {
  let best = 0
  for (const name of namesOf(row)) {
    const [wanted, given] = [segments(name), segments(field)]
    const isHead = wanted.length > 0 && wanted.every((segment, index) => given[index] === segment)
    best = Math.max(best, commonTail(field, name), isHead ? wanted.length : 0)
  }
  return best
}

class EntryTexts {
  readonly #object: JsonObject
  readonly #texts = new Map<string, string>()

  constructor(object: JsonObject) {
    this.#object = object
  }

  /** The decoded text of the entry that a row stands in directly. */
  of(row: TruthRow): string {
    const key = `${row.path}|${row.chain.join('|')}`
    const known = this.#texts.get(key)
    if (known !== undefined) return known
    const field = atFieldPath(this.#object, row.path)
    const text = typeof field === 'string' ? decodeChain(field, row.chain) : ''
    this.#texts.set(key, text)
    return text
  }
}

/** Bigger is a better fit; 0 is none. */
function fit(hit: Hit, row: TruthRow, texts: EntryTexts): number {
  if (hit.texts !== undefined) return Math.max(...hit.texts.map((text, index) => textFit(text, row) / (index + 1)))
  if (normalPath(hit.path ?? '') !== normalPath(row.path)) return 0
  const name = hit.field === undefined ? 0 : nameFit(hit.field, row)
  const { position } = hit
  if (position === undefined) return name
  const hasLength = position.length === row.length || position.length === row.value.length
  if (isDeep(row)) return name + (name > 0 && hasLength ? 0.5 : 0)
  const text = texts.of(row)
  const start = offsetAt(text, position.line, position.column)
  const planted = offsetAt(text, row.line, row.column)
  const overlap = Math.min(start + Math.max(position.length, 1), planted + row.length) - Math.max(start, planted)
  if (overlap > 0) return 100 + overlap / Math.max(row.length, position.length)
  // A text within a text of the same line has its place only approximately.
  return position.line === row.line && name > 0 && hasLength ? 50 + name : 0
}

/** Characters that two texts must share before one counts as the other. */
const SHARED_CHARS_MIN = 4

function textFit(text: string, row: TruthRow): number {
  const trimmed = text.trim()
  const encoded = Buffer.from(row.raw).toString('base64').replace(/=+$/, '').slice(0, -1)
  for (const form of [row.raw.trim(), row.value.trim(), JSON.stringify(row.raw.trim()).slice(1, -1)]) {
    const shorter = Math.min(form.length, trimmed.length)
    if (shorter >= SHARED_CHARS_MIN && (trimmed.includes(form) || form.includes(trimmed))) return shorter / Math.max(form.length, trimmed.length)
  }
  return encoded.length >= SHARED_CHARS_MIN && trimmed.includes(encoded) ? 0.5 : 0
}

const RANK = { secret: 4, identifier: 3, either: 2, reference: 1, nothing: 1 } as const

/** The row that a hit is judged by: best fit first, then the one that wants a finding. */
function judge(hit: Hit, rows: readonly TruthRow[], texts: EntryTexts, taken: ReadonlySet<TruthRow>): Judged {
  let best: { readonly row: TruthRow; readonly score: number } | undefined
  for (const row of rows) {
    const fitness = fit(hit, row, texts)
    if (fitness === 0) continue
    const isWanted = (row.expected === 'secret' && hit.role === 'secret') || (row.expected === 'identifier' && hit.role === 'identifier')
    const score = fitness + (isWanted ? 2 : 0) + RANK[row.expected] / 10 - (taken.has(row) ? 0.5 : 0) + (isSameType(row, hit.kind) ? 0.3 : 0)
    if (best === undefined || score > best.score) best = { row, score }
  }
  return best === undefined ? { hit, isTyped: false } : { hit, row: best.row, isTyped: isSameType(best.row, hit.kind) }
}

/** Judges all hits of one object by its rows. */
export function matchObject(object: JsonObject, rows: readonly TruthRow[], hits: readonly Hit[]): MatchedObject {
  const texts = new EntryTexts(object)
  const taken = new Set<TruthRow>()
  const judged = hits.map((hit) => {
    const result = judge(hit, rows, texts, taken)
    if (result.row !== undefined) taken.add(result.row)
    return result
  })
  return { rows, judged }
}

/** Groups hits by object name. */
export function hitsByObject(hits: readonly Hit[]): Map<string, Hit[]> {
  const groups = new Map<string, Hit[]>()
  for (const hit of hits) groups.set(hit.object, [...(groups.get(hit.object) ?? []), hit])
  return groups
}
