import { LineCounter, YAMLError, parseDocument } from 'yaml'
import { isFields, listOf, optionalText } from '../objects/fields.ts'
import type { Fields } from '../objects/fields.ts'
import { MANIFEST_LIMITS } from './limits.ts'

/** Where a document lies in its file, and which kinds it speaks of. */
export interface DocumentPlace {
  readonly start: number
  readonly end: number
  /** 1-based, as a person counts. */
  readonly number: number
  /** Line of the file on which it starts, 0-based. */
  readonly line: number
  /** Every word after `kind:`: a superset of the kinds of its objects. */
  readonly kinds: ReadonlySet<string>
}

const KIND = /["']?\bkind["']?\s*:\s*["']?([A-Za-z]{1,64})/g
const SEPARATOR = Buffer.from('\n---')
const LINE_FEED = 0x0a

/**
 * Cuts a file into documents: at lines that start with `---` in YAML, which end a document even inside a block of text; a JSON file is one.
 */
export function findDocuments(bytes: Buffer, isJson: boolean): DocumentPlace[] {
  const places: DocumentPlace[] = []
  let start = 0
  let line = 0
  while (start < bytes.length && places.length < MANIFEST_LIMITS.documentsMax) {
    const end = isJson ? bytes.length : nextSeparator(bytes, start)
    const text = bytes.toString('utf8', start, end)
    const kinds = new Set<string>()
    for (const match of text.matchAll(KIND)) if (match[1] !== undefined) kinds.add(match[1])
    if (!isEmptyDocument(text)) places.push({ start, end, number: places.length + 1, line, kinds })
    for (let at = bytes.indexOf(LINE_FEED, start); at >= 0 && at <= end && at < bytes.length; at = bytes.indexOf(LINE_FEED, at + 1)) line += 1
    start = end + 1
  }
  return places
}

function nextSeparator(bytes: Buffer, start: number): number {
  let at = bytes.indexOf(SEPARATOR, start)
  while (at >= 0) {
    const after = bytes[at + SEPARATOR.length]
    // The mark stands alone or before white space; `----` is text.
    if (after === undefined || after === LINE_FEED || after === 0x20 || after === 0x0d || after === 0x09) return at
    at = bytes.indexOf(SEPARATOR, at + 1)
  }
  return bytes.length
}

function isEmptyDocument(text: string): boolean {
  return text.length < 64 * 1024 && text.replaceAll(/^\s*(?:#.*|---.*|\.\.\.)?$/gm, '').trim() === ''
}

/** The parsed document, or why it could not be parsed; the reason never quotes the text (law 1). */
export type ParsedDocument = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string }

/** @param firstLine line of the file on which the text starts, 0-based, for messages */
export function parseManifest(text: string, isJson: boolean, firstLine: number): ParsedDocument {
  const bytesMax = isJson ? MANIFEST_LIMITS.jsonBytesMax : MANIFEST_LIMITS.yamlBytesMax
  if (text.length > bytesMax) return { ok: false, problem: `The document is larger than ${bytesMax} bytes${nameOf(text)}` }
  if (isJson) {
    try {
      return { ok: true, value: JSON.parse(text) }
    } catch {
      return { ok: false, problem: 'The file is not valid JSON' }
    }
  }
  return parseYaml(text, firstLine)
}

function parseYaml(text: string, firstLine: number): ParsedDocument {
  const lineCounter = new LineCounter()
  try {
    const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'silent', uniqueKeys: false })
    const [error] = document.errors
    if (error === undefined) return { ok: true, value: document.toJS({ maxAliasCount: MANIFEST_LIMITS.aliasesMax }) }
    const line = firstLine + lineCounter.linePos(error.pos[0]).line
    return { ok: false, problem: `${explain(text)} (line ${line}, ${error.code.toLowerCase().replaceAll('_', ' ')})${nameOf(text)}` }
  } catch (error) {
    // Anchors that multiply are refused by the parser.
    if (error instanceof ReferenceError || error instanceof YAMLError || error instanceof RangeError) {
      return { ok: false, problem: `The document could not be resolved: its anchors or its nesting go too far${nameOf(text)}` }
    }
    throw error
  }
}

function explain(text: string): string {
  return text.includes('{{') ? 'The document is a template, not YAML; render it first (helm template)' : 'The document is not valid YAML'
}

/** Kind and name as far as the beginning of the text shows them, for the person who looks for it. */
function nameOf(text: string): string {
  const head = text.slice(0, 64 * 1024)
  const kind = /^["']?kind["']?\s*:\s*["']?([A-Za-z]{1,64})/m.exec(head)?.[1]
  const name = /^[ \t]{1,8}["']?name["']?\s*:\s*["']?([a-z0-9.-]{1,253})["']?\s*$/m.exec(head)?.[1]
  if (kind === undefined) return ''
  return name === undefined ? ` (a ${kind})` : ` (${kind} ${name})`
}

/** The objects of a document: itself, or the items of a `List`, which may leave their kind to the list. */
export function* objectsOf(value: unknown, depth = 0): Generator<{ readonly kind: string; readonly fields: Fields }> {
  if (!isFields(value)) return
  const kind = optionalText(value['kind'])
  if (kind === undefined || optionalText(value['apiVersion']) === undefined) return
  if (!kind.endsWith('List') || !Array.isArray(value['items']) || depth >= MANIFEST_LIMITS.listDepthMax) {
    yield { kind, fields: value }
    return
  }
  const itemKind = kind.slice(0, -'List'.length)
  for (const item of listOf(value['items'])) {
    if (!isFields(item)) continue
    const named = itemKind === '' ? item : { kind: itemKind, apiVersion: value['apiVersion'], ...item }
    yield* objectsOf(named, depth + 1)
  }
}
