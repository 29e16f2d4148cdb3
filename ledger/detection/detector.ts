import { FORMAT_RULES, KEYED_RULES, rulesVersion } from './catalogue.ts'
import { decodeEntries } from './decode/index.ts'
import { buildDetector } from './engine.ts'
import type { Detector, FingerprintKey } from './finding.ts'
import { isPlaceholder, judgeName, recogniseReference } from './names/index.ts'

/**
 * The detector of Mintmark: the decoders, the name model and the whole catalogue under one tenant's fingerprint key.
 * Build one per process and key; it keeps tables and remembered names, never a value.
 */
export function createDetector({ key }: { readonly key: FingerprintKey }): Detector {
  return buildDetector({ decodeEntries, judgeName, recogniseReference, isPlaceholder, formats: FORMAT_RULES, keyed: KEYED_RULES, version: rulesVersion() }, key)
}
