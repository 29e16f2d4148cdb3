import type { Confidence } from '@mintmark/contract/scan'
import type { EntryContext } from '../finding.ts'
import type { Leaf } from '../leaf.ts'
import { classOfWord } from './vocabulary.ts'
import type { Sense } from './sense.ts'
import type { Shape } from './shapes.ts'
import { splitName } from './words.ts'

/** What a value adds to what its name says. */
export interface Weight {
  readonly confidence: Confidence
  /** Offset of the secret in the value: behind `user:` of a pair. */
  readonly from: number
  readonly reasons: readonly string[]
}

/** Values that are what they look like under every name. */
const NEVER: ReadonlySet<Shape> = new Set<Shape>([
  'empty',
  'boolean',
  'enum',
  'path',
  'url',
  'host',
  'ip',
  'duration',
  'mime',
  'cron',
  'hash',
  'public',
  'expression',
  'constant',
  'list',
  'markup',
])
/** Passwords that come with a product or that everybody tries first. They work, so they are findings, of low confidence. */
const WELL_KNOWN = new Set(
  'admin administrator root changeit postgres mysql guest user test toor password passw0rd password1 password123 pass secret minio minio123 minioadmin rabbitmq mongo redis elastic grafana prom-operator admin123 root123 123456 12345678 qwerty letmein welcome'.split(
    ' ',
  ),
)
const SERVICES =
  /(?:^|\/)(?:bitnami\/)?(?:postgres|postgresql|mysql|mariadb|redis|rabbitmq|mongo|mongodb|minio|grafana|elasticsearch|influxdb|neo4j|cassandra|couchdb|percona|mssql|valkey|keycloak|pgadmin|phpmyadmin)/i

/** Words of a password that a person makes up; more are a sentence. */
const PASSWORD_WORDS_MAX = 5

/** Decides whether the value fits the name, and how well; undefined when it is something else. */
export function weighValue(value: string, shape: Shape, sense: Sense, leaf: Leaf, context: EntryContext): Weight | undefined {
  const isWellKnown = sense.meaning === 'password' && sense.belief === 'sure' && WELL_KNOWN.has(value.toLowerCase())
  if (NEVER.has(shape) && !isWellKnown) return undefined
  if (namesItself(value, shape, sense, leaf)) return undefined
  switch (sense.meaning) {
    case 'password':
    case 'passphrase':
    case 'pin':
      return weighPassword(value, shape, sense, leaf, context)
    case 'credential':
    case 'auth':
      return weighPair(value, shape, sense, leaf)
    default:
      return weighToken(value, shape, sense, leaf)
  }
}

/** Google shows app passwords as four groups of four small letters. Source: Google Account Help, "Sign in with app passwords". */
const APP_PASSWORD = /^[a-z]{4}(?: [a-z]{4}){3}$/

const PIN = /^\d{4,8}$/
/** Whose number a PIN is; pins of boards and plugs are numbered, too. */
const PIN_OWNERS = new Set(['admin', 'administrator', 'root', 'user', 'owner', 'login', 'access', 'unlock', 'security', 'hsm', 'sim', 'card', 'account'])

function weighPassword(value: string, shape: Shape, sense: Sense, leaf: Leaf, context: EntryContext): Weight | undefined {
  if (APP_PASSWORD.test(value) && sense.belief !== 'possible') return weight('medium', 'Four groups of four letters, as app passwords are shown')
  if (
    shape === 'sentence' &&
    sense.belief === 'sure' &&
    (leaf.origin === 'secret' || leaf.origin === 'env') &&
    /\d/.test(value) &&
    value.split(/\s+/).length <= PASSWORD_WORDS_MAX
  ) {
    return weight('medium', 'Several words with a number, as people make passwords')
  }
  // A variable or the entry of a Secret holds what it is called, and no text about it.
  if (shape === 'sentence' && isWholeEntry(leaf) && sense.belief === 'sure' && isPhrase(value))
    return weight('weak', 'Several words, as people make passphrases')
  if (shape === 'sentence')
    return sense.meaning === 'passphrase' && leaf.origin !== 'configmap' ? weight('medium', 'Several words, as passphrases have') : undefined
  if (shape === 'uuid' || shape === 'random') return weight('strong', 'The value looks generated')
  if (WELL_KNOWN.has(value.toLowerCase())) return weight('weak', 'A default or well-known password')
  if (sense.meaning === 'pin' && PIN.test(value) && sense.words.some((word) => PIN_OWNERS.has(word))) return weight('weak', 'A number of the length of a PIN')
  if (sense.meaning === 'pin' || sense.belief === 'possible')
    return shape === 'mixed' && value.length >= 6 ? weight('weak', 'The value is neither a word nor a number') : undefined
  if (shape === 'number' || shape === 'date')
    return /^\d{4,}$/.test(value) && (sense.belief === 'sure' || value.length >= 6) ? weight('weak', 'A number, which a password can be') : undefined
  if (shape === 'version' || shape === 'size' || shape === 'email')
    return sense.belief === 'sure' && value.length >= 6 && shape === 'email' ? weight('weak', 'The value reads like an address') : undefined
  if (shape === 'dotted') return undefined
  if (value.length < 3) return undefined
  if (sense.belief === 'likely' && value.length < 4) return undefined
  const isServed = hasNeighbour(leaf, /^(?:.*[_.-])?(?:user(?:name)?|login|email|host)(?:=|$)/i) || context.images.some((image) => SERVICES.test(image))
  if (shape === 'mixed') return weight('strong', 'The value is neither a word nor a number', isServed)
  if (isServed || leaf.origin === 'secret') return weight('medium', 'The value is a word, as weak passwords are', isServed)
  return weight(sense.belief === 'sure' ? 'medium' : 'weak', 'The value is a word, as weak passwords are')
}

/** Tokens, keys and secrets have to look like one: configuration names them by words more often than it holds them. */
function weighToken(value: string, shape: Shape, sense: Sense, leaf: Leaf): Weight | undefined {
  const isOwn = isOwnSecret(sense, leaf)
  const minimum = isOwn && isMadeUp(sense, leaf) ? 4 : sense.belief === 'possible' ? 16 : sense.belief === 'likely' ? 8 : 6
  if (value.length < minimum) return undefined
  if (shape === 'random' && (sense.belief !== 'possible' || /\d/.test(value)))
    return weight(sense.belief === 'sure' ? 'strong' : sense.belief === 'likely' ? 'medium' : 'weak', 'The value looks generated')
  if (shape === 'uuid') return sense.belief === 'sure' ? weight('medium', 'The value is a UUID, which this name does not call an identifier') : undefined
  if (sense.belief === 'possible') return undefined
  if (shape === 'number') return sense.belief === 'sure' && value.length >= 12 ? weight('weak', 'A long number') : undefined
  if (shape === 'sentence')
    return isOwn && (leaf.origin !== 'configmap' || (isMadeUp(sense, leaf) && value.split(/\s+/).length <= SECRET_WORDS_MAX))
      ? weight('weak', 'Several words under a name that means a secret of its own')
      : undefined
  if (shape === 'mixed')
    return /\d|[^\w.-]/.test(value) ? weight(sense.belief === 'sure' ? 'medium' : 'weak', 'The value is neither a word nor a number') : undefined
  if (
    isOwn &&
    (shape === 'word' || shape === 'slug') &&
    value.length >= (isMadeUp(sense, leaf) ? 4 : 8) &&
    !/-(?:secret|secrets|credentials|creds|token|key|keys|password|pass|tls|cert|auth|config)$/.test(value)
  ) {
    return weight('weak', 'A word under a name that means a secret of its own')
  }
  return undefined
}

/** Words of a secret that a person makes up in a file; more are prose. */
const SECRET_WORDS_MAX = 3

/** Names under which frameworks ask for any text at all, so that a short word is one: SECRET_KEY of Flask and Django, the secret of a session. */
function isMadeUp(sense: Sense, leaf: Leaf): boolean {
  // The entry `secret` or `token` of a Secret says it twice.
  if (sense.words.length === 1 && leaf.origin === 'secret' && leaf.field === undefined) return true
  return /(?:^|[._])secret_key$/i.test(leaf.name) || (sense.meaning === 'secret' && sense.words.some((word) => word === 'session' || word === 'cookie'))
}

/** Shortest token behind the scheme of an Authorization header. */
const SCHEME_TOKEN_CHARS_MIN = 8

/** The scheme of an Authorization header with the blank behind it. */
export function schemeOf(value: string): string | undefined {
  return /^(?:token|bearer|jwt|api-?key|key|geniekey|splunk|ssws|bot|oauth|zoho-oauthtoken)[ \t]+(?=[\w.~+/:=-]+$)/i.exec(value)?.[0]
}

/** `user:password` under a name such as BASIC_AUTH; a lone value has to look generated, as after REDIS_AUTH. */
function weighPair(value: string, shape: Shape, sense: Sense, leaf: Leaf): Weight | undefined {
  const pair = /^([\w.@+-]{1,64})[:/](\S{3,128})$/.exec(value)
  if (
    pair?.[2] !== undefined &&
    !/^\d{1,5}$/.test(pair[2]) &&
    shape !== 'email' &&
    !pair[2].startsWith('$') &&
    !pair[2].startsWith('//') &&
    // Scopes in a list are written alike: [read:pets, write:pets].
    !(leaf.field?.endsWith(']') === true && /^[a-z]+$/.test(pair[2])) &&
    /auth|cred|login|userpwd/.test(sense.words.join(' '))
  ) {
    return { confidence: 'medium', from: value.length - pair[2].length, reasons: ['A user and a password, parted by a mark'] }
  }
  const scheme = schemeOf(value)
  if (scheme !== undefined && value.length - scheme.length >= SCHEME_TOKEN_CHARS_MIN && /\d/.test(value.slice(scheme.length)))
    return { confidence: 'medium', from: scheme.length, reasons: ['A token behind the name of its scheme'] }
  if (shape === 'random') return weight(sense.belief === 'sure' ? 'medium' : 'weak', 'The value looks generated')
  const isService = sense.words.some((word) => word === 'redis' || word === 'valkey' || word === 'master')
  if (isService && (shape === 'mixed' || shape === 'word') && value.length >= 4) return weight('medium', 'Redis calls its password auth')
  return shape === 'mixed' && /\d/.test(value) && value.length >= 12 ? weight('weak', 'The value is neither a word nor a number') : undefined
}

/** A secret that is made up by whoever writes the configuration, so that words occur: signing, session and client secrets. */
function isOwnSecret(sense: Sense, leaf: Leaf): boolean {
  const words = sense.words
  if (words.length === 1 && (sense.meaning === 'secret' || sense.meaning === 'token') && leaf.origin === 'secret' && leaf.field === undefined) return true
  if (sense.meaning === 'secret')
    return (
      sense.belief === 'sure' &&
      words.some((word) =>
        /^(?:jwt|session|cookie|app|application|client|csrf|hmac|signing|sign|webhook|shared|auth|oauth|consumer|encryption|crypt|token|refresh|access|api|hash|nextauth|rails|flask|django|cluster|turn)$/.test(
          word,
        ),
      )
    )
  if (sense.meaning === 'key')
    return words.some((word) => /^(?:secret|encryption|encrypt|signing|sign|jwt|session|hmac|crypt|cipher|master|cookie)$/.test(word))
  return sense.meaning === 'token' && words.some((word) => /^(?:root|bootstrap|auth|access|admin|cluster|join|registration|shared|verify)$/.test(word))
}

/** The value repeats the name, or names the key, variable or object that holds the secret. */
function namesItself(value: string, shape: Shape, sense: Sense, leaf: Leaf): boolean {
  // The word for it in any language, as the label of a form has it.
  if (leaf.origin !== 'env' && leaf.origin !== 'secret' && /^\p{Lu}\p{Ll}+$/u.test(value) && classOfWord(value.toLowerCase()) !== undefined) return true
  if (!/^[A-Za-z][\w. -]*$/.test(value)) return false
  // A capitalised word of its own name is the label of a form, such as `login.password = Password`.
  if (/^[A-Z][a-z]+$/.test(value) && leaf.origin === 'configmap' && sense.words.includes(value.toLowerCase())) return true
  const isConstant = value.includes('_') && /^[A-Z\d_]+$/.test(value)
  const hasDigits = /\d/.test(value)
  // Most passwords end here, before they are read word by word.
  if (hasDigits && !isConstant) return false
  const words = splitName(value)
  const last = words.at(-1) ?? ''
  // Usage texts name an argument by its kind: `--password=PASSWORD`.
  if (words.length === 1 && /^[A-Z]+$/.test(value) && classOfWord(last) !== undefined) return true
  if (isConstant && words.some((word) => classOfWord(word) !== undefined)) return true
  if (hasDigits) return false
  if (sense.meaning === 'password') {
    if (words.length < 2 || classOfWord(last) === undefined) return false
    if (shape === 'dotted' || /[a-z][A-Z]/.test(value)) return true
    return (shape === 'slug' || value.includes('_')) && !isOwned(value, words, sense, leaf)
  }
  return (
    words.length >= 1 &&
    classOfWord(last) !== undefined &&
    shape !== 'random' &&
    words.length <= 4 &&
    words.every((word) => sense.words.includes(word) || classOfWord(word) !== undefined || word.length <= 3)
  )
}

/** Whose password a placeholder or a label speaks of. */
const NOBODY = new Set(
  'your my strong secure safe some any the a our this new old user users username current confirm confirmed enter plain hashed raw input form login forgot forget reset change actual real correct valid invalid wrong same good bad long random generated secret'.split(
    ' ',
  ),
)

/**
 * People make passwords from what they are for: `shop_password`. Keys of a Secret are written alike, mostly with hyphens, but they stand in files
 * and not where the value itself is wanted.
 */
function isOwned(value: string, words: readonly string[], sense: Sense, leaf: Leaf): boolean {
  const [owner = ''] = words
  if (sense.belief !== 'sure' || NOBODY.has(owner) || classOfWord(owner) !== undefined) return false
  if (leaf.origin === 'env' || leaf.origin === 'secret' || leaf.origin === 'argument' || /^[A-Z\d]+(?:_[A-Z\d]+)+$/.test(leaf.name)) return true
  return (value.includes('_') && !value.includes('-')) || leaf.siblings.some((sibling) => new RegExp(`^(?:user|username|login)=${owner}`, 'i').test(sibling))
}

/** Small words without a mark, none of which speaks of passwords: no label and no sentence. */
function isPhrase(value: string): boolean {
  const words = value.split(/\s+/)
  return words.length <= PASSWORD_WORDS_MAX && /^[a-z\d ]+$/.test(value) && words.every((word) => classOfWord(word) === undefined)
}

function isWholeEntry(leaf: Leaf): boolean {
  return leaf.field === undefined && (leaf.origin === 'secret' || leaf.origin === 'env')
}

function hasNeighbour(leaf: Leaf, pattern: RegExp): boolean {
  return leaf.siblings.some((sibling) => pattern.test(sibling))
}

function weight(confidence: Confidence, reason: string, isServed = false): Weight {
  return { confidence, from: 0, reasons: isServed ? [reason, 'It stands beside a user or host, or in a container that takes it'] : [reason] }
}
