import { AuthorityError } from './errors.ts'
import type { KeysetRecord, KeysetsSnapshot, KeysetStore } from './ports.ts'
import { AUTHORITY_LIMITS } from './settings.ts'

/** What a change makes of the keysets; undefined when there is nothing to change. May be asked again when another replica was faster. */
export type Decide = (set: KeysetsSnapshot) => Promise<readonly KeysetRecord[] | undefined> | readonly KeysetRecord[] | undefined

/** How a change ended: the newest state, and whether this call has made it. */
export interface ChangeOutcome {
  readonly set: KeysetsSnapshot
  readonly changed: boolean
}

/** Changes the keysets by compare-and-swap: reads, decides, replaces, and begins anew when another replica came between. */
export async function changeKeysets(store: KeysetStore, trustDomain: string, decide: Decide, revisionAtLeast = 0n): Promise<ChangeOutcome> {
  for (let attempt = 0; attempt < AUTHORITY_LIMITS.changeAttemptsMax; attempt += 1) {
    const set = await ask(() => store.load(trustDomain))
    const next = await decide(set)
    if (next === undefined || next === set.keysets) return { set, changed: false }
    const active = next.filter((each) => each.state === 'ACTIVE').length
    if (active !== 1) throw new RangeError(`A change would leave ${active} active keysets`)
    const stored = await ask(() => store.replace(trustDomain, set.revision, next, revisionAtLeast))
    if (stored !== undefined) return { set: stored, changed: true }
  }
  throw new AuthorityError(
    'store-contended',
    `The keysets were changed by others ${AUTHORITY_LIMITS.changeAttemptsMax} times while this change was tried`,
    'Look at the list of keysets, then repeat the verb if it is still needed.',
  )
}

/** Reads the keysets. @throws AuthorityError `store-away` */
export function loadKeysets(store: KeysetStore, trustDomain: string): Promise<KeysetsSnapshot> {
  return ask(() => store.load(trustDomain))
}

async function ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
  try {
    return await question()
  } catch (cause) {
    throw new AuthorityError(
      'store-away',
      'The keysets cannot be read or changed at present',
      'SVIDs are issued meanwhile with the keys that are known. Wait until the database is back, look at the list of keysets, then repeat.',
      { cause },
    )
  }
}
