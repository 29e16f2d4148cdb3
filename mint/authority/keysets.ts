import { AuthorityError } from './errors.ts'
import type { KeysetRecord } from './ports.ts'
import { AUTHORITY_LIMITS } from './settings.ts'

/*
 * The keysets of a trust domain as a machine. All that changes them is here, and each function leaves exactly one ACTIVE:
 *
 *   (first) -> ACTIVE      the very first keyset; nobody trusts anything yet
 *   prepare -> PREPARED    published, signs nothing
 *   activate: PREPARED -> ACTIVE, and the one that was ACTIVE -> PREPARED (trusted, signs no more)
 *   taint: PREPARED -> TAINTED    stays in the bundle; what it has signed is renewed at once
 *   remove: PREPARED or TAINTED leaves the bundle
 */

type Keysets = readonly KeysetRecord[]

/** The keyset that signs. */
export function activeOf(keysets: Keysets): KeysetRecord | undefined {
  return keysets.find((each) => each.state === 'ACTIVE')
}

/** Whether a keyset waits for its turn: prepared, and never active so far. */
export function isWaiting(keyset: KeysetRecord): boolean {
  return keyset.state === 'PREPARED' && keyset.activatedAt === undefined
}

/** Adds a keyset: the first one is active at once, any other is published first. */
export function addKeyset(keysets: Keysets, fresh: KeysetRecord, now: Date): Keysets {
  if (keysets.length === 0) return [{ ...fresh, state: 'ACTIVE', activatedAt: now.toISOString() }]
  if (keysets.length >= AUTHORITY_LIMITS.keysetsMax) {
    throw new AuthorityError(
      'keyset-limit',
      `The trust domain has ${keysets.length} keysets already, and that is the most it may have`,
      'Remove keysets that no living SVID depends on any more, then prepare again.',
    )
  }
  return [...keysets, { ...fresh, state: 'PREPARED' }]
}

/**
 * Lets a keyset sign from now on.
 *
 * @param id absent: the newest that waits for its turn
 */
export function activateKeyset(keysets: Keysets, id: string | undefined, now: Date): Keysets {
  const chosen = id === undefined ? keysets.findLast(isWaiting) : findKeyset(keysets, id)
  if (chosen === undefined) {
    throw new AuthorityError('keyset-state', 'No prepared keyset waits for its turn', 'Prepare one first; its keys must be known everywhere before they sign.')
  }
  if (chosen.state === 'ACTIVE') return keysets
  if (chosen.state === 'TAINTED') throw refuse(chosen, 'is tainted and must never sign again', 'Prepare a new keyset and activate that one.')
  if (Date.parse(chosen.notAfter) <= now.getTime()) throw refuse(chosen, `ended at ${chosen.notAfter}`, 'Prepare a new keyset and activate that one.')
  const at = now.toISOString()
  return keysets.map((each) => {
    if (each.id === chosen.id) return { ...each, state: 'ACTIVE', activatedAt: at }
    return each.state === 'ACTIVE' ? { ...each, state: 'PREPARED', deactivatedAt: at } : each
  })
}

/** Declares a keyset's keys as no longer trustworthy: everything that they have signed is to be renewed. */
export function taintKeyset(keysets: Keysets, id: string, now: Date): Keysets {
  const chosen = findKeyset(keysets, id)
  if (chosen.state === 'TAINTED') return keysets
  if (chosen.state === 'ACTIVE') throw refuse(chosen, 'is the one that signs', 'Prepare another keyset, activate it, then taint this one.')
  return keysets.map((each) => (each.id === id ? { ...each, state: 'TAINTED', taintedAt: now.toISOString() } : each))
}

/** Takes a keyset out of the bundle: SVIDs that it has signed are void from then on. */
export function removeKeyset(keysets: Keysets, id: string): Keysets {
  const chosen = findKeyset(keysets, id)
  if (chosen.state === 'ACTIVE') throw refuse(chosen, 'is the one that signs', 'Prepare another keyset, activate it, then remove this one.')
  return keysets.filter((each) => each.id !== id)
}

function findKeyset(keysets: Keysets, id: string): KeysetRecord {
  const found = keysets.find((each) => each.id === id)
  if (found !== undefined) return found
  throw new AuthorityError('keyset-unknown', `The trust domain has no keyset ${id.slice(0, 64)}`, 'List the keysets and choose one of them.')
}

function refuse(keyset: KeysetRecord, why: string, remedy: string): AuthorityError {
  return new AuthorityError('keyset-state', `Keyset ${keyset.id} ${why}`, remedy)
}
