import { FORMAT_RULES, KEYED_RULES, rulesVersion } from './catalogue.ts'
import { isCold } from './decode/gate.ts'
import { decodeEntries } from './decode/index.ts'
import { buildDetector } from './engine.ts'
import type { FingerprintKey } from '@mintmark/ledger/model'
import type { Detector } from './finding.ts'
import type { Leaf, LeafReference } from './leaf.ts'
import { isHotName } from './names/hot.ts'
import { isPlaceholder, judgeName, recogniseReference } from './names/index.ts'

/**
 * The detector of Mintmark: the decoders, the name model and the whole catalogue under one tenant's fingerprint key.
 * Build one per process and key; it keeps tables and remembered names, never a value.
 */
export function createDetector({ key }: { readonly key: FingerprintKey }): Detector {
  return buildDetector(
    { decodeEntries, judgeName, recogniseReference: referenceToSecret, isPlaceholder, formats: FORMAT_RULES, keyed: KEYED_RULES, version: rulesVersion() },
    key,
  )
}

/** Variables, templates and files stand for anything; they are references to a secret where a name says so. */
const GENERAL_FORMS = new Set(['variable', 'template', 'file'])

function referenceToSecret(leaf: Leaf): LeafReference | undefined {
  const reference = recogniseReference(leaf)
  if (reference === undefined || !GENERAL_FORMS.has(reference.kind)) return reference
  const isNamed = isHotName(leaf.name) || leaf.aliases.some(isHotName) || (leaf.field !== undefined && isHotName(leaf.field)) || !isCold(leaf.text)
  return isNamed ? reference : { kind: reference.kind, isSilent: true }
}
