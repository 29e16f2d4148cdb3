export { generateObjects, type GeneratedObject } from './world.ts'
export type { TruthRow } from './truth.ts'
export type { Json, JsonObject, Place, UsageVerdict } from './objects/placed.ts'
export { writeCorpus, type CorpusFiles } from './output.ts'
