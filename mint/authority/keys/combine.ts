import type { KeyReference } from '../ports.ts'
import { AuthorityError } from '../errors.ts'
import type { KeyManager } from './model.ts'

/** New keys come from the first manager; keys that another one made are still found there. For moving a trust domain from one manager to another by its next rotation. */
export function combineKeys(first: KeyManager, ...others: readonly KeyManager[]): KeyManager {
  const all = [first, ...others]
  function managerOf(reference: KeyReference): KeyManager {
    const manager = all.find((each) => each.name === reference.manager)
    if (manager !== undefined) return manager
    throw new AuthorityError(
      'key-unavailable',
      `A key is kept by key manager "${reference.manager}", which this process does not have`,
      'Name that key manager in the settings too, until no keyset uses it any more.',
    )
  }
  return {
    name: first.name,
    create: (purpose, type) => first.create(purpose, type),
    open: async (reference, purpose) => managerOf(reference).open(reference, purpose),
    remove: async (reference, purpose) => managerOf(reference).remove(reference, purpose),
    reseal: async (reference, purpose) => (await managerOf(reference).reseal?.(reference, purpose)) ?? reference,
  }
}
