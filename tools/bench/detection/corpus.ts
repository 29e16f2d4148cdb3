import { type JsonObject, type TruthRow, generateObjects, objectChild, textChild } from './generator/index.ts'
import { objectName } from './hit.ts'

/** A generated corpus in memory. */
export interface Corpus {
  readonly seed: string
  /** How many objects were asked for; the last application is completed. */
  readonly requested: number
  readonly objects: readonly JsonObject[]
  readonly truth: readonly (readonly TruthRow[])[]
  /** `Kind/namespace/name` of each object. */
  readonly names: readonly string[]
}

/** Generates objects and truth of a seed. */
export function makeCorpus(seed: string, count: number): Corpus {
  const generated = [...generateObjects(seed, count)]
  const names = generated.map(({ object }) => {
    const metadata = objectChild(object, 'metadata')
    return objectName({ kind: textChild(object, 'kind'), namespace: textChild(metadata, 'namespace'), name: textChild(metadata, 'name') })
  })
  return { seed, requested: count, objects: generated.map(({ object }) => object), truth: generated.map(({ truth }) => truth), names }
}
