import { LIMITS } from '@mintmark/contract/scan/plain'
import type { ObjectRef, ObservationLine, UseObservation } from '@mintmark/contract/scan'
import { deploymentKey } from '@mintmark/ledger/model'
import { boundText } from '../objects/fields.ts'
import { RefMap } from '../objects/ref-map.ts'
import { ALIASES_MAX, IMAGES_MAX } from '../places/group.ts'
import { NOT_CONSUMED } from '../places/data-groups.ts'
import type { KnownAs } from '../places/data-groups.ts'
import { createEdgeMaker } from './edges.ts'
import type { ConsumingWorkload, Edge, WorkloadEdges } from './edges.ts'
import type { Use } from './uses.ts'

interface Target {
  /** A list and no set: most objects have few consumers, and there are many objects. */
  edges: Edge[]
  /** Names of its keys once the object was read; absent when it was not (yet) seen. */
  keys: readonly string[] | undefined
}

/** What must be known before an edge may be called dangling, and which variable names the kubelet takes. */
export interface SettleFacts {
  /** True when every object of that kind in the namespace was read (law 2). */
  readonly isComplete: (kind: 'Secret' | 'ConfigMap', namespace: string) => boolean
  readonly isVariableName: (name: string) => boolean
}

/**
 * Who takes which Secret and ConfigMap: the only thing a scan keeps of workloads. It holds names, never values.
 * Before the values are read it says by which names they are known; afterwards it settles the edges.
 */
export interface Consumers {
  addWorkload(workload: ConsumingWorkload, uses: readonly Use[]): void
  removeWorkload(ref: ObjectRef): void
  /** Remembers that an object exists and which keys it has. */
  addObject(ref: ObjectRef, keys: readonly string[]): void
  removeObject(ref: ObjectRef): void
  /** Keys of an object that was read. */
  keysOf(ref: ObjectRef): readonly string[] | undefined
  /** Workloads that take an object. */
  workloadsOf(ref: ObjectRef): readonly ConsumingWorkload[]
  /** Workloads that run as a ServiceAccount. */
  workloadsAs(namespace: string, account: string): readonly ConsumingWorkload[]
  knownAs(ref: ObjectRef): KnownAs
  /** Use observations of one workload, or of all. */
  settle(facts: SettleFacts, workload?: ObjectRef): Generator<ObservationLine>
}

/** Replaced by the first edge, never added to. */
const NO_EDGES: Edge[] = []
/** Up to here lists are made anew: one that grew by `push` has room for sixteen more, most objects have one consumer, and there are many objects. */
const SMALL_LIST = 8

/** @param keepsAll remembers objects that nobody takes, too: somebody may come while the cluster is watched */
export function createConsumers(cluster: string, keepsAll: boolean): Consumers {
  const workloads = new RefMap<WorkloadEdges>()
  const targets: Targets = new RefMap()
  const toEdges = createEdgeMaker()

  const targetOf = (ref: ObjectRef): Target => {
    const known = targets.get(ref)
    if (known !== undefined) return known
    const target = { edges: NO_EDGES, keys: undefined }
    targets.set(ref, target)
    return target
  }
  const removeWorkload = (ref: ObjectRef): void => {
    const known = workloads.get(ref)
    if (known === undefined) return
    for (const target of new Set(known.edges.map((edge) => targets.get(targetRef(edge))))) {
      if (target !== undefined) target.edges = target.edges.filter((other) => other.workload !== known.workload)
    }
    workloads.delete(ref)
  }
  return {
    addWorkload(workload, uses) {
      removeWorkload(workload.ref)
      const made = toEdges(workload, uses)
      workloads.set(made.workload.ref, made)
      for (const edge of made.edges) {
        const target = targetOf(targetRef(edge))
        if (target.edges.length < SMALL_LIST) target.edges = target.edges.concat(edge)
        else target.edges.push(edge)
      }
    },
    removeWorkload,
    addObject(ref, keys) {
      if (keepsAll) targetOf(ref).keys = keys
      else {
        const target = targets.get(ref)
        if (target !== undefined) target.keys = keys
      }
    },
    removeObject(ref) {
      const target = targets.get(ref)
      if (target !== undefined) target.keys = undefined
    },
    keysOf: (ref) => targets.get(ref)?.keys,
    workloadsOf: (ref) => [...new Set(targets.get(ref)?.edges.map((edge) => edge.workload))],
    workloadsAs: (namespace, account) =>
      [...workloads.values()].flatMap(({ workload }) => (workload.account === account && workload.ref.namespace === namespace ? [workload] : [])),
    knownAs(ref) {
      const target = targets.get(ref)
      return target === undefined || target.edges.length === 0 ? NOT_CONSUMED : toKnownAs(target.edges)
    },
    *settle(facts, only) {
      if (only === undefined)
        for (const { workload, edges } of workloads.values()) yield* settleWorkload(deploymentKey(cluster, workload.ref), edges, targets, facts)
      else yield* settleWorkload(deploymentKey(cluster, only), workloads.get(only)?.edges ?? [], targets, facts)
    },
  }
}

type Targets = RefMap<Target>

function targetRef({ workload, name, way: { kind } }: Edge): ObjectRef {
  return { kind, namespace: workload.ref.namespace, name }
}

function toKnownAs(edges: readonly Edge[]): KnownAs {
  const images = new Set<string>()
  const prefixes = new Set<string>()
  const byKey = new Map<string, Set<string>>()
  for (const { workload, way } of edges) {
    for (const image of workload.images) if (images.size < IMAGES_MAX) images.add(image)
    if (way.via === 'envFrom' && way.variable !== undefined && prefixes.size < ALIASES_MAX) prefixes.add(way.variable)
    const alias = way.via === 'env' ? way.variable : way.fileName
    if (way.key === undefined || alias === undefined || alias === way.key) continue
    const known = byKey.get(way.key) ?? new Set()
    if (known.size < ALIASES_MAX) byKey.set(way.key, known.add(alias))
  }
  return {
    images: [...images],
    aliases: (key) => [...(byKey.get(key) ?? []), ...[...prefixes].map((prefix) => prefix + key)].slice(0, ALIASES_MAX),
  }
}

function settleWorkload(key: string, edges: readonly Edge[], targets: Targets, facts: SettleFacts): Iterable<ObservationLine> {
  const lines = new Map<string, ObservationLine>()
  for (const edge of edges) {
    for (const observation of settleEdge(key, edge, targets, facts)) {
      const { collection, ref } = edge.workload
      lines.set(observation.key, { type: 'observation', collection, namespace: ref.namespace, object: ref.name, observation })
    }
  }
  return lines.values()
}

function settleEdge(key: string, edge: Edge, targets: Targets, facts: SettleFacts): UseObservation[] {
  const { workload, way, name } = edge
  const target = targets.get(targetRef(edge))
  const keys = target?.keys
  if (keys === undefined) {
    const missing = facts.isComplete(way.kind, workload.ref.namespace)
    return [toObservation(key, edge, missing ? { dangling: `${way.kind} ${name} does not exist` } : {})]
  }
  if (way.key !== undefined) {
    const missing = !keys.includes(way.key)
    return [toObservation(key, edge, missing ? { dangling: `${way.kind} ${name} has no key ${way.key}` } : {})]
  }
  if (way.via !== 'envFrom' || edge.order === undefined) return [toObservation(key, edge, {})]
  const reasons = new Map<string, string>()
  const variables = new Set(edge.order.variables)
  for (const entry of keys) {
    const reason = whyUnseen(edge, variables, entry, targets, facts)
    if (reason !== undefined) reasons.set(entry, reason)
  }
  if (reasons.size === 0) return [toObservation(key, edge, {})]
  // As soon as one key is hidden the edge is told key by key, so that nobody counts the hidden one.
  return keys.slice(0, LIMITS.listItemsMax).map((entry) => {
    const overridden = reasons.get(entry)
    const variable = `${way.variable ?? ''}${entry}`
    return toObservation(key, edge, { entry, variable, ...(overridden === undefined ? {} : { overridden }) })
  })
}

/** Why a container does not see a key of an envFrom source: a later source or an env entry has the same name, or the name is not one. */
function whyUnseen(edge: Edge, variables: ReadonlySet<string>, entry: string, targets: Targets, facts: SettleFacts): string | undefined {
  const variable = `${edge.way.variable ?? ''}${entry}`
  if (!facts.isVariableName(variable)) return `${variable} is not a name that this Kubernetes version takes for a variable, so the kubelet skips it`
  if (variables.has(variable)) return `An env entry of the container sets ${variable}, and env goes before envFrom`
  for (const { kind, name, prefix, index } of edge.order?.later ?? []) {
    const others = targets.get({ kind, namespace: edge.workload.ref.namespace, name })?.keys
    if (variable.startsWith(prefix) && others?.includes(variable.slice(prefix.length)) === true) {
      return `envFrom[${index}] (${kind} ${name}) sets ${variable} again, and the last source counts`
    }
  }
  return undefined
}

interface Settled {
  readonly entry?: string
  readonly variable?: string
  readonly overridden?: string
  readonly dangling?: string
}

function toObservation(deployment: string, { workload, container, name, way: use }: Edge, settled: Settled): UseObservation {
  const entry = settled.entry ?? use.key
  const variable = settled.variable ?? use.variable
  const overridden = settled.overridden ?? use.overridden
  const kept = use.optional ? ' (optional)' : ''
  const evidence = settled.dangling === undefined ? use.evidence : `${use.evidence}: ${settled.dangling}${kept}`
  const target = `${use.kind}/${name}`
  const observation: UseObservation = {
    entity: 'use',
    key: boundText(`${deployment}#${container}#${use.via}#${target}#${entry ?? ''}#${variable ?? use.mountPath ?? ''}`, LIMITS.pathCharsMax),
    deployment: boundText(deployment, LIMITS.pathCharsMax),
    target: { kind: use.kind, namespace: workload.ref.namespace, name: boundText(name, LIMITS.nameCharsMax) },
    container,
    via: use.via,
    evidence: boundText(evidence, LIMITS.sentenceCharsMax),
  }
  // Written one by one: there are a dozen edges for each workload, and parts that are spread are objects of their own.
  if (entry !== undefined) observation.entry = boundText(entry, LIMITS.nameCharsMax)
  if (variable !== undefined) observation.variable = boundText(variable, 512)
  if (use.mountPath !== undefined) observation.mountPath = use.mountPath
  if (overridden !== undefined) observation.overridden = boundText(overridden, LIMITS.sentenceCharsMax)
  if (settled.dangling !== undefined) observation.dangling = true
  return observation
}

const STRICT_VARIABLE = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/
const RELAXED_VARIABLE = /^[ -<>-~]+$/
const RELAXED_SINCE_MINOR = 32

/**
 * Which names the kubelet takes from envFrom: since Kubernetes 1.32 any printable ASCII but `=`; before that no leading digit and few signs.
 * An unknown version counts as a recent one.
 *
 * @see https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.33/ (EnvFromSource)
 */
export function variableNameRule(version: string | undefined): (name: string) => boolean {
  const minor = /^v?1\.(\d+)/.exec(version ?? '')?.[1]
  const pattern = minor !== undefined && Number(minor) < RELAXED_SINCE_MINOR ? STRICT_VARIABLE : RELAXED_VARIABLE
  return (name) => pattern.test(name)
}
