import type { Attributes, Exposure, Link, Occurrence } from '@mintmark/contract/scan'
import { EXPOSURES, LIMITS } from '@mintmark/contract/scan/plain'
import type { LinkedOccurrence, SecretFacts } from '@mintmark/ledger/model'
import { mergeLinks } from './links.ts'
import { compareConfidence, compareText, sortedDistinct } from './order.ts'
import { vaguenessOf } from './specificity.ts'
import { explainUnknownRights, explainUnknownUse } from './unknowns.ts'

/** Reasons that a secret keeps of all its places. */
const REASONS_MAX = 32
/** Attributes that a secret keeps of all its places. */
const ATTRIBUTES_MAX = 64

/**
 * Merges all occurrences of one fingerprint, over namespaces and clusters, into what risk needs of the secret.
 * The order of the occurrences does not matter: the surest verdict of the most specific kind speaks for all, ties are broken by name.
 *
 * @throws RangeError for an empty list or for occurrences of several fingerprints: a mistake of the caller
 */
export function summarizeSecret(occurrences: readonly LinkedOccurrence[]): SecretFacts {
  // Most secrets lie in one place, and a large scan summarises a million of them: whatever is done to put several places in order is left out for one.
  const ranked = occurrences.length > 1 ? occurrences.toSorted(compareOccurrences) : occurrences
  const [best] = ranked
  if (best === undefined) throw new RangeError('A secret without occurrences cannot be summarised')
  if (ranked.some((linked) => linked.fingerprint !== best.fingerprint)) throw new RangeError('Occurrences of different fingerprints are different secrets')
  const publicId = choosePublicId(ranked)
  const attributes = mergeAttributes(ranked)
  const createdAt = firstOf(ranked, ({ finding }) => finding.createdAt, compareInstants)
  const expiresAt = firstOf(ranked, ({ finding }) => finding.expiresAt, compareLatestFirst)
  const existsSince = firstOf(ranked, (linked) => linked.existsSince, compareSightings)
  const applicationsIncomplete = firstOf(ranked, (linked) => linked.consumersIncomplete, compareText)
  const { kind, provider, confidence } = best.finding
  const known = { kind, provider, attributes, ...(publicId === undefined ? {} : { publicId }) }
  return {
    ...known,
    fingerprint: best.fingerprint,
    confidence,
    reasons: collectReasons(ranked),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(existsSince === undefined ? {} : { existsSince }),
    exposures: collectExposures(ranked),
    applications: collectApplications(ranked),
    ...(applicationsIncomplete === undefined ? {} : { applicationsIncomplete }),
    usage: { state: 'unavailable', reason: explainUnknownUse(known) },
    authorization: { state: 'unavailable', reason: explainUnknownRights(known) },
    links: mergeLinks(ranked.length === 1 ? best.links : ranked.flatMap((linked) => linked.links)),
  }
}

function compareOccurrences(a: LinkedOccurrence, b: LinkedOccurrence): number {
  return (
    compareConfidence(a.finding.confidence, b.finding.confidence) ||
    vaguenessOf(a.finding.kind) - vaguenessOf(b.finding.kind) ||
    compareText(a.finding.kind, b.finding.kind) ||
    compareText(a.finding.provider, b.finding.provider) ||
    compareText(a.occurrence.id, b.occurrence.id) ||
    compareText(JSON.stringify(a), JSON.stringify(b))
  )
}

/** The id that the surest pair gives, then the one that most places give, then the first by name. */
function choosePublicId(ranked: readonly LinkedOccurrence[]): string | undefined {
  if (ranked.every(({ finding }) => finding.publicId === undefined)) return undefined
  const votes = new Map<string, { readonly confidence: Link['confidence']; readonly places: number }>()
  for (const { finding, links } of ranked) {
    if (finding.publicId === undefined) continue
    const belongings = links.filter((link) => link.relation === 'belongs-to').map((link) => link.confidence)
    const confidence = belongings.toSorted(compareConfidence).at(0) ?? finding.confidence
    const known = votes.get(finding.publicId)
    const surer = known === undefined || compareConfidence(confidence, known.confidence) < 0 ? confidence : known.confidence
    votes.set(finding.publicId, { confidence: surer, places: (known?.places ?? 0) + 1 })
  }
  const [winner] = [...votes].toSorted(
    ([id, vote], [otherId, other]) => compareConfidence(vote.confidence, other.confidence) || other.places - vote.places || compareText(id, otherId),
  )
  return winner?.[0]
}

/** What the best finding says stands; the others only add. */
function mergeAttributes(ranked: readonly LinkedOccurrence[]): Attributes {
  const merged: Record<string, string> = {}
  let count = 0
  for (const { finding } of ranked) {
    const { attributes } = finding
    const names = Object.keys(attributes)
    for (const name of names.length > 1 ? names.toSorted(compareText) : names) {
      if (count >= ATTRIBUTES_MAX) return merged
      const value = attributes[name]
      if (value === undefined || merged[name] !== undefined) continue
      merged[name] = value
      count += 1
    }
  }
  return merged
}

function collectReasons(ranked: readonly LinkedOccurrence[]): readonly string[] {
  const reasons = new Set<string>()
  for (const { finding } of ranked) for (const reason of finding.reasons) reasons.add(reason)
  return [...reasons].slice(0, REASONS_MAX)
}

/** The first, in an order, of what the places say; undefined where none says anything. */
function firstOf<Said>(
  ranked: readonly LinkedOccurrence[],
  ask: (linked: LinkedOccurrence) => Said | undefined,
  compare: (a: Said, b: Said) => number,
): Said | undefined {
  let first: Said | undefined
  for (const linked of ranked) {
    const said = ask(linked)
    if (said !== undefined && (first === undefined || compare(said, first) < 0)) first = said
  }
  return first
}

function collectExposures(ranked: readonly LinkedOccurrence[]): SecretFacts['exposures'] {
  const [only, another] = ranked
  if (only !== undefined && another === undefined) return [{ exposure: only.occurrence.exposure, evidence: describePlace(only.occurrence) }]
  const best = new Map<Exposure, Occurrence>()
  for (const { occurrence } of ranked) {
    const known = best.get(occurrence.exposure)
    if (known === undefined || comparePlaces(occurrence, known) < 0) best.set(occurrence.exposure, occurrence)
  }
  return [...best].sort(([a], [b]) => EXPOSURES.indexOf(a) - EXPOSURES.indexOf(b)).map(([exposure, place]) => ({ exposure, evidence: describePlace(place) }))
}

/** Places that hold the value now go before copies of the past. */
function comparePlaces(a: Occurrence, b: Occurrence): number {
  return Number(a.usage === 'historic') - Number(b.usage === 'historic') || compareText(a.id, b.id)
}

function describePlace({ object, namespace, path, key }: Occurrence): string {
  return `${object.kind} ${namespace}/${object.name}, ${key === '' ? path : key}`.slice(0, LIMITS.sentenceCharsMax)
}

/** Applications whose containers see the value now; a historic copy is used by nobody. */
function collectApplications(ranked: readonly LinkedOccurrence[]): string[] {
  const applications = new Set<string>()
  for (const { occurrence } of ranked) {
    if (occurrence.usage === 'historic') continue
    for (const consumer of occurrence.consumers) if (consumer.overridden === undefined) applications.add(consumer.application)
  }
  return sortedDistinct(applications)
}

/** Instants may carry fractions or not, so they are compared as times, then as texts. */
function compareInstants(a: string, b: string): number {
  return Date.parse(a) - Date.parse(b) || compareText(a, b)
}

function compareLatestFirst(a: string, b: string): number {
  return compareInstants(b, a)
}

type Sighting = NonNullable<LinkedOccurrence['existsSince']>

function compareSightings(a: Sighting, b: Sighting): number {
  return compareInstants(a.at, b.at) || compareText(a.evidence, b.evidence)
}
