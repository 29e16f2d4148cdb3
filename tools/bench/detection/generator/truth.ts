import { createHash } from 'node:crypto'
import type { Expected, Role } from './credential.ts'
import { objectChild, textChild } from './objects/json.ts'
import { type JsonObject, type Place, type PlacedText, type UsageVerdict, fieldPath } from './objects/placed.ts'

/** One planted text at one place: what a scanner should say there, and all that is needed to check it. */
export interface TruthRow {
  readonly id: number
  readonly credential: string
  readonly type: string
  readonly provider: string
  readonly role: Role
  readonly expected: Expected
  readonly negative?: string
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string }
  readonly container?: string
  readonly path: string
  readonly key: string
  readonly field?: string
  readonly place: Place
  /** How the text around it is written: plain, env, properties, yaml, … */
  readonly style: string
  /** Decoding steps from the API field to the text in which `line` and `column` count. */
  readonly chain: readonly string[]
  readonly line: number
  readonly column: number
  readonly length: number
  /** The planted text as it stands there, escapes and percent-encoding included. */
  readonly raw: string
  /** Canonical form of the credential. */
  readonly value: string
  /** Equal for equal canonical forms. */
  readonly valueId: string
  readonly pair?: string
  readonly identity?: string
  readonly usage?: UsageVerdict
  readonly consumers: readonly string[]
  readonly isHistoric: boolean
}

function position(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 }
}

/** The rows of one text of an object. */
export function truthRows(object: JsonObject, placed: PlacedText, firstId: number): TruthRow[] {
  const { text, marks, style } = placed.text
  const metadata = objectChild(object, 'metadata')
  return marks.map(({ start, end, plant, field }, index) => ({
    id: firstId + index,
    credential: plant.credential,
    type: plant.type,
    provider: plant.provider,
    role: plant.role,
    expected: plant.expected,
    ...(plant.negative === undefined ? {} : { negative: plant.negative }),
    object: { kind: textChild(object, 'kind'), namespace: textChild(metadata, 'namespace'), name: textChild(metadata, 'name') },
    ...(placed.container === undefined ? {} : { container: placed.container }),
    path: fieldPath(placed.pointer),
    key: placed.key,
    ...(field === undefined ? {} : { field }),
    place: placed.place,
    style,
    chain: placed.chain ?? (placed.form === 'base64' ? ['base64'] : []),
    ...position(text, start),
    length: end - start,
    raw: text.slice(start, end),
    value: plant.value,
    valueId: createHash('sha256').update(plant.value.trim()).digest('hex').slice(0, 16),
    ...(plant.pair === undefined ? {} : { pair: plant.pair }),
    ...(plant.identity === undefined ? {} : { identity: plant.identity }),
    ...(placed.usage === undefined ? {} : { usage: placed.usage }),
    consumers: placed.consumers,
    isHistoric: placed.isHistoric ?? false,
  }))
}
