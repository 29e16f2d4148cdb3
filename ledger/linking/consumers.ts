import type { Consumer, DeploymentObservation, ObjectRef, OccurrenceObservation, UseObservation } from '@mintmark/contract/scan'
import { LIMITS } from '@mintmark/contract/scan/plain'
import { deploymentKey, type NamespaceFacts } from '@mintmark/ledger/model'
import { compareText, pushTo } from './order.ts'

/** A container that takes an object, or one key of it; made once per edge and shared by every value of the object. */
export interface Taker {
  readonly deployment: string
  readonly application: string
  readonly container: string
  readonly via: Consumer['via']
  /** Variable of an edge to one key; prefix of an edge to every key. */
  readonly variable: string | undefined
  /** Absent: every key. */
  readonly entry: string | undefined
  readonly mountPath: string | undefined
  readonly overridden: string | undefined
  readonly evidence: string
}

/** Who takes one entry of an object. */
export interface EntryConsumers {
  /** All who take it, overridden ones last; never cut. */
  readonly takers: readonly Taker[]
  /** Those who really see the value. */
  readonly effective: readonly Taker[]
  /** Somebody takes the object, although perhaps not this entry. */
  readonly objectInUse: boolean
}

const NOBODY: EntryConsumers = { takers: [], effective: [], objectInUse: false }

/**
 * Answers who takes the value of an occurrence: the workload that spells it out itself, or those whose use edges reach its Secret or ConfigMap.
 * Edges that dangle, or that start at a deployment which was not observed, lead nowhere.
 */
export function resolveConsumers(facts: NamespaceFacts): (occurrence: OccurrenceObservation) => EntryConsumers {
  const deployments = new Map(facts.deployments.map((deployment) => [deployment.key, deployment]))
  const takersByTarget = groupTakers(facts.uses, deployments)
  const answers = new Map<string, EntryConsumers>()

  return (occurrence) => {
    const owner = deployments.get(deploymentKey(facts.cluster, occurrence.object))
    if (owner !== undefined) {
      const takers = [takeOwnText(owner, occurrence)]
      return { takers, effective: takers, objectInUse: true }
    }
    const target = objectText(occurrence.object)
    const all = takersByTarget.get(target)
    if (all === undefined) return NOBODY
    // Entries that no edge names apart are taken by the same containers, so they share one answer.
    const question = all.namedEntries.has(occurrence.entry) ? `${target}#${occurrence.entry}` : target
    const known = answers.get(question)
    if (known !== undefined) return known
    const takers = all.takers.filter((taker) => taker.entry === undefined || taker.entry === occurrence.entry)
    const answer = { takers, effective: takers.filter((taker) => taker.overridden === undefined), objectInUse: true }
    answers.set(question, answer)
    return answer
  }
}

/** Consumers as the report lists them: at most `LIMITS.listItemsMax`, and no application is lost while another has two places. */
export function listConsumers(takers: readonly Taker[], entry: string): Consumer[] {
  if (takers.length <= LIMITS.listItemsMax) return takers.map((taker) => describeTaker(taker, entry))
  const seen = new Set<string>()
  const first: Taker[] = []
  const rest: Taker[] = []
  for (const taker of takers) {
    if (taker.overridden !== undefined || seen.has(taker.application)) rest.push(taker)
    else first.push(taker)
    seen.add(taker.application)
  }
  return [...first, ...rest].slice(0, LIMITS.listItemsMax).map((taker) => describeTaker(taker, entry))
}

/** The variable under which the container sees the entry: an edge to every key carries a prefix. */
export function variableOf({ via, variable, entry: named }: Taker, entry: string): string | undefined {
  if (via === 'envFrom') return named === undefined ? `${variable ?? ''}${entry}`.slice(0, VARIABLE_CHARS_MAX) : (variable ?? entry)
  return via === 'env' || via === 'literal' ? variable : undefined
}

/** Characters of a variable's name in the contract. */
const VARIABLE_CHARS_MAX = 512

/** Everybody who takes one object. */
interface ObjectTakers {
  readonly takers: readonly Taker[]
  /** Entries that some edge names. */
  readonly namedEntries: ReadonlySet<string | undefined>
}

function groupTakers(uses: readonly UseObservation[], deployments: ReadonlyMap<string, DeploymentObservation>): Map<string, ObjectTakers> {
  const lists = new Map<string, Taker[]>()
  for (const use of uses) {
    const deployment = deployments.get(use.deployment)
    if (use.dangling !== true && deployment !== undefined) pushTo(lists, objectText(use.target), takeByUse(use, deployment))
  }
  return new Map(
    [...lists].map(([target, list]) => {
      const takers = dropRepeated(list.toSorted(compareTakers))
      return [target, { takers, namedEntries: new Set(takers.map((taker) => taker.entry)) }]
    }),
  )
}

function takeByUse(use: UseObservation, deployment: DeploymentObservation): Taker {
  return {
    deployment: deployment.key,
    application: deployment.application.key,
    container: use.container,
    via: use.via,
    variable: use.variable,
    entry: use.entry,
    mountPath: use.mountPath,
    overridden: use.overridden,
    evidence: use.evidence,
  }
}

function compareTakers(a: Taker, b: Taker): number {
  return comparePlaces(a, b) || compareText(a.overridden ?? '', b.overridden ?? '') || compareText(a.evidence, b.evidence)
}

function comparePlaces(a: Taker, b: Taker): number {
  return (
    Number(a.overridden !== undefined) - Number(b.overridden !== undefined) ||
    compareText(a.application, b.application) ||
    compareText(a.deployment, b.deployment) ||
    compareText(a.container, b.container) ||
    compareText(a.via, b.via) ||
    compareText(a.entry ?? '', b.entry ?? '') ||
    compareText(a.variable ?? '', b.variable ?? '') ||
    compareText(a.mountPath ?? '', b.mountPath ?? '')
  )
}

/** Two edges of one place are one consumer, such as a volume that is mounted by two entries of a list. */
function dropRepeated(sorted: readonly Taker[]): Taker[] {
  return sorted.filter((taker, index) => {
    const previous = sorted[index - 1]
    return previous === undefined || comparePlaces(previous, taker) !== 0
  })
}

function describeTaker(taker: Taker, entry: string): Consumer {
  const { deployment, application, container, via, mountPath, overridden, evidence } = taker
  const variable = variableOf(taker, entry)
  return {
    deployment,
    application,
    container,
    via,
    ...(variable === undefined ? {} : { variable }),
    ...(mountPath === undefined ? {} : { mountPath }),
    ...(overridden === undefined ? {} : { overridden }),
    evidence,
  }
}

function takeOwnText(deployment: DeploymentObservation, occurrence: OccurrenceObservation): Taker {
  const via = viaOfPath(occurrence.path)
  const place = `${deployment.object.kind} ${deployment.object.namespace}/${deployment.object.name}`
  return {
    deployment: deployment.key,
    application: deployment.application.key,
    container: occurrence.container ?? '',
    via,
    variable: via === 'literal' && occurrence.entry !== '' ? occurrence.entry : undefined,
    entry: occurrence.entry,
    mountPath: undefined,
    overridden: undefined,
    evidence: `${place} spells the value out itself at ${occurrence.path}`.slice(0, LIMITS.sentenceCharsMax),
  }
}

function viaOfPath(path: string): 'literal' | 'argument' | 'probe' | 'annotation' {
  if (/\.(?:livenessProbe|readinessProbe|startupProbe|lifecycle)\b/.test(path)) return 'probe'
  if (/\.(?:args|command)\b/.test(path)) return 'argument'
  if (/(?:^|\.)annotations\b/.test(path)) return 'annotation'
  return 'literal'
}

function objectText(object: ObjectRef): string {
  return `${object.kind}/${object.namespace}/${object.name}`
}
