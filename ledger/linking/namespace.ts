import type { IdentityObservation, Link } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import { placeOccurrence, type LinkedDeployment, type LinkedNamespace, type LinkedOccurrence, type NamespaceFacts } from '@mintmark/ledger/model'
import { listConsumers, resolveConsumers, type EntryConsumers } from './consumers.ts'
import { linkCredentials, type Belonging, type Credentials } from './credentials.ts'
import { identityOfPublicId } from './identities.ts'
import { mergeLinks } from './links.ts'
import { compareText, pushTo, sortedDistinct } from './order.ts'
import type { IdentityKind } from './relations.ts'
import type { Part } from './scopes.ts'
import { findShadows } from './shadows.ts'
import { gapFor, judgeUsage } from './usage.ts'

/**
 * Links one namespace: who takes each occurrence, which parts make one credential, and whose it is.
 *
 * Pure: the same facts in any order give the same answer. Secrets come back as occurrences; identifiers (access key ids, client ids, user names)
 * do not, they have become public ids, attributes, links and identities. Lists are cut at `LIMITS.listItemsMax`, with their totals kept.
 */
export function linkNamespace(facts: NamespaceFacts): LinkedNamespace {
  const consumersOf = resolveConsumers(facts)
  const observed = facts.occurrences.toSorted((a, b) => compareText(a.key, b.key))
  const parts = observed.map((occurrence): Part & EntryConsumers => {
    const { takers, effective, objectInUse } = consumersOf(occurrence)
    return { occurrence, takers, effective, objectInUse }
  })
  const credentials = linkCredentials(facts, parts)
  const shadows = findShadows(facts, parts)
  const secrets = parts.filter((part) => part.occurrence.finding.role === 'secret')
  const occurrences = secrets.map((part) =>
    linkOccurrence(facts, part, credentials.belongings.get(part.occurrence.key), shadows.ofSecrets.get(part.occurrence.finding.fingerprint) ?? []),
  )
  const held = findHeldIdentifiers(parts, credentials)
  return {
    occurrences,
    deployments: linkDeployments(facts, secrets, [shadows.ofDeployments, held.links]),
    identities: mergeIdentities([
      ...facts.identities.toSorted((a, b) => compareText(JSON.stringify(a), JSON.stringify(b))),
      ...credentials.identities,
      ...held.identities,
    ]),
  }
}

function linkOccurrence(facts: NamespaceFacts, part: Part & EntryConsumers, belonging: Belonging | undefined, shadows: readonly Link[]): LinkedOccurrence {
  const { occurrence, takers } = part
  const gap = gapFor(occurrence, facts)
  return placeOccurrence(facts.cluster, occurrence, {
    usage: judgeUsage(occurrence, part, gap),
    consumers: listConsumers(takers, occurrence.entry),
    consumersTotal: takers.length,
    links: mergeLinks([...(belonging?.links ?? []), ...shadows]),
    publicId: belonging?.publicId,
    attributes: belonging?.attributes,
    consumersIncomplete: gap,
  })
}

function linkDeployments(facts: NamespaceFacts, secrets: readonly Part[], more: readonly ReadonlyMap<string, readonly Link[]>[]): LinkedDeployment[] {
  const taken = new Map<string, Set<string>>()
  for (const { occurrence, effective } of secrets) {
    if (occurrence.historic !== undefined) continue
    for (const taker of effective) {
      taken.set(taker.deployment, (taken.get(taker.deployment) ?? new Set()).add(occurrence.finding.fingerprint))
    }
  }
  const stated = new Map<string, Link[]>()
  for (const { deployment, identity, relation, confidence, evidence } of facts.links) {
    pushTo(stated, deployment, { relation, target: identity, confidence, evidence: [evidence] })
  }
  return facts.deployments
    .map(({ key, object, application, serviceAccount, images, mint }) => ({
      key,
      cluster: facts.cluster,
      application: application.key,
      namespace: object.namespace,
      kind: object.kind,
      name: object.name,
      serviceAccount,
      images,
      mint,
      links: [...mergeLinks([stated, ...more].flatMap((links) => links.get(key) ?? []))],
      secrets: sortedDistinct(taken.get(key) ?? []),
    }))
    .toSorted((a, b) => compareText(a.key, b.key))
}

/** Identifiers that name an identity by themselves, also without their secret. */
const SPEAKING_IDENTIFIERS: ReadonlyMap<string, IdentityKind> = new Map([
  ['aws-access-key-id', 'aws-access-key-owner'],
  ['entra-client-id', 'entra-application'],
])

/** Deployments that hold the public id of a credential whose secret was not found: they still act as its identity. */
function findHeldIdentifiers(parts: readonly Part[], credentials: Credentials): { links: Map<string, Link[]>; identities: IdentityObservation[] } {
  const links = new Map<string, Link[]>()
  const identities: IdentityObservation[] = []
  for (const { occurrence, effective } of parts) {
    const { finding } = occurrence
    const kind = SPEAKING_IDENTIFIERS.get(finding.kind)
    if (kind === undefined || finding.role !== 'identifier' || credentials.pairedIdentifiers.has(finding.fingerprint)) continue
    const identity = identityOfPublicId(kind, finding, finding.attributes)
    if (identity === undefined) continue
    identities.push(identity)
    if (occurrence.historic !== undefined) continue
    for (const taker of effective) {
      const evidence = `${taker.evidence}: the public id ${finding.publicId ?? ''} is there, its secret half was not found`.slice(0, LIMITS.sentenceCharsMax)
      pushTo(links, taker.deployment, { relation: 'runs-as', target: identity.key, confidence: 'medium', evidence: [evidence] })
    }
  }
  return { links, identities }
}

/** One identity per key; what a later mention adds is kept, what an earlier one says stands. */
export function mergeIdentities(identities: readonly IdentityObservation[]): IdentityObservation[] {
  const merged = new Map<string, IdentityObservation>()
  for (const identity of identities) {
    const known = merged.get(identity.key)
    merged.set(identity.key, known === undefined ? identity : { ...known, attributes: { ...identity.attributes, ...known.attributes } })
  }
  return [...merged.values()].toSorted((a, b) => compareText(a.key, b.key))
}
