import type { TrustDomain } from '@mintmark/spiffe'
import type { KeyManager } from './keys/model.ts'
import type { AuthorityLog, AuthoritySnapshot } from './model.ts'
import type { KeysetRecord, KeysetsSnapshot } from './ports.ts'
import { composeSnapshot, openSigners, signingKeyset, type KeysetSigners } from './snapshot.ts'

type Listener = (snapshot: AuthoritySnapshot) => void

/** Holds the newest known state of the keysets as a snapshot, and tells listeners of each newer one. */
export class SnapshotKeeper {
  readonly #context: { readonly trustDomain: TrustDomain; readonly keys: KeyManager; readonly refreshHintSeconds: number; readonly log: AuthorityLog }
  readonly #listeners = new Set<Listener>()
  #held: { readonly set: KeysetsSnapshot; readonly snapshot: AuthoritySnapshot; readonly signers: KeysetSigners } | undefined

  constructor(context: { readonly trustDomain: TrustDomain; readonly keys: KeyManager; readonly refreshHintSeconds: number; readonly log: AuthorityLog }) {
    this.#context = context
  }

  snapshot(): AuthoritySnapshot {
    if (this.#held === undefined) throw new RangeError('The authority was not opened')
    return this.#held.snapshot
  }

  /** The state that is held; undefined before the first. */
  held(): KeysetsSnapshot | undefined {
    return this.#held?.set
  }

  keysets(): readonly KeysetRecord[] {
    return this.#held?.set.keysets ?? []
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Takes a state that was read or written, unless a newer one is held already. @throws AuthorityError when the active keyset's keys cannot be had */
  async adopt(set: KeysetsSnapshot): Promise<void> {
    const held = this.#held
    if (held !== undefined && set.revision <= held.set.revision) return
    const { trustDomain, keys, refreshHintSeconds } = this.#context
    const keyset = signingKeyset(set)
    const signers = held?.snapshot.keysetId === keyset.id ? held.signers : await openSigners(trustDomain, keys, keyset)
    const snapshot = composeSnapshot(trustDomain, set, { keyset, signers }, refreshHintSeconds)
    this.#held = { set, snapshot, signers }
    for (const listener of this.#listeners) this.#tell(listener, snapshot)
  }

  close(): void {
    this.#listeners.clear()
  }

  #tell(listener: Listener, snapshot: AuthoritySnapshot): void {
    try {
      listener(snapshot)
    } catch (error) {
      this.#context.log.error({ error: error instanceof Error ? error.name : typeof error }, 'A listener to keyset changes failed')
    }
  }
}
