import { classOfWord, KEY_PUBLIC_WORDS, KEY_SECRET_WORDS, KNOWN_WORDS, NEUTRAL_WORDS, OFF_WORDS, type SecretClass } from './vocabulary.ts'
import { detached } from './stems.ts'
import { splitName } from './words.ts'

/** What a name says: which class of secret, and how surely. */
export interface Sense {
  readonly meaning: SecretClass
  /** `sure`: the name can hardly mean anything else. `likely`: the value has to fit. `possible`: the value has to look like a secret by itself. */
  readonly belief: 'sure' | 'likely' | 'possible'
  readonly words: readonly string[]
}

/** Words of a class that mean something else as well, so that an unknown word behind them is a reason for doubt. */
const AMBIGUOUS = new Set([
  'pass',
  'pw',
  'psw',
  'pin',
  'clave',
  'parole',
  'parol',
  'parola',
  'pat',
  'login',
  'cred',
  'creds',
  'auth',
  'authorization',
  'authentication',
  'basicauth',
  'seed',
  'salt',
  'pepper',
  'bearer',
  'jwt',
  'cookie',
  'cookies',
  'psk',
  'mdp',
])
const SURE = new Set([
  'password',
  'passwd',
  'passwort',
  'passphrase',
  'pwd',
  'passcode',
  'requirepass',
  'contrasena',
  'contraseña',
  'senha',
  'kennwort',
  'wachtwoord',
  'motdepasse',
  'heslo',
  'haslo',
  'passwords',
  'rootpw',
  'userpassword',
  'pswd',
])
/** Short words for a password, and whose it may be where that stands behind them: `passDb`, `pass_bd`, `pwd_admin`. */
const SHORT_PASSWORDS = new Set(['pass', 'pw', 'psw', 'mdp', 'clave'])
const OWNERS = new Set(
  'db bd bdd sql mysql mariadb postgres postgresql pg mongo redis oracle mssql admin root user app mail email smtp imap ftp sftp ssh ldap api proxy wifi ap vpn'.split(
    ' ',
  ),
)
/** Whose personal access token stands before `pat`. */
const PAT_ISSUERS = new Set(
  'github gh git gitlab gl azure ado devops azdo vsts bitbucket gitea forgejo registry ghcr access bot ci user my personal api airtable databricks'.split(' '),
)
/** First words that ask or tell something about the secret. */
const ASKING = new Set([
  'enable',
  'enabled',
  'disable',
  'use',
  'has',
  'is',
  'require',
  'requires',
  'allow',
  'show',
  'hide',
  'min',
  'max',
  'minimum',
  'maximum',
  'num',
  'number',
  'forgot',
  'forget',
  'forgotten',
  'invalid',
  'incorrect',
  'missing',
  'wrong',
  'empty',
  'existing',
  'validate',
  'should',
  'can',
  'without',
  'no',
  'with',
  'auto',
  'generate',
  'random',
  'list',
  'public',
  'hashed',
  'checksum',
  'hash',
  'digest',
  'sha',
  'fingerprint',
  'thumbprint',
])

/** Names remembered with their sense. */
const REMEMBERED_MAX = 8_192
const remembered = new Map<string, Sense | null>()

/** Reads a name; undefined when it names no secret. */
export function senseOfName(name: string): Sense | undefined {
  const known = remembered.get(name)
  if (known !== undefined) return known ?? undefined
  const copy = detached(name)
  const sense = readSense(splitName(copy))
  if (remembered.size >= REMEMBERED_MAX) remembered.clear()
  remembered.set(copy, sense ?? null)
  return sense
}

/** True when a name has a sense by itself or as the end of a longer name: then its first word neither asks nor tells anything about the secret. */
export function hasSense(name: string): boolean {
  const words = splitName(name)
  return readSense(words) !== undefined || readSense([BEFORE, ...words]) !== undefined
}

/** A word that says nothing. */
const BEFORE = 'x'

function readSense(words: readonly string[]): Sense | undefined {
  const at = words.findLastIndex((word) => classOfWord(word) !== undefined)
  const word = words[at]
  const meaning = word === undefined ? undefined : classOfWord(word)
  if (word === undefined || meaning === undefined) return undefined
  let doubts = 0
  for (const tail of words.slice(at + 1)) {
    if (NEUTRAL_WORDS.has(tail) || /^\d+$/.test(tail)) continue
    if (OFF_WORDS.has(tail)) return undefined
    doubts += KNOWN_WORDS.has(tail) ? 1 : 2
  }
  const first = words[0] ?? ''
  if (at > 0 && ASKING.has(first)) return undefined
  // The members of a new etcd cluster find each other by a name that its makers call a token.
  if (meaning === 'token' && words[at - 1] === 'cluster' && words.includes('initial')) return undefined
  // A community is a password in SNMP only.
  if (word === 'community' && !words.includes('snmp')) return undefined
  // A pattern is called so more often than a personal access token is.
  if (word === 'pat' && at > 0 && !PAT_ISSUERS.has(words[at - 1] ?? '')) return undefined
  if (meaning === 'key') return senseOfKey(words, at, doubts)
  const owner = words[at + 1]
  if (SHORT_PASSWORDS.has(word) && owner !== undefined && OWNERS.has(owner) && at + 2 === words.length) return { meaning, belief: 'likely', words }
  if (doubts > 0 && AMBIGUOUS.has(word)) return undefined
  if (words.slice(0, at).includes('public') || words.slice(0, at).includes('publishable')) return undefined
  if (meaning === 'password' || meaning === 'passphrase')
    return {
      meaning,
      belief: SURE.has(word) || meaning === 'passphrase' ? (doubts > 1 ? 'likely' : 'sure') : at > 0 || words.length === 1 ? 'likely' : 'possible',
      words,
    }
  if (meaning === 'pin' || meaning === 'cookie' || meaning === 'seed') return { meaning, belief: 'possible', words }
  return { meaning, belief: doubts > 0 ? 'possible' : at > 0 ? 'sure' : 'likely', words }
}

function senseOfKey(words: readonly string[], at: number, doubts: number): Sense | undefined {
  if (words[at] === 'apikey' || words[at] === 'apikeys') return { meaning: 'key', belief: doubts > 0 ? 'possible' : 'sure', words }
  const before = words[at - 1]
  if (doubts > 1) return undefined
  if (before === undefined) return words.length === 1 || doubts === 0 ? { meaning: 'key', belief: 'possible', words } : undefined
  if (words.slice(0, at).some((word) => word === 'public' || word === 'publishable' || word === 'pub')) return undefined
  // passwordKey and existingSecretKey name the key under which the secret is kept.
  const named = classOfWord(before)
  if (words.slice(0, at).includes('existing') || named === 'password' || named === 'credential') return undefined
  if (named === 'secret') return { meaning: 'key', belief: 'likely', words }
  if (KEY_SECRET_WORDS.has(before)) return { meaning: 'key', belief: doubts > 0 ? 'possible' : 'sure', words }
  if (named !== undefined) return { meaning: 'key', belief: 'likely', words }
  return KEY_PUBLIC_WORDS.has(before) ? undefined : { meaning: 'key', belief: 'possible', words }
}
