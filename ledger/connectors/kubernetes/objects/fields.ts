import { createHash } from 'node:crypto'

/** A JSON object of which nothing is known yet. Kubernetes objects are read field by field with the functions below, so a malformed one yields empty values and never throws. */
export type Fields = Readonly<Record<string, unknown>>

const NO_FIELDS: Fields = Object.freeze({})
const NO_ITEMS: readonly unknown[] = Object.freeze([])

/** True for JSON objects: neither arrays nor null. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value when it is a JSON object, otherwise an empty one. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : NO_FIELDS
}

/** The value when it is an array, otherwise an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : NO_ITEMS
}

/** The value when it is a string, otherwise the empty string. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/**
 * Text of a value that should be a string. Manifests often hold a bare number or boolean there;
 * the server refuses it, but a credential is one all the same.
 */
export function scalarText(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : textOf(value)
}

/** The value when it is a string with content. */
export function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Follows field names from the outside in; empty when any of them is missing. */
export function fieldsAt(value: unknown, ...names: readonly string[]): Fields {
  let current = fieldsOf(value)
  for (const name of names) current = fieldsOf(current[name])
  return current
}

const CUT_DIGEST_CHARS = 8

/**
 * The text, or a cut of it that is still distinct from other cuts: its end is a digest of the whole.
 * Names inside manifests can be longer than the scan document allows (law 7).
 */
export function boundText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text
  const digest = createHash('sha256').update(text).digest('hex').slice(0, CUT_DIGEST_CHARS)
  return `${text.slice(0, charsMax - CUT_DIGEST_CHARS - 1)}~${digest}`
}
