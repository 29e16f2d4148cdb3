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
  const sieve = new NameSieve(rules)

  function rulesOf(name: string): readonly KeyedRule[] {
    const known = remembered.get(name)
    if (known !== undefined) return known
    const called = sieve.rulesOf(wordsOf(name))
    if (remembered.size >= NAMES_REMEMBERED_MAX) remembered.clear()
    remembered.set(detached(name), called)
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

/**
 * Tells which rules a name calls for. The names of all rules are also written as three expressions, because most names call for none and
 * would be held against two expressions of each rule before that is known.
 */
export class NameSieve {
  readonly #rules: readonly KeyedRule[]
  /** Ends that decide alone. */
  readonly #alone: RegExp
  readonly #owner: RegExp
  readonly #last: RegExp

  constructor(rules: readonly KeyedRule[]) {
    const lasts = (isOwned: boolean): RegExp[] => rules.filter(({ name }) => (name.owner !== undefined) === isOwned).map(({ name }) => name.last)
    this.#rules = rules
    this.#alone = anyOf(lasts(false))
    this.#last = anyOf(lasts(true))
    this.#owner = anyOf(rules.flatMap(({ name }) => (name.owner === undefined ? [] : [name.owner])))
  }

  /** True when some rule is called for by the words of a name. */
  calls(words: string): boolean {
    return this.#mayCall(words) && this.#rules.some((rule) => isCalled(rule.name, words))
  }

  /** The rules that the words of a name call for. */
  rulesOf(words: string): readonly KeyedRule[] {
    const called = this.#mayCall(words) ? this.#rules.filter((rule) => isCalled(rule.name, words)) : NONE
    return called.length === 0 ? NONE : called
  }

  #mayCall(words: string): boolean {
    return this.#alone.test(words) || (this.#last.test(words) && this.#owner.test(words))
  }
}

/** How most of the expressions begin; written once, so that the alternatives are tried only where a word begins. */
const WORD_BEGINS = ['(?:^|_)', '_']

/** Matches where one of the expressions does; they have no flags. */
function anyOf(patterns: readonly RegExp[]): RegExp {
  const sources = new Set(patterns.map(({ source }) => source))
  const merged: string[] = []
  for (const begin of WORD_BEGINS) {
    const rests = [...sources].filter((source) => source.startsWith(begin))
    for (const source of rests) sources.delete(source)
    if (rests.length > 0) merged.push(`${begin}(?:${rests.map((source) => `(?:${source.slice(begin.length)})`).join('|')})`)
  }
  return new RegExp([...merged, ...[...sources].map((source) => `(?:${source})`)].join('|'))
}

function isCalled({ owner, last }: NamePattern, words: string): boolean {
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
