import { type JsonObject, objectChild } from '../generator/index.ts'
import { objectHead, withManagedFields } from '../generator/objects/metadata.ts'
import { createRandom, type Random } from '../generator/random.ts'
import { serviceName, STAGES, TEAMS } from '../generator/words.ts'
import { certificates, configMapBody } from './configmaps.ts'
import type { Place } from './place.ts'
import { secretBody } from './secrets.ts'
import { WORKLOADS, workloadBody } from './workloads.ts'

/** An object with the name of the row that its bytes count for. */
export interface ClusterObject {
  readonly object: JsonObject
  /** Kind, or the type of a Secret that costs unlike the others. */
  readonly group: string
}

const KINDS = [...WORKLOADS, [26, 'ConfigMap'], [24, 'Secret'], [10, 'ServiceAccount'], [2, 'Namespace']] as const
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const API_VERSIONS: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  CronJob: 'batch/v1',
  Job: 'batch/v1',
}
/** What people apply by hand keeps a copy; what Helm and controllers write does not. */
const APPLIED_SHARE = 0.3

function withAppliedCopy(head: JsonObject, body: JsonObject): JsonObject {
  const metadata = objectChild(head, 'metadata')
  const { status: _status, ...applied } = body
  const copy = {
    apiVersion: head['apiVersion'] ?? '',
    kind: head['kind'] ?? '',
    metadata: { name: metadata['name'] ?? '', namespace: metadata['namespace'] ?? '' },
    ...applied,
  }
  return { ...head, metadata: { ...metadata, annotations: { ...objectChild(metadata, 'annotations'), [LAST_APPLIED]: `${JSON.stringify(copy)}\n` } }, ...body }
}

/**
 * Objects in the proportions of a cluster that a company runs, as an API server sends them, with managedFields, status and last-applied copies:
 *
 * - 38 % workloads of about 8 KB (24 Deployments, 5 StatefulSets, 3 DaemonSets, 3 CronJobs, 3 Jobs): probes, 4 to 11 variables of which the secret ones
 *   come from Secrets; a container in twenty-five has a password written into it. No ReplicaSets and Pods, which the scanner does not read.
 * - 26 % ConfigMaps: variables (25), the cluster's authority (22), application.yml (18), nginx (8), properties (6), scripts (6), Prometheus rules of 20 to 70 KB (5),
 *   Grafana dashboards of 20 to 170 KB (3), JSON (3), bundles of authorities (1), CoreDNS (1), in parts of 98; one in fifty holds a password.
 * - 24 % Secrets: opaque with 2 to 6 keys of which half are credentials (40), TLS (22), tokens of service accounts (18), registries (12), Helm releases of 20 to 60 KB (8).
 * - 10 % ServiceAccounts, 2 % Namespaces.
 *
 * The same seed gives the same bytes.
 */
export function* clusterObjects(seed: string, count: number): Generator<ClusterObject> {
  const root = createRandom(`${seed}/cluster`)
  const authority = certificates(root, 1)
  for (let index = 0; index < count; index++) {
    const random = root.fork(`object-${index}`)
    const team = random.pick(TEAMS)
    const place: Place = { namespace: `${team}-${random.pick(STAGES)}`, name: `${serviceName(random)}-${index}`, team }
    const kind = random.weighted(KINDS)
    const body = bodyOf(random, kind, place, authority)
    const named = objectHead(random, { apiVersion: API_VERSIONS[kind] ?? 'v1', kind, namespace: kind === 'Namespace' ? '' : place.namespace, name: place.name })
    const isApplied = kind !== 'Secret' && kind !== 'Namespace' && random.chance(APPLIED_SHARE)
    const object = withManagedFields(random, isApplied ? withAppliedCopy(named, body) : { ...named, ...body })
    yield { object, group: kind === 'Secret' && typeof body['type'] === 'string' ? `Secret ${body['type'].replace(/^.*\//, '')}` : kind }
  }
}

function bodyOf(random: Random, kind: (typeof KINDS)[number][1], place: Place, authority: string): JsonObject {
  if (kind === 'ConfigMap') return configMapBody(random, place, authority)
  if (kind === 'Secret') return { ...secretBody(random, place, authority) }
  if (kind === 'ServiceAccount') return { secrets: [{ name: `${place.name}-token` }], imagePullSecrets: [{ name: 'registry' }] }
  if (kind === 'Namespace') return { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }
  return workloadBody(random, kind, place)
}
