import { LIMITS, type Consumer, type DeploymentObservation, type ObjectRef, type OccurrenceObservation, type UseObservation } from '@mintmark/contract/scan'
import { deploymentKey, type NamespaceFacts } from '@mintmark/ledger/model'
import { compareText, pushTo } from './order.ts'

/** Who takes one entry of an object. */
export interface EntryConsumers {
  /** All of them, in the order of {@link orderConsumers}; never cut here. */
  readonly consumers: readonly Consumer[]
  /** Somebody takes the object, although perhaps not this entry. */
  readonly objectInUse: boolean
}

const NOBODY: EntryConsumers = { consumers: [], objectInUse: false }

/**
 * Answers who takes the value of an occurrence: the workload that spells it out itself, or those whose use edges reach its Secret or ConfigMap.
 * Edges that dangle, or that start at a deployment which was not observed, lead nowhere.
 */
export function resolveConsumers(facts: NamespaceFacts): (occurrence: OccurrenceObservation) => EntryConsumers {
  const deployments = new Map(facts.deployments.map((deployment) => [deployment.key, deployment]))
  const usesByTarget = new Map<string, UseObservation[]>()
  // Sorted, so that of two edges that say the same the same one is kept.
  for (const use of facts.uses.toSorted((a, b) => compareText(a.key, b.key))) if (use.dangling !== true) pushTo(usesByTarget, objectText(use.target), use)
  const answers = new Map<string, EntryConsumers>()

  return (occurrence) => {
    const owner = deployments.get(deploymentKey(facts.cluster, occurrence.object))
    if (owner !== undefined) return { consumers: [consumeOwnText(owner, occurrence)], objectInUse: true }
    const target = objectText(occurrence.object)
    const uses = usesByTarget.get(target)
    if (uses === undefined) return NOBODY
    const question = `${target}#${occurrence.entry}`
    const known = answers.get(question)
    if (known !== undefined) return known
    const answer = { consumers: orderConsumers(consumersOfEntry(uses, occurrence.entry, deployments)), objectInUse: true }
    answers.set(question, answer)
    return answer
  }
}

/** True when the container really sees the value. */
export function isEffective(consumer: Consumer): boolean {
  return consumer.overridden === undefined
}

/** One consumer of every application first, so that a list that is cut loses as few applications as possible; then by key. */
export function orderConsumers(consumers: readonly Consumer[]): readonly Consumer[] {
  const ordered = consumers.toSorted(
    (a, b) =>
      Number(isEffective(b)) - Number(isEffective(a)) ||
      compareText(a.application, b.application) ||
      compareText(a.deployment, b.deployment) ||
      compareText(a.container, b.container) ||
      compareText(a.via, b.via) ||
      compareText(a.variable ?? '', b.variable ?? '') ||
      compareText(a.mountPath ?? '', b.mountPath ?? '') ||
      compareText(a.evidence, b.evidence),
  )
  if (ordered.length <= LIMITS.listItemsMax) return ordered
  const seen = new Set<string>()
  const first: Consumer[] = []
  const rest: Consumer[] = []
  for (const consumer of ordered) {
    if (!isEffective(consumer) || seen.has(consumer.application)) rest.push(consumer)
    else first.push(consumer)
    seen.add(consumer.application)
  }
  return [...first, ...rest]
}

function consumersOfEntry(uses: readonly UseObservation[], entry: string, deployments: ReadonlyMap<string, DeploymentObservation>): Consumer[] {
  const distinct = new Map<string, Consumer>()
  for (const use of uses) {
    if (use.entry !== undefined && use.entry !== entry) continue
    const deployment = deployments.get(use.deployment)
    if (deployment === undefined) continue
    const consumer = consumeByUse(use, entry, deployment)
    distinct.set(JSON.stringify([consumer.deployment, consumer.container, consumer.via, consumer.variable, consumer.mountPath, consumer.overridden]), consumer)
  }
  return [...distinct.values()]
}

function consumeByUse(use: UseObservation, entry: string, deployment: DeploymentObservation): Consumer {
  const variable = variableOf(use, entry)
  return {
    deployment: deployment.key,
    application: deployment.application.key,
    container: use.container,
    via: use.via,
    ...(variable === undefined ? {} : { variable }),
    ...(use.mountPath === undefined ? {} : { mountPath: use.mountPath }),
    ...(use.overridden === undefined ? {} : { overridden: use.overridden }),
    evidence: use.evidence,
  }
}

/** An edge from envFrom to every key carries the prefix; the container sees prefix and key. */
function variableOf(use: UseObservation, entry: string): string | undefined {
  if (use.via === 'env') return use.variable
  if (use.via !== 'envFrom') return undefined
  return use.entry === undefined ? `${use.variable ?? ''}${entry}`.slice(0, 512) : (use.variable ?? entry)
}

function consumeOwnText(deployment: DeploymentObservation, occurrence: OccurrenceObservation): Consumer {
  const via = viaOfPath(occurrence.path)
  const place = `${deployment.object.kind} ${deployment.object.namespace}/${deployment.object.name}`
  return {
    deployment: deployment.key,
    application: deployment.application.key,
    container: occurrence.container ?? '',
    via,
    ...(via === 'literal' && occurrence.entry !== '' ? { variable: occurrence.entry } : {}),
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
