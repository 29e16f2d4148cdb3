import { createHash } from 'node:crypto'
import type {
  DeploymentObservation,
  Exposure,
  Finding,
  IdentityObservation,
  LinkObservation,
  OccurrenceObservation,
  UseObservation,
  UseVia,
} from '@mintmark/contract/scan'
import { deploymentKey, occurrenceKey, type NamespaceFacts } from '@mintmark/ledger/model'

/** A cluster and a namespace in which tests set up deployments, places and edges in a few words. */
export const CLUSTER = 'cluster-1'
const NAMESPACE = 'shop'

/** Stands for the keyed fingerprint of a value; equal names are equal values. */
export function fingerprintOf(name: string): string {
  return createHash('sha256').update(name).digest('hex')
}

export function secretOf(kind: string, value: string, more: Partial<Finding> = {}): Finding {
  return {
    kind,
    role: 'secret',
    provider: 'AWS',
    confidence: 'strong',
    rule: kind,
    fingerprint: fingerprintOf(value),
    attributes: {},
    reasons: [`looks like ${kind}`],
    ...more,
  }
}

export function identifierOf(kind: string, publicId: string, more: Partial<Finding> = {}): Finding {
  return { ...secretOf(kind, publicId), role: 'identifier', publicId, ...more }
}

export function deployment(name: string, more: { kind?: string; application?: string; cluster?: string; namespace?: string } = {}): DeploymentObservation {
  const object = { kind: more.kind ?? 'Deployment', namespace: more.namespace ?? NAMESPACE, name }
  const application = more.application ?? name
  return {
    entity: 'deployment',
    key: deploymentKey(more.cluster ?? CLUSTER, object),
    object,
    application: { key: application, name: application, rule: 'name', evidence: `named ${name}` },
    serviceAccount: 'default',
    images: [`registry.example/${name}:1`],
    mint: { injection: 'not-labelled', spiffeIdPath: `/${CLUSTER}/ns/${NAMESPACE}/sa/default`, evidence: 'no label' },
  }
}

export interface Place {
  readonly entry: string
  readonly field?: string
  readonly historic?: string
  readonly container?: string
  readonly path?: string
  readonly exposure?: Exposure
  readonly namespace?: string
  readonly cluster?: string
}

/** A finding in a Secret, a ConfigMap or a workload, named `Kind/name`. */
export function occurrence(object: string, place: Place, finding: Finding): OccurrenceObservation {
  const [kind = '', name = ''] = object.split('/')
  const ref = { kind, namespace: place.namespace ?? NAMESPACE, name }
  const path = place.path ?? `data[${place.entry}]`
  const exposure = place.exposure ?? (kind === 'Secret' ? 'kubernetes-secret' : kind === 'ConfigMap' ? 'configmap' : 'workload')
  return {
    entity: 'occurrence',
    key: occurrenceKey(place.cluster ?? CLUSTER, ref, { path, field: place.field, line: 1, column: 1, rule: finding.kind }),
    object: ref,
    path,
    entry: place.entry,
    ...(place.field === undefined ? {} : { field: place.field }),
    position: { line: 1, column: 1, length: 20 },
    encoding: [],
    exposure,
    ...(place.container === undefined ? {} : { container: place.container }),
    ...(place.historic === undefined ? {} : { historic: place.historic }),
    finding,
  }
}

export interface UseOptions {
  readonly entry?: string
  readonly via?: UseVia
  readonly container?: string
  readonly variable?: string
  readonly overridden?: string
  readonly dangling?: boolean
  readonly kind?: string
}

/** An edge from a deployment to `Kind/name`. */
export function use(from: string, to: string, options: UseOptions = {}): UseObservation {
  const [kind = '', name = ''] = to.split('/')
  const { via = 'env', container = 'app', ...more } = options
  const deploymentOfUse = deploymentKey(CLUSTER, { kind: options.kind ?? 'Deployment', namespace: NAMESPACE, name: from })
  return {
    entity: 'use',
    key: JSON.stringify([deploymentOfUse, to, options]),
    deployment: deploymentOfUse,
    target: { kind, namespace: NAMESPACE, name },
    container,
    via,
    ...(more.entry === undefined ? {} : { entry: more.entry }),
    ...(more.variable === undefined ? {} : { variable: more.variable }),
    ...(more.overridden === undefined ? {} : { overridden: more.overridden }),
    ...(more.dangling === undefined ? {} : { dangling: more.dangling }),
    evidence: `container ${container} of ${from} takes ${to}`,
  }
}

/** The workload states that it federates with an identity. */
export function federated(from: string, identity: IdentityObservation): LinkObservation {
  const key = deploymentKey(CLUSTER, { kind: 'Deployment', namespace: NAMESPACE, name: from })
  return {
    entity: 'link',
    key: `${key} ${identity.key}`,
    deployment: key,
    identity: identity.key,
    relation: 'federated',
    confidence: 'exact',
    evidence: 'annotation of its service account',
  }
}

export function facts(more: Partial<NamespaceFacts>): NamespaceFacts {
  return { cluster: CLUSTER, namespace: NAMESPACE, deployments: [], uses: [], occurrences: [], identities: [], links: [], ...more }
}
