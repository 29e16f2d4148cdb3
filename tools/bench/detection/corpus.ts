import { type JsonObject, type TruthRow, generateObjects } from './generator/index.ts'

/** A generated corpus in memory. */
export interface Corpus {
  readonly seed: string
  readonly objects: readonly JsonObject[]
  readonly truth: readonly (readonly TruthRow[])[]
  /** `Kind/namespace/name` of each object. */
  readonly names: readonly string[]
}

/** Generates objects and truth of a seed. */
export function makeCorpus(seed: string, count: number): Corpus {
  const generated = [...generateObjects(seed, count)]
  const names = generated.map(({ object }) => {
    const { namespace, name } = Object.fromEntries(Object.entries(object['metadata'] ?? {}))
    return `${String(object['kind'])}/${typeof namespace === 'string' ? namespace : ''}/${String(name)}`
  })
  return { seed, objects: generated.map(({ object }) => object), truth: generated.map(({ truth }) => truth), names }
}
