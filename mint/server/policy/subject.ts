import { checkSubject, type SubjectPart } from '@mintmark/spiffe'
import { parseTemplate, renderText, type AttributeSource, type Template } from './template.ts'

const TYPES: ReadonlyMap<string, SubjectPart['type']> = new Map([
  ['C', 'C'],
  ['ST', 'ST'],
  ['L', 'L'],
  ['O', 'O'],
  ['OU', 'OU'],
  ['CN', 'CN'],
  ['SERIALNUMBER', 'serialNumber'],
  ['DC', 'DC'],
  ['UID', 'UID'],
])
const PARTS_MAX = 8

/** A certificate's subject with places for attributes, such as `CN={{kubernetes.pod.name}},O=Example`; parts in the order written. */
export interface SubjectTemplate {
  readonly parts: readonly { readonly type: SubjectPart['type']; readonly value: Template }[]
}

/** Reads a subject: `TYPE=text` parts with commas between; a comma or backslash in a text has a backslash before it (RFC 4514 section 2.4). */
export function parseSubject(source: string): { readonly ok: true; readonly subject: SubjectTemplate } | { readonly ok: false; readonly reason: string } {
  const parts: { type: SubjectPart['type']; value: Template }[] = []
  for (const text of splitParts(source)) {
    const at = text.indexOf('=')
    const type = TYPES.get(text.slice(0, at).trim().toUpperCase())
    if (at === -1 || type === undefined)
      return refuse(`"${text.trim()}" is not a part of a subject; write CN=text, with one of ${[...TYPES.keys()].join(', ')}`)
    const parsed = parseTemplate(text.slice(at + 1).trim())
    if (!parsed.ok) return parsed
    if (parsed.template.parts.length === 0) return refuse(`${type} is empty`)
    parts.push({ type, value: parsed.template })
  }
  if (parts.length === 0 || parts.length > PARTS_MAX) return refuse(`a subject has 1 to ${PARTS_MAX} parts`)
  const literal = parts.filter(({ value }) => value.parts.every((part) => typeof part === 'string'))
  const checked = checkSubject(literal.map(({ type, value }) => ({ type, value: value.source })))
  return checked.ok ? { ok: true, subject: { parts } } : checked
}

/** The subject of a workload, or why it has none: a value is missing, or too long for its part. */
export function renderSubject(
  template: SubjectTemplate,
  attributes: AttributeSource,
): { readonly ok: true; readonly subject: readonly SubjectPart[] } | { readonly ok: false; readonly reason: string } {
  const subject: SubjectPart[] = []
  for (const { type, value } of template.parts) {
    const rendered = renderText(value, attributes)
    if (!rendered.ok) return rendered
    subject.push({ type, value: rendered.text })
  }
  const checked = checkSubject(subject)
  return checked.ok ? { ok: true, subject } : checked
}

/** A subject as policy writes it, for people to read and to search by. */
export function formatSubject(subject: readonly SubjectPart[]): string {
  return subject.map(({ type, value }) => `${type}=${value.replaceAll(/[\\,]/g, '\\$&')}`).join(',')
}

function splitParts(source: string): readonly string[] {
  const parts: string[] = []
  let current = ''
  for (let at = 0; at < source.length; at += 1) {
    const letter = source[at] ?? ''
    if (letter === '\\' && at + 1 < source.length) {
      at += 1
      current += source[at] ?? ''
    } else if (letter === ',') {
      parts.push(current)
      current = ''
    } else current += letter
  }
  return [...parts, current].filter((part) => part.trim() !== '')
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason }
}
