import type { Leaf, Verdict } from './leaf.ts'
import { detached } from './names/stems.ts'
import type { KeyedRule, NamePattern } from './rule.ts'
import { isMonotonous } from './variety.ts'

/** Names remembered with the rules that they call for; the memory is emptied when it is full. */
const NAMES_REMEMBERED_MAX = 8_192
/** Longer names are cut at the front: the last words say what a value is. */
const NAME_CHARS_MAX = 256
/** Fixed-shape credentials are neither shorter nor longer than this. */
const VALUE_CHARS_MIN = 14
const VALUE_CHARS_MAX = 1_024

const NONE: readonly KeyedRule[] = []

/** How every name ends that a keyed rule asks for; most names of a cluster end otherwise and are looked at no further. */
export const NAME_END =
  /(?:key(?:_?value|_?[12])?|tokens?|secret|auth|pass(?:word|wd)|pwd|credentials?|pat|id|login|team|hec|authorization|header|psk|com|admin|management)$/i

/** Applies rules that need a name and a shape. */
export interface KeyedMatcher {
  match(leaf: Leaf, verdicts: Verdict[]): void
}

/** Builds the matcher of keyed rules. Names repeat over and over in a cluster, so each is judged once. */
export function createKeyedMatcher(rules: readonly KeyedRule[], isPlaceholder: (text: string) => boolean): KeyedMatcher {
  const remembered = new Map<string, readonly KeyedRule[]>()

  function rulesOf(name: string): readonly KeyedRule[] {
    const known = remembered.get(name)
    if (known !== undefined) return known
    const words = wordsOf(name)
    const called = rules.filter((rule) => isCalled(rule.name, words))
    if (remembered.size >= NAMES_REMEMBERED_MAX) remembered.clear()
    remembered.set(detached(name), called.length === 0 ? NONE : called)
    return called
  }

  function tryName(name: string, leaf: Leaf, verdicts: Verdict[]): void {
    if (!NAME_END.test(name)) return
    for (const rule of rulesOf(name)) {
      const verdict = judge(rule, leaf, isPlaceholder)
      if (verdict !== undefined) {
        verdicts.push(verdict)
        return
      }
    }
  }

  return {
    match(leaf, verdicts) {
      if (leaf.text.length < VALUE_CHARS_MIN || leaf.text.length > VALUE_CHARS_MAX) return
      tryName(leaf.field ?? leaf.name, leaf, verdicts)
      for (const alias of leaf.aliases) tryName(alias, leaf, verdicts)
    },
  }
}

/** True when the words of a name call for a rule. */
export function isCalled({ owner, last }: NamePattern, words: string): boolean {
  return last.test(words) && (owner === undefined || owner.test(words))
}

/** A name as lower-case words joined by `_`: `spring.datadog.apiKey` becomes `spring_datadog_api_key`. */
export function wordsOf(name: string): string {
  return name
    .slice(-NAME_CHARS_MAX)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()
}

function judge(rule: KeyedRule, leaf: Leaf, isPlaceholder: (text: string) => boolean): Verdict | undefined {
  const text = leaf.text.trim()
  if (!rule.shape.test(text) || isPlaceholder(text) || isMonotonous(text)) return undefined
  const start = leaf.text.indexOf(text)
  const role = rule.role ?? 'secret'
  return {
    kind: rule.kind,
    role,
    provider: rule.provider,
    confidence: rule.confidence ?? 'medium',
    rule: rule.id,
    start,
    end: start + text.length,
    canonical: text,
    ...(role === 'identifier' ? { publicId: text } : {}),
    attributes: {},
    reasons: [`The name says ${rule.provider} and the value has the length and alphabet of its ${role === 'identifier' ? 'identifiers' : 'credentials'}`],
  }
}
