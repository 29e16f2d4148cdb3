import { parseAttributeName, type AttributeName } from './attribute-name.ts'

/** Bytes of a template; a SPIFFE ID has at most 2048. */
const TEMPLATE_BYTES_MAX = 2048
/** Attributes that one template may name. */
const NAMES_MAX = 32

/** The attributes of a workload, as policy reads them. */
export type AttributeSource = Pick<ReadonlyMap<string, string>, 'get'>

/** Literal text and attribute names in turn: parsed once, rendered for every workload. */
export interface Template {
  readonly source: string
  readonly parts: readonly (string | AttributeName)[]
}

/** A template's text for a workload, or why it has none: a static label and a sentence. */
export type Rendered = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly label: RefusalLabel; readonly reason: string }

/** Why a template yields nothing. */
export type RefusalLabel = 'attribute-missing' | 'attribute-empty' | 'attribute-not-allowed' | 'path-not-allowed'

type ParsedTemplate = { readonly ok: true; readonly template: Template } | { readonly ok: false; readonly reason: string }

/** What a value may hold to become part of a path: SPIFFE-ID section 2.2, so no value can add a segment. */
const PATH_VALUE = /^[A-Za-z0-9._-]+$/
const PATH_LITERAL = /^[A-Za-z0-9._/-]*$/
/** Containers are named by whoever writes the pod; an identity is the whole pod's. */
const CONTAINER_NAME = /^(?:kubernetes\.pod\.)?(?:init_)?container\./

/** Reads text with `{{attribute}}` places. */
export function parseTemplate(source: string): ParsedTemplate {
  if (source.length > TEMPLATE_BYTES_MAX) return refuse(`a template has at most ${TEMPLATE_BYTES_MAX} characters`)
  const parts: (string | AttributeName)[] = []
  let at = 0
  while (at < source.length) {
    const open = source.indexOf('{{', at)
    const literal = source.slice(at, open === -1 ? source.length : open)
    if (literal.includes('}}')) return refuse('it has "}}" without "{{" before it')
    if (literal !== '') parts.push(literal)
    if (open === -1) break
    const close = source.indexOf('}}', open)
    if (close === -1) return refuse('it has "{{" without "}}" after it')
    const parsed = parseAttributeName(source.slice(open + 2, close).trim())
    if (!parsed.ok) return parsed
    parts.push(parsed.name)
    at = close + 2
  }
  if (parts.length > NAMES_MAX * 2) return refuse(`a template names at most ${NAMES_MAX} attributes`)
  return { ok: true, template: { source, parts } }
}

/** Reads a template of a SPIFFE ID's path: it starts with a slash, and its own text obeys SPIFFE-ID section 2.2. */
export function parsePathTemplate(source: string): ParsedTemplate {
  const parsed = parseTemplate(source)
  if (!parsed.ok) return parsed
  if (!source.startsWith('/')) return refuse('a path starts with "/"')
  for (const part of parsed.template.parts) {
    if (typeof part === 'string') {
      if (!PATH_LITERAL.test(part)) return refuse(`"${part}" holds characters that a SPIFFE ID may not hold (letters, digits, ".", "-", "_" only)`)
    } else if (CONTAINER_NAME.test(part.sent)) {
      return refuse(`{{${part.written}}} is an attribute of one container; a path is made of attributes of the whole workload`)
    }
  }
  const segments = parsed.template.parts
    .map((part) => (typeof part === 'string' ? part : 'x'))
    .join('')
    .split('/')
    .slice(1)
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return refuse('a path has no empty segment, no "." and no ".."')
  return parsed
}

/** The path of a workload. A value that is missing, empty, or holds a slash or another foreign character yields none. */
export function renderPath(template: Template, attributes: AttributeSource): Rendered {
  let text = ''
  for (const part of template.parts) {
    if (typeof part === 'string') {
      text += part
      continue
    }
    const value = attributes.get(part.sent)
    if (value === undefined) return fail('attribute-missing', `${part.written} is not known of this workload, and path template ${template.source} needs it`)
    if (value === '') return fail('attribute-empty', `${part.written} is empty, and path template ${template.source} needs it`)
    if (!PATH_VALUE.test(value)) {
      return fail('attribute-not-allowed', `${part.written} holds characters that a SPIFFE ID may not hold (letters, digits, ".", "-", "_" only)`)
    }
    text += value
  }
  return { ok: true, text }
}

/** Any text of a workload, for claims and subjects; control characters yield none. */
export function renderText(template: Template, attributes: AttributeSource): Rendered {
  let text = ''
  for (const part of template.parts) {
    const value = typeof part === 'string' ? part : attributes.get(part.sent)
    if (value !== undefined && !holdsControls(value)) {
      text += value
      continue
    }
    const name = typeof part === 'string' ? template.source : part.written
    return value === undefined
      ? fail('attribute-missing', `${name} is not known of this workload, and ${template.source} needs it`)
      : fail('attribute-not-allowed', `${name} holds control characters`)
  }
  return { ok: true, text }
}

function holdsControls(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

function fail(label: RefusalLabel, reason: string): Rendered {
  return { ok: false, label, reason }
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason }
}
