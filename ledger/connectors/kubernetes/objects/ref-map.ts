import type { ObjectRef } from '@mintmark/contract/scan'

/**
 * A map of objects by kind, namespace and name. One text put together of the three would be made for every look-up, and kept for every entry:
 * a cluster has tens of thousands of objects and a few dozen namespaces.
 */
export class RefMap<Value> {
  readonly #kinds = new Map<string, Map<string, Map<string, Value>>>()

  get({ kind, namespace, name }: ObjectRef): Value | undefined {
    return this.#kinds.get(kind)?.get(namespace)?.get(name)
  }

  set({ kind, namespace, name }: ObjectRef, value: Value): void {
    const namespaces = this.#kinds.get(kind) ?? new Map<string, Map<string, Value>>()
    this.#kinds.set(kind, namespaces)
    const names = namespaces.get(namespace) ?? new Map<string, Value>()
    namespaces.set(namespace, names)
    names.set(name, value)
  }

  delete({ kind, namespace, name }: ObjectRef): void {
    const names = this.#kinds.get(kind)?.get(namespace)
    if (names?.delete(name) === true && names.size === 0) this.#kinds.get(kind)?.delete(namespace)
  }

  *values(): Generator<Value> {
    for (const namespaces of this.#kinds.values()) for (const names of namespaces.values()) yield* names.values()
  }
}
