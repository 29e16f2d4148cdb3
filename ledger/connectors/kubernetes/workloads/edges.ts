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

/**
 * A use as it is kept for the whole scan, of which a cluster has hundreds of thousands. All have the same fields in the same order,
 * absent ones included, because the engine lays such objects out without a table of their own.
 */
export interface Edge {
  readonly workload: ConsumingWorkload
  readonly container: string
  readonly kind: Use['kind']
  readonly name: string
  readonly key: string | undefined
  readonly via: Use['via']
  readonly variable: string | undefined
  readonly mountPath: string | undefined
  readonly fileName: string | undefined
  readonly overridden: string | undefined
  readonly optional: boolean
  readonly evidence: string
  readonly order: Use['order']
}

/** Texts that are kept once: paths, containers and variables have the same names in most workloads. */
const SHARED_TEXTS_MAX = 10_000
const NO_SOURCES: readonly VariableSource[] = []

/** Makes edges whose equal texts are one text in memory. */
export function createEdgeMaker(): (workload: ConsumingWorkload, uses: readonly Use[]) => WorkloadEdges {
  let texts = new Map<string, string>()

  function share(text: string): string
  function share(text: string | undefined): string | undefined
  function share(text: string | undefined): string | undefined {
    if (text === undefined) return undefined
    const known = texts.get(text)
    if (known !== undefined) return known
    // Those that are kept stay shared; only later ones begin anew.
    if (texts.size >= SHARED_TEXTS_MAX) texts = new Map()
    texts.set(text, text)
    return text
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
      kind: use.kind,
      name: share(use.name),
      key: share(use.key),
      via: use.via,
      variable: share(use.variable),
      mountPath: share(use.mountPath),
      fileName: share(use.fileName),
      overridden: share(use.overridden),
      optional: use.optional,
      evidence: share(use.evidence),
      order: use.order === undefined ? undefined : shareOrder(use.order),
    }))
    return { workload: kept, edges }
  }
}
