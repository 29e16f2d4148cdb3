import type { Leaf, Verdict } from './leaf.ts'
import { Prefilter, type AnchorHit } from './prefilter.ts'
import { WINDOW_CHARS_BEFORE, WINDOW_CHARS_MAX, type CharClass, type Found, type FormatRule, type Reading } from './rule.ts'
import { isMonotonous } from './variety.ts'

/** Findings of one leaf beyond this many are not looked for: a text of nothing but tokens is a hostile one. */
const VERDICTS_PER_LEAF_MAX = 10_000

/** Applies format rules to leaves: prefilter, then a window round each anchor, then the rule's own check. */
export interface FormatMatcher {
  /** Appends what the leaf's text shows; returns false when the limit of verdicts was reached. */
  match(leaf: Leaf, entryKey: string, verdicts: Verdict[]): boolean
}

/** Builds the matcher of a set of rules; `isPlaceholder` refuses examples, masks and templates. */
export function createFormatMatcher(rules: readonly FormatRule[], isPlaceholder: (text: string) => boolean): FormatMatcher {
  const prefilter = new Prefilter<FormatRule>(rules.flatMap((rule) => rule.anchors.map((anchor) => [anchor, rule] as const)))
  const hits: AnchorHit<FormatRule>[] = []
  /** End of the last match by rule, so that two anchors of one token are one match. */
  const ends = new Map<FormatRule, number>()
  return {
    match(leaf, entryKey, verdicts) {
      hits.length = 0
      prefilter.scan(leaf.text, hits)
      if (hits.length === 0) return true
      ends.clear()
      for (const hit of hits) {
        if (verdicts.length >= VERDICTS_PER_LEAF_MAX) return false
        if (hit.at < (ends.get(hit.owner) ?? 0)) continue
        const found = findAt(hit.owner, leaf, entryKey, hit.at)
        if (found === undefined) continue
        const verdict = judge(hit.owner, found, isPlaceholder)
        if (verdict === undefined) continue
        verdicts.push(verdict)
        ends.set(hit.owner, Math.max(found.end, verdict.end))
      }
      return true
    },
  }
}

function findAt(rule: FormatRule, leaf: Leaf, entryKey: string, anchorAt: number): Found | undefined {
  const located = locate(rule, leaf.text, anchorAt)
  return located === undefined ? undefined : { leaf, name: leaf.name || leaf.field || entryKey, ...located }
}

/** Looks whether the expression of a rule matches round an anchor; what the rule reads out of it is another matter. */
export function locate(rule: FormatRule, text: string, anchorAt: number): Pick<Found, 'match' | 'start' | 'end'> | undefined {
  if (rule.quick !== undefined && !rule.quick(text, anchorAt)) return undefined
  const start = rule.lead === undefined ? anchorAt : walkBack(text, anchorAt, rule.lead.chars, rule.lead.max)
  if (rule.edges !== 'open' && touchesWordBefore(text, start)) return undefined
  const windowStart = Math.max(0, start - WINDOW_CHARS_BEFORE)
  const window = text.length <= WINDOW_CHARS_MAX ? text : text.slice(windowStart, windowStart + WINDOW_CHARS_MAX)
  const shift = window === text ? 0 : windowStart
  rule.pattern.lastIndex = start - shift
  const match = rule.pattern.exec(window)
  if (match === null) return undefined
  const end = start + match[0].length
  if (end <= anchorAt) return undefined
  if (rule.edges !== 'open' && isWord(text.charCodeAt(end))) return undefined
  return { match, start, end }
}

function judge(rule: FormatRule, found: Found, isPlaceholder: (text: string) => boolean): Verdict | undefined {
  const reading: Reading | undefined = rule.read === undefined ? NOTHING_MORE : rule.read(found)
  if (reading === undefined) return undefined
  const start = reading.start ?? found.start
  const end = reading.end ?? found.end
  const confidence = reading.confidence ?? rule.confidence ?? 'strong'
  const canonical = reading.canonical ?? found.leaf.text.slice(start, end)
  if (canonical === '' || (confidence !== 'exact' && isPlaceholder(canonical))) return undefined
  if (rule.edges !== 'open' && confidence !== 'exact' && isMonotonous(canonical)) return undefined
  const provider = reading.provider ?? rule.provider
  return {
    kind: reading.kind ?? rule.kind,
    role: reading.role ?? rule.role ?? 'secret',
    provider,
    confidence,
    rule: rule.id,
    start,
    end,
    canonical,
    ...(reading.publicId === undefined ? {} : { publicId: reading.publicId }),
    attributes: reading.attributes ?? {},
    ...(reading.createdAt === undefined ? {} : { createdAt: reading.createdAt }),
    ...(reading.expiresAt === undefined ? {} : { expiresAt: reading.expiresAt }),
    reasons: reading.reasons ?? [`The value has the fixed form that ${provider} gives to its credentials`],
  }
}

const NOTHING_MORE: Reading = {}

function walkBack(text: string, from: number, chars: CharClass, max: number): number {
  let start = from
  const lowest = Math.max(0, from - max)
  while (start > lowest && chars[text.charCodeAt(start - 1)] === 1) start--
  return start
}

/** A word character before the token, unless it is the letter of an escape such as \n that was left in the text. */
function touchesWordBefore(text: string, start: number): boolean {
  if (start === 0 || !isWord(text.charCodeAt(start - 1))) return false
  return !(start >= 2 && text[start - 2] === '\\' && 'nrt'.includes(text.charAt(start - 1)))
}

function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95
}
