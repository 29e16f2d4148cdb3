import type { KeysetRecord, KeysetsSnapshot, KeysetStore } from './ports.ts'

const EMPTY: KeysetsSnapshot = { revision: 0n, keysets: [] }

/** Keysets in memory, with the compare-and-swap of the real store, for tests of whatever needs an authority. */
export function memoryKeysetStore(): KeysetStore & {
  /** Every state there ever was, oldest first. */
  history(trustDomain: string): readonly KeysetsSnapshot[]
  /** While true, every call fails as a store that is away does. */
  setAway(isAway: boolean): void
  /** Forgets the newest states, as the restore of a backup does. */
  goBack(trustDomain: string, states: number): void
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
    async replace(trustDomain: string, expectedRevision: bigint, keysets: readonly KeysetRecord[], revisionAtLeast = 0n) {
      failIfAway()
      const present = newest(trustDomain)
      if (present.revision !== expectedRevision) return undefined
      const following = present.revision + 1n
      const next = { revision: revisionAtLeast > following ? revisionAtLeast : following, keysets: structuredClone(keysets) }
      histories.set(trustDomain, [...(histories.get(trustDomain) ?? []), next])
      return next
    },
    history: (trustDomain) => histories.get(trustDomain) ?? [],
    goBack(trustDomain, states) {
      histories.set(trustDomain, (histories.get(trustDomain) ?? []).slice(0, -states))
    },
    setAway(isAway) {
      away = isAway
    },
  }
}
