import type { Confidence } from '@mintmark/contract/scan'
import { compareText, lowerConfidence, pushTo, sortedDistinct } from './order.ts'
import { isPartnerOf, isSecretOf, SCOPES, type Relation, type Scope } from './relations.ts'
import { furnishRooms, type Member, type Part, type Room } from './scopes.ts'
import { stemOf } from './stems.ts'

/** A secret and a partner that were found together, or might belong together (`weak`). */
export interface Pair {
  readonly relation: Relation
  /** Fingerprints. */
  readonly secret: string
  readonly partner: string
  /** Occurrences of the secret and of the partner that stand in the room which gives the evidence. */
  readonly secretMembers: readonly Member[]
  readonly partnerMembers: readonly Member[]
  readonly confidence: Confidence
  /** How they were matched, in words that follow "stands in". */
  readonly how: string
}

/** Partners that are listed for a secret when none stands out; more say nothing (law 7). */
const CANDIDATES_MAX = 16

const CONFIDENCE_OF_SCOPE: Readonly<Record<Scope, Confidence>> = {
  map: 'strong',
  object: 'strong',
  container: 'strong',
  deployment: 'medium',
  application: 'medium',
}

/** Members of one side of a room by fingerprint: a value that stands there twice is one part. */
type Side = ReadonlyMap<string, readonly Member[]>

interface Sides {
  readonly room: Room
  readonly secrets: Side
  readonly partners: Side
}

/**
 * Pairs secrets with their partners by scope and name, never by distance and never as a product: tight rooms first; one secret and one
 * partner in a room belong together; several are told apart by the stem of their names, then by elimination; what stays open gets its candidates as `weak`.
 *
 * @param settled fingerprints of secrets that another relation has paired already
 */
export function pairParts(relation: Relation, parts: readonly Part[], settled: ReadonlySet<string>): readonly Pair[] {
  let secrets = parts.filter(({ occurrence: { finding } }) => isSecretOf(relation, finding) && !settled.has(finding.fingerprint))
  let partners = parts.filter(({ occurrence: { finding } }) => relation.partners.includes(finding.kind))
  const pairs: Pair[] = []
  const partnersOf = new Map<string, Set<string>>()
  const claimed = new Set<string>()
  const seen: (readonly Sides[])[] = []
  const isOpen = ({ occurrence }: Part): boolean => !partnersOf.has(occurrence.finding.fingerprint)
  for (const scope of SCOPES.slice(0, SCOPES.indexOf(relation.widest) + 1)) {
    if (partners.length === 0 || !secrets.some(isOpen)) break
    const sides = findSides(relation, furnishRooms(scope, [...secrets, ...partners]))
    seen.push(sides)
    // Every room of a scope sees the same state, so their order does not matter.
    for (const pair of sides.flatMap((each) => pairRoom(relation, scope, each, partnersOf, claimed))) pairs.push(pair)
    for (const { secret, partner } of pairs) {
      partnersOf.set(secret, (partnersOf.get(secret) ?? new Set()).add(partner))
      claimed.add(partner)
    }
    if (relation.exclusive) {
      secrets = secrets.filter(isOpen)
      partners = partners.filter(({ occurrence }) => !claimed.has(occurrence.finding.fingerprint))
    }
  }
  const disputed = pairs.map((pair) => (relation.exclusive && (partnersOf.get(pair.secret)?.size ?? 0) > 1 ? dispute(pair) : pair))
  return [...disputed, ...listCandidates(relation, seen, partnersOf)]
}

function findSides(relation: Relation, rooms: readonly Room[]): Sides[] {
  return rooms.flatMap((room) => {
    const secrets = new Map<string, Member[]>()
    const partners = new Map<string, Member[]>()
    for (const member of room.members) {
      const { finding } = member.occurrence
      if (isSecretOf(relation, finding)) pushTo(secrets, finding.fingerprint, member)
      else if (isPartnerOf(relation, finding, member.name)) pushTo(partners, finding.fingerprint, member)
    }
    return secrets.size === 0 || partners.size === 0 ? [] : [{ room, secrets, partners }]
  })
}

function pairRoom(relation: Relation, scope: Scope, sides: Sides, partnersOf: ReadonlyMap<string, ReadonlySet<string>>, claimed: ReadonlySet<string>): Pair[] {
  const takenHere = new Set([...sides.secrets.keys()].flatMap((secret) => [...(partnersOf.get(secret) ?? [])]))
  const isFree = (partner: string): boolean => relation.shared || !(takenHere.has(partner) || (relation.exclusive && claimed.has(partner)))
  const open = new Map([...sides.secrets].filter(([secret]) => !partnersOf.has(secret)))
  const free = new Map([...sides.partners].filter(([partner]) => isFree(partner)))
  const pairs: Pair[] = []
  const join = (secret: string, partner: string, confidence: Confidence, how: string): void => {
    const secretMembers = sides.secrets.get(secret) ?? []
    const partnerMembers = sides.partners.get(partner) ?? []
    pairs.push({ relation, secret, partner, secretMembers, partnerMembers, confidence, how: `${sides.room.place}, ${how}` })
  }
  const sure = CONFIDENCE_OF_SCOPE[scope]
  const [onlyPartner] = free.keys()
  if (relation.shared && free.size === 1 && onlyPartner !== undefined) {
    for (const secret of open.keys()) join(secret, onlyPartner, sure, `the only ${relation.label} there`)
    return pairs
  }
  const alone = open.size === 1 && free.size === 1
  for (const ignoreProvider of [false, true]) {
    for (const [secret, partner, stem] of matchStems(open, free, ignoreProvider)) {
      join(secret, partner, sure, alone ? 'the only pair there' : stem === '' ? 'both without a prefix in their names' : `both named for "${stem}"`)
      open.delete(secret)
      free.delete(partner)
    }
  }
  const [lastSecret] = open.keys()
  const [lastPartner] = free.keys()
  if (open.size === 1 && free.size === 1 && lastSecret !== undefined && lastPartner !== undefined) {
    // Names that differ do not forbid the pair, but they make it less sure.
    join(lastSecret, lastPartner, lowerConfidence(sure), alone ? 'the only pair there, although their names differ' : 'the only pair left there')
  }
  return pairs
}

/** Pairs whose name stem is found once on each side. A value under several names has several stems. */
function matchStems(secrets: Side, partners: Side, ignoreProvider: boolean): [secret: string, partner: string, stem: string][] {
  const secretsByStem = groupByStem(secrets, ignoreProvider)
  const partnersByStem = groupByStem(partners, ignoreProvider)
  const matches: [string, string, string][] = []
  const used = new Set<string>()
  for (const stem of [...secretsByStem.keys()].toSorted(compareText)) {
    const [secret, ...otherSecrets] = secretsByStem.get(stem) ?? []
    const [partner, ...otherPartners] = partnersByStem.get(stem) ?? []
    if (secret === undefined || partner === undefined || otherSecrets.length > 0 || otherPartners.length > 0) continue
    if (used.has(secret) || used.has(partner)) continue
    used.add(secret).add(partner)
    matches.push([secret, partner, stem])
  }
  return matches
}

function groupByStem(side: Side, ignoreProvider: boolean): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const [fingerprint, members] of side) {
    for (const stem of new Set(members.map((member) => stemOf(member.name, ignoreProvider)))) pushTo(groups, stem, fingerprint)
  }
  return groups
}

/** One secret key cannot have two ids: both stay, neither is sure. */
function dispute(pair: Pair): Pair {
  return { ...pair, confidence: 'weak', how: `${pair.how}; another place pairs it differently` }
}

/** @param seen rooms with both sides, scope by scope, tightest first: only the first scope that has any candidate speaks */
function listCandidates(relation: Relation, seen: readonly (readonly Sides[])[], partnersOf: ReadonlyMap<string, ReadonlySet<string>>): Pair[] {
  const pairs: Pair[] = []
  const listed = new Set<string>()
  for (const rooms of seen) {
    const here = new Set<string>()
    for (const { room, secrets, partners } of rooms) {
      const open = [...secrets].filter(([secret]) => !partnersOf.has(secret) && !listed.has(secret))
      if (open.length === 0) continue
      const candidates = sortedDistinct(partners.keys())
      const how = `${room.place}, one of ${candidates.length} that it could belong to`
      for (const [secret, secretMembers] of open) {
        here.add(secret)
        for (const partner of candidates.slice(0, CANDIDATES_MAX)) {
          pairs.push({ relation, secret, partner, secretMembers, partnerMembers: partners.get(partner) ?? [], confidence: 'weak', how })
        }
      }
    }
    for (const secret of here) listed.add(secret)
  }
  return pairs
}
