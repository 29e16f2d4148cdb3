import { createHash, randomUUID } from 'node:crypto'
import type { Coverage, DeploymentObservation, OccurrenceObservation, ScanEvent, ScanHeader, UseObservation } from '@mintmark/contract/scan'
import { levelRank, type LinkedNamespace, type LinkedOccurrence, type NamespaceFacts, type SecretFacts } from '@mintmark/ledger/model'
import type { Derivation, ScanRow, Store } from '../store.ts'

/** The clock of all example scans. */
export const EXAMPLE_NOW = new Date('2026-06-01T00:00:00Z')
const DAY_MS = 86_400_000
const CLUSTER = 'cluster-1'
const WORKLOADS = ['deployments', 'statefulsets', 'daemonsets', 'cronjobs', 'jobs', 'serviceaccounts']

/** A fingerprint for the n-th example secret. */
export function exampleFingerprint(name: string): string {
  return createHash('sha256').update(name).digest('hex')
}

/** A secret in one key of a ConfigMap. */
export function occurrenceLine(namespace: string, object: string, secret: string, createdAt?: string): ScanEvent & { type: 'observation' } {
  const observation: OccurrenceObservation = {
    entity: 'occurrence',
    key: `${CLUSTER}/${namespace}/ConfigMap/${object}#data[password]##1:1#example`,
    object: { kind: 'ConfigMap', namespace, name: object },
    path: 'data[password]',
    entry: 'password',
    position: { line: 1, column: 1, length: 12 },
    encoding: [],
    exposure: 'configmap',
    finding: {
      kind: 'password',
      role: 'secret',
      provider: 'Example',
      confidence: 'strong',
      rule: 'example',
      fingerprint: exampleFingerprint(secret),
      attributes: {},
      reasons: ['an example'],
      ...(createdAt === undefined ? {} : { createdAt }),
    },
  }
  return { type: 'observation', collection: 'configmaps', namespace, object, observation }
}

/** A deployment that takes a ConfigMap. */
export function deploymentLines(namespace: string, name: string, takes: string): ScanEvent[] {
  const key = `${CLUSTER}/${namespace}/Deployment/${name}`
  const deployment: DeploymentObservation = {
    entity: 'deployment',
    key,
    object: { kind: 'Deployment', namespace, name },
    application: { key: `application:${name}`, name, rule: 'name', evidence: `named ${name}` },
    serviceAccount: 'default',
    images: ['registry.example/image:1'],
    mint: { injection: 'not-labelled', spiffeIdPath: '/example', evidence: 'no label' },
  }
  const use: UseObservation = {
    entity: 'use',
    key: `${key}#${takes}`,
    deployment: key,
    target: { kind: 'ConfigMap', namespace, name: takes },
    container: 'main',
    via: 'envFrom',
    evidence: 'envFrom',
  }
  return [deployment, use].map((observation) => ({ type: 'observation', collection: 'deployments', namespace, object: name, observation }))
}

/** Closes one collection, by default completely and for the whole cluster. */
export function coverageLine(collection: string, state: Coverage['state'] = 'complete', scope: { namespace?: string; object?: string } = {}): ScanEvent {
  const coverage: Coverage =
    state === 'complete' ? { state } : state === 'denied' ? { state, permission: `list ${collection}` } : { state, reason: 'an example' }
  return { type: 'coverage', collection, scope, coverage, objects: 1 }
}

/** Complete coverage of everything. */
export function completeCoverage(): ScanEvent[] {
  return [...WORKLOADS, 'configmaps'].map((collection) => coverageLine(collection))
}

/** First line of an example scan. */
export function exampleHeader(mode: ScanHeader['mode'] = 'full', scanId: string = randomUUID()): ScanHeader {
  return {
    type: 'scan',
    version: 1,
    scanId,
    connector: 'kubernetes',
    source: { key: CLUSTER, name: 'example' },
    mode,
    startedAt: EXAMPLE_NOW.toISOString(),
    scanner: { version: '0', rules: '0' },
    fingerprintKeyId: 'example',
  }
}

/** Sends a whole scan: one chunk for every `chunkLines` lines. */
export async function sendScan(
  store: Store,
  integration: string,
  lines: readonly ScanEvent[],
  options: { mode?: ScanHeader['mode'] | undefined; at?: Date | undefined; chunkLines?: number | undefined } = {},
): Promise<ScanRow> {
  const header = exampleHeader(options.mode)
  await store.scans.begin(integration, header, EXAMPLE_NOW)
  const size = options.chunkLines ?? 1_000
  for (let sequence = 0; sequence * size < lines.length; sequence += 1) {
    await store.scans.append(header.scanId, { sequence, sha256: `digest ${sequence}`, lines: lines.slice(sequence * size, (sequence + 1) * size) })
  }
  const at = options.at ?? EXAMPLE_NOW
  return store.scans.publish(header.scanId, { type: 'end', finishedAt: at.toISOString(), lines: lines.length }, exampleDerivation, at)
}

/** A small derivation of our own: consumers by name of the ConfigMap, level by number of applications and by age. */
export const exampleDerivation: Derivation = { linkNamespace, summarizeSecret, scoreSecret }

function linkNamespace(facts: NamespaceFacts): LinkedNamespace {
  const users = (name: string): DeploymentObservation[] => {
    const keys = new Set(facts.uses.filter((use) => use.target.name === name).map((use) => use.deployment))
    return facts.deployments.filter((deployment) => keys.has(deployment.key))
  }
  const occurrences = facts.occurrences.map(({ key, object, path, entry, position, encoding, exposure, finding }): LinkedOccurrence => {
    const consumers = users(object.name).map((deployment) => ({
      deployment: deployment.key,
      application: deployment.application.key,
      container: 'main',
      via: 'envFrom' as const,
      evidence: 'envFrom',
    }))
    const place = {
      id: key,
      cluster: facts.cluster,
      namespace: object.namespace,
      object: { kind: object.kind, name: object.name },
      path,
      key: entry,
      position,
      encoding,
      exposure,
    }
    return {
      fingerprint: finding.fingerprint,
      finding,
      occurrence: { ...place, usage: consumers.length > 0 ? 'used' : 'no-static-consumer', consumers, consumersTotal: consumers.length },
      links: [{ relation: 'belongs-to', target: `owner of ${finding.fingerprint}`, confidence: 'exact', evidence: ['an example'] }],
      ...(facts.consumersIncomplete === undefined ? {} : { consumersIncomplete: facts.consumersIncomplete }),
    }
  })
  const taken = (deployment: string): string[] => [
    ...new Set(
      occurrences.filter((linked) => linked.occurrence.consumers.some((consumer) => consumer.deployment === deployment)).map((linked) => linked.fingerprint),
    ),
  ]
  return {
    occurrences,
    deployments: facts.deployments.map(({ key, object, application, serviceAccount, images, mint }) => ({
      key,
      cluster: facts.cluster,
      application: application.key,
      namespace: object.namespace,
      kind: object.kind,
      name: object.name,
      serviceAccount,
      images,
      mint,
      links: [],
      secrets: taken(key),
    })),
    identities: occurrences.map(({ fingerprint }) => ({
      entity: 'identity',
      key: `owner of ${fingerprint}`,
      kind: 'database-user',
      provider: 'Example',
      name: `owner ${fingerprint.slice(0, 8)}`,
      attributes: {},
    })),
  }
}

function summarizeSecret(occurrences: readonly LinkedOccurrence[]): SecretFacts {
  const [first] = occurrences.toSorted((a, b) => (a.occurrence.id < b.occurrence.id ? -1 : 1))
  if (first === undefined) throw new RangeError('no occurrences')
  const { kind, provider, confidence, attributes, createdAt } = first.finding
  const gap = occurrences.find((linked) => linked.consumersIncomplete !== undefined)?.consumersIncomplete
  return {
    fingerprint: first.fingerprint,
    kind,
    provider,
    confidence,
    attributes,
    reasons: [],
    ...(createdAt === undefined ? {} : { createdAt }),
    exposures: [],
    applications: [...new Set(occurrences.flatMap((linked) => linked.occurrence.consumers.map((consumer) => consumer.application)))].sort(),
    ...(gap === undefined ? {} : { applicationsIncomplete: gap }),
    usage: { state: 'unavailable', reason: 'an example' },
    authorization: { state: 'unavailable', reason: 'an example' },
    links: first.links,
  }
}

function scoreSecret(facts: SecretFacts, now: Date): ReturnType<Derivation['scoreSecret']> {
  const days = facts.createdAt === undefined ? 0 : (now.getTime() - Date.parse(facts.createdAt)) / DAY_MS
  const age = days > 180 ? 'High' : 'Low'
  const reuse = facts.applications.length > 1 ? 'Medium' : 'Low'
  return {
    level: levelRank(age) > levelRank(reuse) ? age : reuse,
    factors: [
      { name: 'age', known: true, level: age, reason: `${Math.floor(days)} days old` },
      { name: 'reuse', known: true, level: reuse, reason: `used by ${facts.applications.length}` },
    ],
    policy: 'example',
  }
}
