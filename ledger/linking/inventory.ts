import type { ClusterObservation, Identity, IdentityObservation, Level } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import type { ScanEnd, ScanEvent, ScanHeader, ScanReport, Secret } from '@mintmark/contract/scan'
import { worstLevel, type LinkedNamespace, type LinkedOccurrence, type SecretFacts } from '@mintmark/ledger/model'
import { groupApplications } from './applications.ts'
import { collectFacts, type ScanFacts } from './facts.ts'
import { mergeIdentities, linkNamespace } from './namespace.ts'
import { compareText, pushTo } from './order.ts'
import { summarizeSecret } from './summary.ts'

/** One scan and the judgements that linking does not make itself. */
export interface InventoryInput {
  readonly header: ScanHeader
  readonly events: Iterable<ScanEvent>
  /** Absent while the scan runs; then `now` is the time of the report. */
  readonly end?: ScanEnd
  /** Version of the risk policy, as it is stored with each level. */
  readonly policy: string
  readonly now: Date
  /** Level and factors of one secret, for example from `scoreSecret` of ledger/risk. */
  readonly score: (facts: SecretFacts, now: Date) => Pick<Secret, 'level' | 'factors' | 'policy'>
  /** Order of the secrets, worst first, for example `compareByRisk` of ledger/risk. */
  readonly compare: (a: Secret, b: Secret) => number
}

/**
 * Makes the inventory of one scan in memory: links, summarises, scores, counts and sorts. What a control plane keeps in its database over many scans, a laptop gets from one.
 * Every list of the report is sorted, so the same events in any order give the same report.
 */
export function buildInventory(input: InventoryInput): ScanReport {
  const { header, end, now } = input
  const facts = collectFacts(header.source.key, input.events)
  const linked = facts.namespaces.map(linkNamespace)
  const secrets = describeSecrets(linked, input)
  const levels = new Map(secrets.map((secret) => [secret.key, secret.level]))
  const levelOf = (fingerprint: string): Level => levels.get(fingerprint) ?? 'Unknown'
  const deployments = linked.flatMap((namespace) => namespace.deployments)
  return {
    version: LIMITS.documentVersion,
    scan: {
      id: header.scanId,
      startedAt: header.startedAt,
      finishedAt: end?.finishedAt ?? now.toISOString(),
      scanner: header.scanner,
      policy: input.policy,
      fingerprintKeyId: header.fingerprintKeyId,
      coverage: [...facts.coverage].sort((a, b) => compareText(a.collection, b.collection) || compareText(JSON.stringify(a.scope), JSON.stringify(b.scope))),
      problems: [...facts.problems].sort((a, b) => compareText(JSON.stringify(a), JSON.stringify(b))),
    },
    cluster: facts.cluster ?? describeUnseenCluster(header),
    applications: groupApplications(withApplications(facts, deployments), levelOf),
    deployments: deployments
      .map(({ secrets: taken, ...deployment }) => ({ ...deployment, secretsTotal: taken.length, level: worstLevel(taken.map(levelOf)) }))
      .sort((a, b) => compareText(a.key, b.key)),
    identities: describeIdentities(linked, secrets),
    secrets,
    references: [...facts.references].sort((a, b) => compareText(a.id, b.id)),
  }
}

function describeSecrets(linked: readonly LinkedNamespace[], { score, compare, now }: InventoryInput): Secret[] {
  const byFingerprint = new Map<string, LinkedOccurrence[]>()
  for (const { occurrences } of linked) for (const occurrence of occurrences) pushTo(byFingerprint, occurrence.fingerprint, occurrence)
  return [...byFingerprint.values()].map((occurrences) => describeSecret(occurrences, (facts) => score(facts, now))).sort(compare)
}

function describeSecret(linked: readonly LinkedOccurrence[], score: (facts: SecretFacts) => Pick<Secret, 'level' | 'factors' | 'policy'>): Secret {
  const facts = summarizeSecret(linked)
  const { fingerprint, kind, provider, confidence, publicId, attributes, createdAt, expiresAt, reasons, applications, links } = facts
  const occurrences = linked.map(({ occurrence }) => occurrence).toSorted((a, b) => compareText(a.id, b.id))
  return {
    key: fingerprint,
    kind,
    provider,
    confidence,
    ...(publicId === undefined ? {} : { publicId }),
    attributes,
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...score(facts),
    reasons: [...reasons],
    occurrences: occurrences.slice(0, LIMITS.listItemsMax),
    occurrencesTotal: occurrences.length,
    applications: applications.slice(0, LIMITS.listItemsMax),
    applicationsTotal: applications.length,
    links: [...links],
  }
}

function withApplications(facts: ScanFacts, deployments: LinkedNamespace['deployments']): Parameters<typeof groupApplications>[0] {
  const taken = new Map(deployments.map((deployment) => [deployment.key, deployment.secrets]))
  return facts.deployments.map(({ key, application }) => ({ key, application, secrets: taken.get(key) ?? [] }))
}

/** Counts the secrets that are known to be an identity's own; a mere candidate does not count. */
function describeIdentities(linked: readonly LinkedNamespace[], secrets: readonly Secret[]): Identity[] {
  const owned = new Map<string, number>()
  for (const { links } of secrets) {
    for (const link of links) if (link.relation === 'belongs-to' && link.confidence !== 'weak') owned.set(link.target, (owned.get(link.target) ?? 0) + 1)
  }
  return mergeIdentities(linked.flatMap((namespace) => namespace.identities)).map((identity) => describeIdentity(identity, owned.get(identity.key) ?? 0))
}

function describeIdentity({ key, kind, provider, name, attributes }: IdentityObservation, secretsTotal: number): Identity {
  return { key, kind, provider, name, attributes, secretsTotal }
}

/** Stands for a cluster of which not even the kube-system namespace could be read. */
function describeUnseenCluster({ source }: ScanHeader): ClusterObservation {
  const unseen = { state: 'unknown', evidence: 'The scan has no observation of the cluster' } as const
  return {
    entity: 'cluster',
    key: source.key,
    name: source.name,
    platform: { kind: 'unknown', evidence: ['The scan has no observation of the cluster'] },
    mint: { agent: unseen, controller: unseen, csiDriver: unseen, reflector: unseen },
  }
}
