import type { Confidence } from '@mintmark/contract/scan'
import { CONFIDENCES } from '@mintmark/contract/scan/plain'
import type { Verdict } from './leaf.ts'

/** Kinds that say how a value is used but not whose it is: a typed verdict about the same text says more. */
const CONTAINER_KINDS = new Set(['url-credentials', 'connection-string', 'basic-auth', 'bearer-token', 'docker-registry-credentials', 'session-cookie'])
const GENERIC_KINDS = new Set([
  'password',
  'passphrase',
  'generic-api-key',
  'generic-token',
  'generic-secret',
  'encryption-key',
  'signing-secret',
  'oauth-client-secret',
  'username',
  'client-id',
  'account-id',
])

/**
 * Of verdicts that overlap, keeps the most specific: typed before container before generic, then the surer, then the longer, then the earlier.
 * A kept verdict takes over the public attributes of what it displaces, so a token inside a URL still knows its host.
 *
 * @returns disjoint verdicts in order of position
 */
export function resolveOverlaps(verdicts: Verdict[]): readonly Verdict[] {
  if (verdicts.length <= 1) return verdicts
  const ranked = verdicts.toSorted(compareRank)
  const kept: Verdict[] = []
  // Kept verdicts are disjoint and sorted by start, so only two neighbours can overlap a new one at its ends.
  for (const verdict of ranked) {
    const index = lowerBound(kept, verdict.start)
    const before = kept[index - 1]
    const after = kept[index]
    if (before !== undefined && before.end > verdict.start) kept[index - 1] = enrich(before, verdict)
    else if (after !== undefined && after.start < verdict.end) kept[index] = enrich(after, verdict)
    else kept.splice(index, 0, verdict)
  }
  return kept
}

/** Specificity of a kind that says whose a value is. */
export const SPECIFIC = 3

/** 3 for a typed kind, 2 for a container, 1 for a generic one. */
export function specificity(kind: string): number {
  if (GENERIC_KINDS.has(kind)) return 1
  return CONTAINER_KINDS.has(kind) ? 2 : SPECIFIC
}

function compareRank(left: Verdict, right: Verdict): number {
  return (
    specificity(right.kind) - specificity(left.kind) ||
    rankOf(left.confidence) - rankOf(right.confidence) ||
    right.end - right.start - (left.end - left.start) ||
    left.start - right.start ||
    (left.rule < right.rule ? -1 : 1)
  )
}

function rankOf(confidence: Confidence): number {
  return CONFIDENCES.indexOf(confidence)
}

function lowerBound(kept: readonly Verdict[], start: number): number {
  let low = 0
  let high = kept.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((kept[middle]?.start ?? 0) < start) low = middle + 1
    else high = middle
  }
  return low
}

function enrich(kept: Verdict, displaced: Verdict): Verdict {
  if (kept.canonical !== displaced.canonical) return kept
  return { ...kept, attributes: { ...displaced.attributes, ...kept.attributes } }
}
