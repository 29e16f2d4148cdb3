import type { MarkedText } from '../marked-text.ts'
import { type Json, type JsonObject, isJsonObject } from './json.ts'

export type { Json, JsonObject } from './json.ts'

export type Pointer = readonly (string | number)[]

/** Columns of the scorecard: where in the cluster a text stands. */
export type Place =
  | 'env'
  | 'init-env'
  | 'argument'
  | 'probe'
  | 'lifecycle'
  | 'annotation'
  | 'configmap-entry'
  | 'configmap-file'
  | 'configmap-binary'
  | 'secret-entry'
  | 'secret-file'
  | 'secret-typed'
  | 'last-applied'
  | 'helm-values'
  | 'helm-manifest'
  | 'helm-superseded'

export type UsageVerdict = 'used' | 'mounted' | 'no-static-consumer' | 'historic'

/** A marked text at a place of an object. */
export interface PlacedText {
  readonly pointer: Pointer
  /** The name that holds it: variable, data key, annotation; empty for list items. */
  readonly key: string
  readonly text: MarkedText
  /** How the API object carries it. */
  readonly form: 'text' | 'base64'
  readonly place: Place
  readonly container?: string
  /** Absent where usage is not scored. */
  readonly usage?: UsageVerdict
  readonly consumers: readonly string[]
  readonly isHistoric?: boolean
  /** Steps from the API field to the text, for texts that lie deeper than one decoding. Absent: `base64` or nothing, as `form` says. */
  readonly chain?: readonly string[]
}

/** An API object before its texts are put in, and the texts. */
export interface PlannedObject {
  readonly body: JsonObject
  readonly texts: readonly PlacedText[]
}

/** Kubernetes' way to write a field path: `spec.template.spec.containers[0].env[2].value`, `data[application.yml]`. */
export function fieldPath(pointer: Pointer): string {
  let path = ''
  for (const segment of pointer) {
    if (typeof segment === 'number') path += `[${segment}]`
    else if (/^[A-Za-z]+$/.test(segment) && path !== 'data' && path !== 'binaryData' && !path.endsWith('annotations'))
      path += path === '' ? segment : `.${segment}`
    else path += `[${segment}]`
  }
  return path
}

/** RFC 6901. */
export function jsonPointer(pointer: Pointer): string {
  return pointer.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function setAt(node: Json, pointer: Pointer, value: string): Json {
  const [segment, ...rest] = pointer
  if (segment === undefined) return value
  if (Array.isArray(node)) return node.map((item: Json, index) => (index === segment ? setAt(item, rest, value) : item))
  const known = isJsonObject(node) ? node : {}
  return { ...known, [segment]: setAt(known[segment] ?? {}, rest, value) }
}

/** The text as the API object holds it. */
export function apiText(placed: Pick<PlacedText, 'text' | 'form'>): string {
  return placed.form === 'base64' ? Buffer.from(placed.text.text).toString('base64') : placed.text.text
}

/** The object with its texts in place. */
export function assemble(planned: PlannedObject): JsonObject {
  let body: Json = planned.body
  for (const placed of planned.texts) {
    if (placed.chain === undefined) body = setAt(body, placed.pointer, apiText(placed))
  }
  return isJsonObject(body) ? body : planned.body
}
