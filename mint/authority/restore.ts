import type { KeysetRecord, KeysetsSnapshot } from './ports.ts'

/** Whether a store has gone back behind what was read from it before, as it does when a backup is restored. */
export function hasGoneBack(held: KeysetsSnapshot, found: KeysetsSnapshot): boolean {
  if (found.revision !== held.revision) return found.revision < held.revision
  return JSON.stringify(found.keysets) !== JSON.stringify(held.keysets)
}

/**
 * The keysets to write after a restore: those that this replica knows, because what they have signed lives on and what was tainted or removed must not come back;
 * and those that were made since it has last read the store, trusted but not signing.
 */
export function reconcile(held: KeysetsSnapshot, found: KeysetsSnapshot, lastReadAt: Date, now: Date): readonly KeysetRecord[] {
  const known = new Set(held.keysets.map((each) => each.id))
  const made = found.keysets.filter((each) => !known.has(each.id) && Date.parse(each.createdAt) > lastReadAt.getTime())
  return [
    ...held.keysets,
    ...made.map((each) => (each.state === 'ACTIVE' ? ({ ...each, state: 'PREPARED', deactivatedAt: now.toISOString() } as const) : each)),
  ]
}
