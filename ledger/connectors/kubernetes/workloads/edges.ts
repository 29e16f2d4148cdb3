import type { ObjectRef } from '@mintmark/contract/scan'
import type { VariableSource } from './environment.ts'
import type { Use } from './uses.ts'

/** A workload as its consumers' index needs it. */
export interface ConsumingWorkload {
  readonly collection: string
  readonly ref: ObjectRef
  readonly images: readonly string[]
  /** Name of its ServiceAccount. */
  readonly account: string
}

/** A workload's edges, which may be none. */
export interface WorkloadEdges {
  readonly workload: ConsumingWorkload
  readonly edges: readonly Edge[]
}

/** How a container takes something, without saying what: workloads are written alike, so most edges have their way in common with hundreds of others. */
export type Way = Readonly<Record<'key' | 'variable' | 'mountPath' | 'fileName' | 'overridden', string | undefined>> &
  Pick<Use, 'kind' | 'via' | 'optional' | 'evidence'>

/**
 * A use as it is kept for the whole scan, of which a cluster has hundreds of thousands. All have the same fields in the same order,
 * absent ones included, because the engine lays such objects out without a table of their own.
 */
export interface Edge {
  readonly workload: ConsumingWorkload
  readonly container: string
  readonly name: string
  readonly way: Way
  readonly order: Use['order']
}

/** Texts that are kept once: containers and variables have the same names in many workloads. */
const SHARED_TEXTS_MAX = 10_000
/** Ways that are kept once. */
const SHARED_WAYS_MAX = 5_000
const NO_SOURCES: readonly VariableSource[] = []

/** Makes edges whose equal texts and ways are one in memory. */
export function createEdgeMaker(): (workload: ConsumingWorkload, uses: readonly Use[]) => WorkloadEdges {
  let texts = new Map<string, string>()
  let ways = new Map<string, Way>()

  const share = (text: string): string => {
    const known = texts.get(text)
    if (known !== undefined) return known
    // Those that are kept stay shared; only later ones begin anew.
    if (texts.size >= SHARED_TEXTS_MAX) texts = new Map()
    texts.set(text, text)
    return text
  }
  const shareWay = ({ kind, key, via, variable, mountPath, fileName, overridden, optional, evidence }: Use): Way => {
    // Texts of manifests may hold any character, so no separator would do.
    const id = JSON.stringify([kind, key, via, variable, mountPath, fileName, overridden, optional, evidence])
    const known = ways.get(id)
    if (known !== undefined) return known
    if (ways.size >= SHARED_WAYS_MAX) ways = new Map()
    const way = { kind, key, via, variable, mountPath, fileName, overridden, optional, evidence }
    ways.set(id, way)
    return way
  }
  const shareSource = (source: VariableSource): VariableSource => ({ ...source, name: share(source.name), prefix: share(source.prefix) })

  return (workload, uses) => {
    const { kind, namespace, name } = workload.ref
    const kept = {
      collection: workload.collection,
      ref: { kind, namespace: share(namespace), name },
      images: workload.images.map((image) => share(image)),
      account: share(workload.account),
    }
    let named: { readonly from: readonly string[]; readonly to: readonly string[] } | undefined
    const shareOrder = ({ later, variables }: NonNullable<Use['order']>): NonNullable<Use['order']> => {
      // All sources of a container have one list of names.
      if (named?.from !== variables) named = { from: variables, to: variables.map((name) => share(name)) }
      return { later: later.length === 0 ? NO_SOURCES : later.map(shareSource), variables: named.to }
    }
    const edges = uses.map((use) => ({
      workload: kept,
      container: share(use.container),
      name: share(use.name),
      way: shareWay(use),
      order: use.order === undefined ? undefined : shareOrder(use.order),
    }))
    return { workload: kept, edges }
  }
}
