import type { KeysetRecord, KeysetsSnapshot, KeysetStore } from './ports.ts'

const EMPTY: KeysetsSnapshot = { revision: 0n, keysets: [] }

/** Keysets in memory, with the compare-and-swap of the real store, for tests of whatever needs an authority. */
export function memoryKeysetStore(): KeysetStore & {
  /** Every state there ever was, oldest first. */
  history(trustDomain: string): readonly KeysetsSnapshot[]
  /** While true, every call fails as a store that is away does. */
  setAway(isAway: boolean): void
} {
  const histories = new Map<string, KeysetsSnapshot[]>()
  let away = false
  function failIfAway(): void {
    if (away) throw new Error('The store is away')
  }
  const newest = (trustDomain: string): KeysetsSnapshot => histories.get(trustDomain)?.at(-1) ?? EMPTY
  return {
    async load(trustDomain) {
      failIfAway()
      return newest(trustDomain)
    },
    async replace(trustDomain: string, expectedRevision: bigint, keysets: readonly KeysetRecord[]) {
      failIfAway()
      const present = newest(trustDomain)
      if (present.revision !== expectedRevision) return undefined
      const next = { revision: present.revision + 1n, keysets: structuredClone(keysets) }
      histories.set(trustDomain, [...(histories.get(trustDomain) ?? []), next])
      return next
    },
    history: (trustDomain) => histories.get(trustDomain) ?? [],
    setAway(isAway) {
      away = isAway
    },
  }
}
