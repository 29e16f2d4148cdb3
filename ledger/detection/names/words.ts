import { KNOWN_WORDS } from './vocabulary.ts'

/** Characters of a name that are read: the last words say what a value is. */
const NAME_CHARS_MAX = 160

/**
 * Splits a name into lower-case words: `dbPassword`, `DB_PASSWORD`, `db.password` and `dbpassword` all become `db`, `password`.
 * Words that are written together are parted along known words only.
 */
export function splitName(name: string): readonly string[] {
  const end = name.length > NAME_CHARS_MAX ? name.slice(-NAME_CHARS_MAX) : name
  const words: string[] = []
  for (const part of BEYOND_ASCII.test(end) ? partsOf(end) : partsOfAscii(end)) words.push(...partWord(part))
  return words
}

const BEYOND_ASCII = /[^\u0000-\u007f]/

/** Parts between marks, from a capital behind a small letter on, and from the last of several capitals on. */
function partsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '')
}

const MARK = 0
const SMALL = 1
const DIGIT = 2
const CAPITAL = 3

function kindOf(code: number): number {
  if (code >= 97 && code <= 122) return SMALL
  if (code >= 65 && code <= 90) return CAPITAL
  return code >= 48 && code <= 57 ? DIGIT : MARK
}

/** The same character by character. Nearly all names are ASCII, and a scan meets thousands: expressions over the letters of all languages are dear to make and to run. */
function partsOfAscii(name: string): readonly string[] {
  const lower = name.toLowerCase()
  const parts: string[] = []
  let start = -1
  let before = MARK
  for (let at = 0; at <= name.length; at += 1) {
    const kind = at === name.length ? MARK : kindOf(name.charCodeAt(at))
    const isBegin = kind === CAPITAL && (before !== CAPITAL || kindOf(name.charCodeAt(at + 1)) === SMALL)
    if (start !== -1 && (kind === MARK || isBegin)) {
      parts.push(lower.slice(start, at))
      start = -1
    }
    if (start === -1 && kind !== MARK) start = at
    before = kind
  }
  return parts
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
  const letters = lettersBeforeNumber(word)
  if (letters !== undefined && !KNOWN_WORDS.has(word)) return partWord(letters)
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

/** The letters of a word that ends with a number: `password2`. */
function lettersBeforeNumber(word: string): string | undefined {
  return kindOf(word.charCodeAt(word.length - 1)) === DIGIT ? /^(\p{L}{2,})\d{1,3}$/u.exec(word)?.[1] : undefined
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
