import type { Finding } from '@mintmark/contract/scan'
import type { FingerprintKey } from '@mintmark/ledger/model'
import type { Detected, DetectedReference, Detection, DetectionProblem, Detector, Entry, EntryContext } from './finding.ts'
import { createFingerprinter, type Fingerprinter } from './fingerprint.ts'
import { createKeyedMatcher } from './keyed.ts'
import { findKeystores } from './keystore.ts'
import type { Leaf, LeafReference, Verdict } from './leaf.ts'
import { createFormatMatcher } from './match.ts'
import { pairNeighbours } from './neighbours.ts'
import { PositionReader } from './position.ts'
import { resolveOverlaps, SPECIFIC, specificity } from './resolve.ts'
import type { FormatRule, KeyedRule } from './rule.ts'

/** Findings of one group beyond this many are cut, and a problem says so: a text of a megabyte can say `password=` a hundred thousand times. */
const FINDINGS_PER_GROUP_MAX = 2_000

const NOTHING: Detection = { findings: [], references: [], problems: [] }

/** What the engine needs from decoding, from the name model and from the catalogue. */
export interface DetectionParts {
  readonly decodeEntries: (
    entries: readonly Entry[],
    context: EntryContext,
  ) => { readonly leaves: readonly Leaf[]; readonly problems: readonly DetectionProblem[] }
  readonly judgeName: (leaf: Leaf, context: EntryContext) => Verdict | undefined
  readonly recogniseReference: (leaf: Leaf) => LeafReference | undefined
  readonly isPlaceholder: (text: string) => boolean
  readonly formats: readonly FormatRule[]
  readonly keyed: readonly KeyedRule[]
  /** Version of rules and models. */
  readonly version: string
}

/** A verdict with the leaf that it judges. */
export interface Judged {
  readonly leaf: Leaf
  readonly verdict: Verdict
}

/**
 * Builds a detector: entries are decoded to leaves, references are set aside, formats and names are judged, overlaps are resolved, and
 * only then are the few that remain fingerprinted and given a position.
 */
export function buildDetector(parts: DetectionParts, key: FingerprintKey): Detector {
  const fingerprinter = createFingerprinter(key)
  const formats = createFormatMatcher(parts.formats, parts.isPlaceholder)
  const keyed = createKeyedMatcher(parts.keyed, parts.isPlaceholder)
  return {
    rules: parts.version,
    detect(entries, context) {
      const { leaves, problems: decodingProblems } = parts.decodeEntries(entries, context)
      const keystores = findKeystores(entries)
      // Nearly every group holds nothing.
      if (leaves.length === 0 && decodingProblems.length === 0 && keystores.length === 0) return NOTHING
      const references: DetectedReference[] = []
      const problems = [...decodingProblems]
      const judged: Judged[] = []
      const verdicts: Verdict[] = []
      for (const leaf of leaves) {
        if (leaf.text === '') continue
        if (leaf.structure === 'value') {
          const reference = parts.recogniseReference(leaf)
          if (reference !== undefined) {
            if (reference.isSilent === undefined) references.push(describeReference(leaf, reference))
            continue
          }
        }
        verdicts.length = 0
        if (!formats.match(leaf, entries[leaf.entry]?.key ?? '', verdicts)) problems.push(tooMany(leaf.entry, leaf.field))
        if (leaf.structure === 'value') {
          keyed.match(leaf, verdicts)
          const named = isSettled(leaf, verdicts) ? undefined : parts.judgeName(leaf, context)
          if (named !== undefined) verdicts.push(named)
        }
        if (verdicts.length > 0) for (const verdict of resolveOverlaps(verdicts)) judged.push({ leaf, verdict })
      }
      judged.push(...keystores)
      const findings = report(pairNeighbours(judged), entries, fingerprinter)
      if (findings.length > FINDINGS_PER_GROUP_MAX) {
        problems.push(tooMany(findings[FINDINGS_PER_GROUP_MAX]?.entry ?? 0, undefined))
        findings.length = FINDINGS_PER_GROUP_MAX
      }
      return { findings, references, problems } satisfies Detection
    },
  }
}

/** A form that names its issuer covers the whole value, and no neighbour has a user or host to add: what the name says would be displaced. */
function isSettled(leaf: Leaf, verdicts: readonly Verdict[]): boolean {
  const [first] = verdicts
  if (first === undefined || specificity(first.kind) < SPECIFIC || first.end - first.start < leaf.text.trim().length) return false
  return !leaf.siblings.some((sibling) => sibling.includes('='))
}

/** One occurrence per credential and place, in entry order and then in order of position. */
function report(judged: readonly Judged[], entries: readonly Entry[], fingerprinter: Fingerprinter): Detected[] {
  if (judged.length === 0) return []
  const copies = new Map<number, string>()
  const positions = new PositionReader()
  const seen = new Set<string>()
  const findings: Detected[] = []
  for (const { leaf, verdict } of judged) {
    const position = positions.read(leaf, verdict)
    const fingerprint = fingerprinter.ofSecret(verdict.canonical)
    // Encoded texts share one place, so their field tells them apart.
    const place = `${leaf.entry}:${leaf.layout === 'encoded' ? leaf.field : ''}:${position.line}:${position.column}:${verdict.kind}:${fingerprint}:${leaf.historic ?? ''}`
    if (seen.has(place)) continue
    seen.add(place)
    let copy = copies.get(leaf.entry)
    if (copy === undefined) {
      const entry = entries[leaf.entry]
      // The bytes behind the entry, so that a Secret and a ConfigMap with the same content are copies.
      copy = fingerprinter.ofCopy(entry?.value ?? '', entry?.form)
      copies.set(leaf.entry, copy)
    }
    findings.push({
      entry: leaf.entry,
      ...(leaf.field === undefined ? {} : { field: leaf.field }),
      position,
      encoding: leaf.encoding,
      ...(leaf.historic === undefined ? {} : { historic: leaf.historic }),
      copyFingerprint: copy,
      finding: findingOf(verdict, fingerprint),
    })
  }
  return findings.sort((left, right) => left.entry - right.entry || left.position.line - right.position.line || left.position.column - right.position.column)
}

function findingOf(verdict: Verdict, fingerprint: string): Finding {
  const { kind, role, provider, confidence, rule, publicId, attributes, createdAt, expiresAt, reasons } = verdict
  return {
    kind,
    role,
    provider,
    confidence,
    rule,
    fingerprint,
    ...(publicId === undefined ? {} : { publicId }),
    attributes,
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    reasons: [...reasons],
  }
}

function describeReference(leaf: Leaf, reference: LeafReference): DetectedReference {
  return {
    entry: leaf.entry,
    ...(leaf.field === undefined ? {} : { field: leaf.field }),
    kind: reference.kind,
    ...(reference.target === undefined ? {} : { target: reference.target }),
  }
}

function tooMany(entry: number, field: string | undefined): DetectionProblem {
  return { entry, ...(field === undefined ? {} : { field }), problem: 'more findings than one text can be reported with; the rest was left out' }
}
