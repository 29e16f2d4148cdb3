import type { Attributes, IdentityObservation, Link, OccurrenceObservation } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import type { NamespaceFacts } from '@mintmark/ledger/model'
import { accountOf, identityOfPublicId, nameIdentity } from './identities.ts'
import { mergeLinks } from './links.ts'
import { compareConfidence, compareText, pushTo } from './order.ts'
import { pairParts, type Pair } from './pairing.ts'
import { RELATIONS, takesPart } from './relations.ts'
import type { Member, Part } from './scopes.ts'

/** What the other parts of its credential say about one occurrence. */
export interface Belonging {
  readonly publicId?: string
  readonly attributes: Attributes
  readonly links: readonly Link[]
}

/** The multi-part credentials of one namespace. */
export interface Credentials {
  /** By key of the occurrence; occurrences that nothing is known of are absent. */
  readonly belongings: ReadonlyMap<string, Belonging>
  readonly identities: readonly IdentityObservation[]
  /** Fingerprints of identifiers whose secret was found. */
  readonly pairedIdentifiers: ReadonlySet<string>
}

/** Pairs the parts of all credentials of a namespace and names the identities that they belong to. */
export function linkCredentials(facts: NamespaceFacts, parts: readonly Part[]): Credentials {
  const pairs = pairAll(parts)
  const identities: IdentityObservation[] = []
  const belongings = new Map<string, Belonging>()
  const pairsOf = groupByOccurrence(pairs)
  for (const { occurrence } of parts) {
    const belonging = describe(facts.cluster, occurrence, pairsOf.get(occurrence.key) ?? [], identities)
    if (belonging !== undefined) belongings.set(occurrence.key, belonging)
  }
  const pairedIdentifiers = new Set(
    pairs.filter((pair) => pair.relation.effect.type === 'identifier' && pair.confidence !== 'weak').map((pair) => pair.partner),
  )
  return { belongings, identities, pairedIdentifiers }
}

function pairAll(parts: readonly Part[]): Pair[] {
  const byKind = new Map<string, Part[]>()
  for (const part of parts) pushTo(byKind, part.occurrence.finding.kind, part)
  const settled = new Map<string, Set<string>>()
  return RELATIONS.flatMap((relation) => {
    const kinds = [...byKind.keys()].filter((kind) => takesPart(relation, kind))
    const slot = relation.effect.type === 'attribute' ? relation.effect.attribute : relation.effect.type
    const done = settled.get(slot) ?? new Set<string>()
    settled.set(slot, done)
    const pairs = pairParts(
      relation,
      kinds.flatMap((kind) => byKind.get(kind) ?? []),
      done,
    )
    for (const pair of pairs) done.add(pair.secret)
    return pairs
  })
}

/** A pair as one of its two ends sees it. */
interface End {
  readonly pair: Pair
  readonly other: string
  readonly otherMembers: readonly Member[]
}

function groupByOccurrence(pairs: readonly Pair[]): ReadonlyMap<string, readonly End[]> {
  const ends = new Map<string, End[]>()
  for (const pair of pairs) {
    for (const key of new Set(pair.secretMembers.map((member) => member.occurrence.key))) {
      pushTo(ends, key, { pair, other: pair.partner, otherMembers: pair.partnerMembers })
    }
    if (pair.relation.effect.type !== 'companion') continue
    for (const key of new Set(pair.partnerMembers.map((member) => member.occurrence.key))) {
      pushTo(ends, key, { pair, other: pair.secret, otherMembers: pair.secretMembers })
    }
  }
  return ends
}

function describe(cluster: string, occurrence: OccurrenceObservation, ends: readonly End[], identities: IdentityObservation[]): Belonging | undefined {
  const attributes: Record<string, string> = {}
  const links: Link[] = []
  const named = nameIdentity(cluster, occurrence)
  if (named !== undefined) {
    identities.push(named.identity)
    links.push({ relation: 'belongs-to', target: named.identity.key, confidence: named.confidence, evidence: [named.evidence] })
  }
  const ordered = ends.toSorted((a, b) => compareConfidence(a.pair.confidence, b.pair.confidence) || compareText(a.other, b.other))
  for (const { pair, otherMembers } of ordered) {
    const { effect } = pair.relation
    const value = publicIdOf(otherMembers)
    if (effect.type === 'attribute' && pair.confidence !== 'weak' && value !== undefined) attributes[effect.attribute] ??= value
  }
  let publicId: string | undefined
  for (const { pair, other, otherMembers } of ordered) {
    const { effect, label } = pair.relation
    if (effect.type === 'attribute') continue
    const id = publicIdOf(otherMembers)
    const evidence = [sayWhere(pair, otherMembers, id === undefined ? label : `${label} ${id}`)]
    links.push({ relation: 'pairs-with', target: other, confidence: pair.confidence, evidence })
    const finding = otherMembers[0]?.occurrence.finding
    if (effect.type !== 'identifier' || finding === undefined) continue
    const identity = identityOfPublicId(effect.identity, finding, attributes)
    if (identity === undefined) continue
    identities.push(identity)
    links.push({ relation: 'belongs-to', target: identity.key, confidence: pair.confidence, evidence })
    if (pair.confidence === 'weak') continue
    publicId ??= id
    const account = accountOf(finding.attributes)
    if (account !== undefined) attributes['account'] ??= account
  }
  if (links.length === 0 && Object.keys(attributes).length === 0) return undefined
  return { ...(publicId === undefined ? {} : { publicId }), attributes, links: mergeLinks(links) }
}

function publicIdOf(members: readonly Member[]): string | undefined {
  return members.map((member) => member.occurrence.finding.publicId).find((publicId) => publicId !== undefined)
}

function sayWhere(pair: Pair, members: readonly Member[], what: string): string {
  const [name] = members.map((member) => member.name).toSorted(compareText)
  return `The ${what}${name === undefined || name === '' ? '' : ` (${name})`} stands in ${pair.how}`.slice(0, LIMITS.sentenceCharsMax)
}
