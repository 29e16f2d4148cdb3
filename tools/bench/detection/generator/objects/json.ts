export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }
export type JsonObject = { readonly [name: string]: Json }

export function isJsonObject(node: Json | undefined): node is JsonObject {
  return typeof node === 'object' && node !== null && !Array.isArray(node)
}

/** A member that may be missing; other than an object has none. */
export function child(node: Json | undefined, name: string): Json | undefined {
  return isJsonObject(node) && Object.hasOwn(node, name) ? node[name] : undefined
}

/** A member that is an object; an empty one otherwise. */
export function objectChild(node: Json | undefined, name: string): JsonObject {
  const value = child(node, name)
  return isJsonObject(value) ? value : {}
}

/** A member that is a list; an empty one otherwise. */
export function listChild(node: Json | undefined, name: string): readonly Json[] {
  const value = child(node, name)
  return Array.isArray(value) ? value.map((item: Json) => item) : []
}

/** A member that is a text; empty otherwise. */
export function textChild(node: Json | undefined, name: string): string {
  const value = child(node, name)
  return typeof value === 'string' ? value : ''
}
