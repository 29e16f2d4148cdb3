import { KNOWN_WORDS } from './vocabulary.ts'

/** Characters of a name that are read: the last words say what a value is. */
const NAME_CHARS_MAX = 160

/**
 * Splits a name into lower-case words: `dbPassword`, `DB_PASSWORD`, `db.password` and `dbpassword` all become `db`, `password`.
 * Words that are written together are parted along known words only.
 */
export function splitName(name: string): readonly string[] {
  const parted = name
    .slice(-NAME_CHARS_MAX)
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
  const words: string[] = []
  for (const part of parted) if (part !== '') words.push(...partWord(part))
  return words
}

/** Endings that are strong enough to be parted from a word that nobody knows: `fooserverpassword`. */
const ENDINGS = [
  'password',
  'passwords',
  'passwd',
  'passphrase',
  'pwd',
  'secret',
  'secrets',
  'token',
  'tokens',
  'apikey',
  'apikeys',
  'accesskey',
  'secretkey',
  'privatekey',
  'credentials',
]
/** Words that end like one of them and mean something else. */
const WHOLE_WORDS = new Set([
  'compass',
  'bypass',
  'trespass',
  'overpass',
  'underpass',
  'surpass',
  'monkey',
  'donkey',
  'hockey',
  'whiskey',
  'turkey',
  'hotkey',
  'jockey',
  'tokenizer',
  'tokens',
  'tokenize',
  'passthrough',
  'passive',
  'passing',
  'passed',
  'passage',
  'passenger',
  'passport',
  'author',
  'authority',
  'keyboard',
  'keyword',
  'keywords',
  'keycloak',
  'keyspace',
  'secretary',
  'cryptokeys',
])

function partWord(word: string): readonly string[] {
  const digits = /^(\p{L}{2,})\d{1,3}$/u.exec(word)
  if (digits?.[1] !== undefined && !KNOWN_WORDS.has(word)) return partWord(digits[1])
  if (word.length < 5 || KNOWN_WORDS.has(word) || WHOLE_WORDS.has(word)) return [word]
  const known = partKnown(word)
  if (known !== undefined) return known
  for (const ending of ENDINGS) {
    if (word.endsWith(ending) && word.length - ending.length >= 2) return [word.slice(0, -ending.length), ...(partKnown(ending) ?? [ending])]
  }
  if (word.startsWith('password') || word.startsWith('passwd')) {
    const length = word.startsWith('password') ? 8 : 6
    return [word.slice(0, length), ...partWord(word.slice(length))]
  }
  return [word]
}

/** Longest glued name that is parted. */
const GLUED_CHARS_MAX = 40
const WORD_CHARS_MAX = 16

/** Parts a word into known words without a rest, the fewest first; undefined when there is none. */
function partKnown(word: string): readonly string[] | undefined {
  if (word.length > GLUED_CHARS_MAX) return undefined
  const best: (readonly string[] | undefined)[] = [[]]
  for (let end = 2; end <= word.length; end += 1) {
    for (let start = Math.max(0, end - WORD_CHARS_MAX); start <= end - 2; start += 1) {
      const before = best[start]
      if (before === undefined) continue
      const piece = word.slice(start, end)
      const current = best[end]
      if (KNOWN_WORDS.has(piece) && (current === undefined || before.length + 1 < current.length)) best[end] = [...before, piece]
    }
  }
  return best[word.length]
}
