import { Exposure, LIMITS, type Attributes, type Finding, type Link, type Occurrence } from '@mintmark/contract/scan'
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
  const ranked = occurrences.toSorted(compareOccurrences)
  const [best] = ranked
  if (best === undefined) throw new RangeError('A secret without occurrences cannot be summarised')
  if (ranked.some((linked) => linked.fingerprint !== best.fingerprint)) throw new RangeError('Occurrences of different fingerprints are different secrets')
  const findings = ranked.map((linked) => linked.finding)
  const publicId = choosePublicId(ranked)
  const attributes = mergeAttributes(findings)
  const createdAt = earliest(findings.map((finding) => finding.createdAt))
  const expiresAt = latest(findings.map((finding) => finding.expiresAt))
  const existsSince = findExistsSince(ranked)
  const applicationsIncomplete = sortedDistinct(ranked.flatMap(({ consumersIncomplete }) => consumersIncomplete ?? [])).at(0)
  const { kind, provider, confidence } = best.finding
  const known = { kind, provider, attributes, ...(publicId === undefined ? {} : { publicId }) }
  return {
    ...known,
    fingerprint: best.fingerprint,
    confidence,
    reasons: [...new Set(findings.flatMap((finding) => finding.reasons))].slice(0, REASONS_MAX),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(existsSince === undefined ? {} : { existsSince }),
    exposures: collectExposures(ranked),
    applications: collectApplications(ranked),
    ...(applicationsIncomplete === undefined ? {} : { applicationsIncomplete }),
    usage: { state: 'unavailable', reason: explainUnknownUse(known) },
    authorization: { state: 'unavailable', reason: explainUnknownRights(known) },
    links: mergeLinks(ranked.flatMap((linked) => linked.links)),
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
function mergeAttributes(findings: readonly Finding[]): Attributes {
  const merged: Record<string, string> = {}
  for (const { attributes } of findings) {
    for (const name of Object.keys(attributes).toSorted(compareText)) {
      if (Object.keys(merged).length >= ATTRIBUTES_MAX) return merged
      const value = attributes[name]
      if (value !== undefined) merged[name] ??= value
    }
  }
  return merged
}

function findExistsSince(ranked: readonly LinkedOccurrence[]): SecretFacts['existsSince'] {
  return ranked
    .flatMap(({ existsSince }) => existsSince ?? [])
    .toSorted((a, b) => compareInstants(a.at, b.at) || compareText(a.evidence, b.evidence))
    .at(0)
}

function collectExposures(ranked: readonly LinkedOccurrence[]): SecretFacts['exposures'] {
  const best = new Map<Exposure, Occurrence>()
  for (const { occurrence } of ranked) {
    const known = best.get(occurrence.exposure)
    if (known === undefined || comparePlaces(occurrence, known) < 0) best.set(occurrence.exposure, occurrence)
  }
  return [...best]
    .toSorted(([a], [b]) => Exposure.options.indexOf(a) - Exposure.options.indexOf(b))
    .map(([exposure, place]) => ({ exposure, evidence: describePlace(place) }))
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

function earliest(instants: readonly (string | undefined)[]): string | undefined {
  return instants
    .filter((instant) => instant !== undefined)
    .toSorted(compareInstants)
    .at(0)
}

function latest(instants: readonly (string | undefined)[]): string | undefined {
  return instants
    .filter((instant) => instant !== undefined)
    .toSorted(compareInstants)
    .at(-1)
}

/** Instants may carry fractions or not, so they are compared as times, then as texts. */
function compareInstants(a: string, b: string): number {
  return Date.parse(a) - Date.parse(b) || compareText(a, b)
}
