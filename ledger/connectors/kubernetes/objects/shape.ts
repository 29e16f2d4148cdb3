import { isFields } from './fields.ts'

/**
 * Takes foreign data apart: gives it back typed, or throws {@link ShapeError} that names the field. A scan checks a handful of small files and
 * answers; a schema library would cost it more memory than the whole reader.
 */
export type Shape<Value> = (value: unknown, path: string) => Value

/** What a shape makes. */
export type ValueOf<Of> = Of extends Shape<infer Value> ? Value : never

/** Names a field that is not what it should be; never its content, which may be a credential (law 1). */
export class ShapeError extends Error {
  readonly path: string

  constructor(path: string) {
    super(`Field ${path} is not what it should be`)
    this.name = 'ShapeError'
    this.path = path
  }
}

/** A text of at most so many characters. */
export function text(charsMax: number): Shape<string> {
  return (value, path) => {
    if (typeof value !== 'string' || value.length > charsMax) throw new ShapeError(path)
    return value
  }
}

/** True or false. */
export const flag: Shape<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new ShapeError(path)
  return value
}

/** A list of at most so many items; absent and null are an empty one. */
export function list<Item>(item: Shape<Item>, itemsMax: number): Shape<readonly Item[]> {
  return (value, path) => {
    if (value === undefined || value === null) return []
    if (!Array.isArray(value) || value.length > itemsMax) throw new ShapeError(path)
    return value.map((one, index) => item(one, `${path}.${index}`))
  }
}

/** A map with names that are chosen freely; absent and null are an empty one. */
export function map<Value>(entry: Shape<Value>): Shape<Readonly<Record<string, Value>>> {
  return (value, path) => {
    if (value === undefined || value === null) return {}
    if (!isFields(value)) throw new ShapeError(path)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, entry(one, `${path}.${name}`)]))
  }
}

type Shapes = Readonly<Record<string, Shape<unknown>>>
type Made<Must extends Shapes, May extends Shapes> = { readonly [Name in keyof Must]: ValueOf<Must[Name]> } & {
  readonly [Name in keyof May]?: ValueOf<May[Name]> | undefined
}

/** An object with fields that must and fields that may be there (null counts as absent); others are not looked at. */
export function record<Must extends Shapes, May extends Shapes>(must: Must, may: May): Shape<Made<Must, May>> {
  return (value, path) => {
    if (!isFields(value)) throw new ShapeError(path)
    const below = path === '' ? '' : `${path}.`
    const made: Record<string, unknown> = {}
    for (const [name, shape] of Object.entries(must)) made[name] = shape(value[name], below + name)
    for (const [name, shape] of Object.entries(may)) if (value[name] !== undefined && value[name] !== null) made[name] = shape(value[name], below + name)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every field was made by the shape of its name
    return made as Made<Must, May>
  }
}
