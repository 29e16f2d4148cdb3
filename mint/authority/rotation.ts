import { activeOf, isWaiting } from './keysets.ts'
import type { KeysetRecord } from './ports.ts'
import { AUTHORITY_LIMITS } from './settings.ts'

/** What the clock asks for. Tainting is never among it: only a person knows that a key is not to be trusted. */
export type RotationStep =
  | { readonly step: 'prepare'; readonly why: string }
  | { readonly step: 'activate'; readonly id: string; readonly why: string }
  | { readonly step: 'remove'; readonly id: string }

/** What rotation looks at beside the keysets. */
export interface RotationContext {
  readonly now: Date
  readonly refreshHintSeconds: number
  /** The upstream authority's certificate at present, base64, and its end; absent when keysets are their own roots. */
  readonly upstream?: { readonly certificate: string; readonly notAfter: Date }
}

/** The next keyset is published when this much of the active one's life is left. */
const PREPARE_AT = 1 / 2
/** It signs when this much is left; so every SVID may live that long. */
const ACTIVATE_AT = 1 / 6
/** A keyset that is published too late signs all the same when this little is left, because short SVIDs are worse than a peer that polls late. */
const ACTIVATE_REGARDLESS_AT = 1 / 12
/** Refresh hints that a keyset is published for before it signs (checklist item 23: three to five). */
const POLLS_BEFORE_USE_MIN = 3

/** How long an SVID may live whenever it is asked for: what is left of a keyset when the next one takes over. */
export function guaranteedTtlSeconds(keyset: KeysetRecord): number {
  return Math.floor((lifetimeMs(keyset) * ACTIVATE_AT) / 1_000)
}

/** The next thing to do, or undefined when nothing is due. Pure: the same keysets and clock give the same answer on every replica. */
export function dueStep(keysets: readonly KeysetRecord[], context: RotationContext): RotationStep | undefined {
  const { now } = context
  const active = activeOf(keysets)
  if (active === undefined) return { step: 'prepare', why: 'there is no keyset yet' }
  const successor = keysets.findLast((each) => isWaiting(each) && isUsable(each, now) && comesFrom(each, context))
  if (successor === undefined) {
    const why = reasonToPrepare(active, context)
    if (why !== undefined) return { step: 'prepare', why }
  } else {
    const why = reasonToActivate(active, successor, context)
    if (why !== undefined) return { step: 'activate', id: successor.id, why }
  }
  const ended = keysets.find((each) => each.state !== 'ACTIVE' && hasLongEnded(each, now))
  return ended === undefined ? undefined : { step: 'remove', id: ended.id }
}

function reasonToPrepare(active: KeysetRecord, context: RotationContext): string | undefined {
  if (!comesFrom(active, context)) return 'the upstream certificate has changed'
  const endMs = Date.parse(active.notAfter)
  // A keyset cannot outlive its upstream: one that would end no later than this one helps nobody.
  if (context.upstream !== undefined && context.upstream.notAfter.getTime() <= endMs) return undefined
  return remainingMs(active, context.now) <= lifetimeMs(active) * PREPARE_AT ? 'half of the life of the active keyset is over' : undefined
}

function reasonToActivate(active: KeysetRecord, successor: KeysetRecord, context: RotationContext): string | undefined {
  const { now } = context
  const publishedMs = now.getTime() - Date.parse(successor.createdAt)
  const left = remainingMs(active, now)
  if (left <= lifetimeMs(active) * ACTIVATE_REGARDLESS_AT) return 'the active keyset ends soon'
  if (publishedMs < context.refreshHintSeconds * POLLS_BEFORE_USE_MIN * 1_000) return undefined
  if (!comesFrom(active, context)) return 'the upstream certificate has changed'
  return left <= lifetimeMs(active) * ACTIVATE_AT ? 'a sixth of the life of the active keyset is left' : undefined
}

/** No SVID outlives its keyset's end: leaves are cut to the issuer's, tokens to the keyset's. */
function hasLongEnded(keyset: KeysetRecord, now: Date): boolean {
  return Date.parse(keyset.notAfter) + AUTHORITY_LIMITS.keptAfterEndSeconds * 1_000 < now.getTime()
}

function comesFrom(keyset: KeysetRecord, { upstream }: RotationContext): boolean {
  const [, parent] = keyset.x509.chain
  return parent === upstream?.certificate
}

function isUsable(keyset: KeysetRecord, now: Date): boolean {
  return Date.parse(keyset.notAfter) > now.getTime()
}

function lifetimeMs(keyset: KeysetRecord): number {
  return Date.parse(keyset.notAfter) - Date.parse(keyset.createdAt)
}

function remainingMs(keyset: KeysetRecord, now: Date): number {
  return Date.parse(keyset.notAfter) - now.getTime()
}
