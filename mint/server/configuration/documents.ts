import { isScalar, parseAllDocuments, visit, type Document } from 'yaml'
import { isRecord } from '@mintmark/mint/attestation'
import { checkSection, pointerOf, type Problem } from './sections.ts'

/** Characters of what one call may set, and documents in it. */
const TEXT_LENGTH_MAX = 512 * 1024
const DOCUMENTS_MAX = 32
/** A YAML alias may blow a small text up; more than these expansions are refused. */
const ALIASES_MAX = 50

/** Sections by name, as they are stored. */
export type Sections = Readonly<Record<string, { readonly schema: string; readonly spec: unknown }>>

/** Reads `{section, schema: v1, spec}` documents (YAML, so JSON too) and checks each. Problems point into the document of their number. */
export function readDocuments(
  text: string,
): { readonly ok: true; readonly sections: Sections } | { readonly ok: false; readonly problems: readonly Problem[] } {
  if (text.length > TEXT_LENGTH_MAX) return refuse([{ pointer: '', reason: `is longer than ${TEXT_LENGTH_MAX} characters` }])
  // The library compares each key with each other one: 20,000 of them would hold the server up for ten seconds.
  const parsed = parseAllDocuments(text, { uniqueKeys: false })
  const documents: readonly Document.Parsed[] = Array.isArray(parsed) ? parsed : []
  const filled = documents.filter(({ contents }) => contents !== null)
  if (filled.length === 0) return refuse([{ pointer: '', reason: 'holds no document with section, schema and spec' }])
  if (filled.length > DOCUMENTS_MAX) return refuse([{ pointer: '', reason: `has more than ${DOCUMENTS_MAX} documents` }])
  const problems: Problem[] = []
  const sections: Record<string, { readonly schema: string; readonly spec: unknown }> = {}
  for (const [index, document] of filled.entries()) {
    const place = filled.length === 1 ? '' : `/${index}`
    const value = valueOf(document)
    if ('reason' in value) {
      problems.push({ pointer: place, reason: value.reason })
      continue
    }
    const { section, schema, spec = {} } = value.fields
    const name = typeof section === 'string' ? section : ''
    const found = checkSection(name, schema, spec)
    const unknown = Object.keys(value.fields).find((key) => !['section', 'schema', 'spec'].includes(key))
    problems.push(...found.map(({ pointer, reason }) => ({ pointer: place + pointer, reason })))
    if (unknown !== undefined) problems.push({ pointer: place + pointerOf([unknown]), reason: 'is not a field of a document (section, schema, spec)' })
    if (Object.hasOwn(sections, name)) problems.push({ pointer: `${place}/section`, reason: `${name} is there twice` })
    sections[name] = { schema: 'v1', spec }
  }
  return problems.length > 0 ? refuse(problems) : { ok: true, sections }
}

function valueOf(document: Document.Parsed): { readonly fields: Readonly<Record<string, unknown>> } | { readonly reason: string } {
  const [error] = document.errors
  // The first line of the message is the error; the rest repeats the text around it.
  if (error !== undefined) return { reason: `is not YAML: ${error.message.split('\n')[0] ?? ''}` }
  try {
    const twice = keyThatStandsTwice(document)
    if (twice !== undefined) return { reason: `has key ${twice.slice(0, 80)} twice` }
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX })
    // What is stored is JSON: dates and other YAML values are read as the text that stands there.
    const plain: unknown = JSON.parse(JSON.stringify(value ?? null))
    return isRecord(plain) ? { fields: plain } : { reason: 'is no mapping of section, schema and spec' }
  } catch {
    return { reason: `has more than ${ALIASES_MAX} aliases, or a value that JSON does not have` }
  }
}

/** Keys are compared as the texts that they become: `1` and `"1"` are the same. */
function keyThatStandsTwice(document: Document.Parsed): string | undefined {
  let found: string | undefined
  visit(document, {
    Map: (_key, { items }) => {
      const names = new Set<string>()
      for (const { key } of items) {
        const name = String(isScalar(key) ? key.value : key)
        if (names.has(name)) found = name
        names.add(name)
      }
      return found === undefined ? undefined : visit.BREAK
    },
  })
  return found
}

function refuse(problems: readonly Problem[]): { readonly ok: false; readonly problems: readonly Problem[] } {
  return { ok: false, problems }
}
