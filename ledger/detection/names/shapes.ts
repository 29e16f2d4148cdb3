import { isExpression } from './expression.ts'
import { wordShare } from './language.ts'

/** What a value looks like, whatever its name says. `random` and `mixed` can be secrets of every kind, `word` can only be a password, the rest is something else. */
export type Shape =
  | 'empty' | 'boolean' | 'number' | 'path' | 'url' | 'email' | 'host' | 'ip' | 'version' | 'duration' | 'size' | 'mime' | 'date' | 'cron' | 'uuid' | 'hash'
  | 'public' | 'sentence' | 'expression' | 'constant' | 'enum' | 'list' | 'markup' | 'dotted' | 'slug' | 'word' | 'mixed' | 'random' // prettier-ignore

/** Longest value that the name judge looks at. */
export const VALUE_CHARS_MAX = 4_096

/** Words that answer a question of configuration: nobody's password. */
const ENUM = new Set(
  'true false yes no on off y n t f enabled disabled enable disable none null nil undefined auto automatic always never required optional optional default basic digest bearer ntlm negotiate kerberos plain login md5 sha1 sha256 sha512 scram-sha-256 scram-sha-512 scram-sha-1 bcrypt scrypt argon2 pbkdf2 aes rsa hs256 hs384 hs512 rs256 rs384 rs512 es256 es384 ps256 eddsa string integer int number boolean bool text object array map list any header cookie query body form file env environment stdin prompt hidden input field ldap oauth oauth2 oidc saml sso jwt opaque apikey api_key internal external local remote global public protected static dynamic ifnotpresent clusterip nodeport loadbalancer password_credentials client_credentials authorization_code refresh_token client_secret_basic client_secret_post private_key_jwt cram-md5 peer trust ident cert reject gss sspi pam radius verify-full verify-ca prefer require allow strict lax simple anonymous standard memory redis database jdbc http https tcp udp vault kubernetes aws gcp azure inherit encrypted unencrypted plaintext generated random manual managed self current'.split(
    ' ',
  ),
)

/** Marks that tell shapes apart, each a bit; `0` stands for every digit and a blank for all white space. */
const MARKS = '0 -.:@${_*~/<\\([{^+'
const MARK_OF = new Uint32Array(128)
for (const [bit, mark] of Array.from(MARKS).entries()) MARK_OF[mark.charCodeAt(0)] = 1 << bit
for (let code = 49; code < 58; code++) MARK_OF[code] = MARK_OF[48] ?? 0
for (let code = 9; code < 14; code++) MARK_OF[code] = MARK_OF[32] ?? 0

/** The marks that stand in a text; white space beyond ASCII counts as blank. */
export function marksOf(text: string): number {
  let marks = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    marks |= (code < 128 ? MARK_OF[code] : MARK_OF[32]) ?? 0
  }
  return marks
}

/** Shapes with their expressions, and marks of which at least one stands in every text of the shape: most values have few, and most expressions are not tried on them. */
export const PATTERNS: readonly (readonly [shape: Shape, pattern: RegExp, marks: number])[] = [
  ['number', /^[+-]?(?:\d+(?:[.,_]\d+)*|0x[0-9a-fA-F]{1,8})$/, marksOf('0')],
  ['uuid', /^\{?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\}?$/, marksOf('-')],
  ['duration', /^(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h|d|w|y|min|mins|sec|secs|seconds?|minutes?|hours?|days?|weeks?|months?|years?)\s*)+$|^P(?=T?\d)(?:\d+[YMWD])*(?:T(?:\d+[HMS])+)?$/i, marksOf('0')],
  ['size', /^\d+(?:\.\d+)?\s?(?:[KMGTPE]i?B?|bytes?|bits?|px|em|rem|%|m|rpm|qps)$/i, marksOf('0')],
  ['ip', /^(?:\d{1,3}\.){3}\d{1,3}(?::\d+|\/\d+)?$|^\[?(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}\]?(?::\d+|\/\d+)?$/, marksOf('.:')],
  ['ip', /^(?:(?:\d{1,3}\.){3}\d{1,3}:)?\d{1,5}(?:-\d{1,5})?:\d{1,5}(?:-\d{1,5})?(?:\/(?:tcp|udp))?$/, marksOf(':')],
  ['version', /^v?\d+\.\d+(?:\.\d+){0,2}(?:[-+][\w.]+)?$/, marksOf('.')],
  ['date', /^\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+(?:Z|[+-][\d:]+)?)?$/, marksOf('-')],
  ['cron', /^(?:@(?:daily|hourly|weekly|monthly|yearly|every .+)|(?:[\d*/,?LW#-]+\s+){4,6}[\d*/,?LW#A-Z-]+)$/, marksOf('@ ')],
  ['email', /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/, marksOf('@')],
  ['hash', /^(?:\$(?:2[abxy]?|1|5|6|7|y|gy|md5|apr1|argon2(?:id|i|d)|scrypt|pbkdf2(?:-sha\d+)?|S|P|H)\$|\{(?:SSHA|SHA|SMD5|MD5|CRYPT|SSHA256|SSHA512|PBKDF2[\w-]*|bcrypt|scrypt|argon2|pbkdf2|SCRAM-SHA-\d+)(?:@SpringSecurity_v\d_\d)?\}|pbkdf2[_:](?:sha\d+)?|scrypt:|bcrypt(?:_sha256)?\$|sha(?:1|256|384|512)[:$-]|md5[:$]|SCRAM-SHA-\d+\$|argon2\$|\*[0-9A-F]{40}$|sha256~(?!.{43}$))/, marksOf('${_:-*~')],
  ['hash', /^md5[0-9a-f]{32}$/, marksOf('0')],
  ['public', /^(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+|sk-ssh-\S+) AAAA|^-----BEGIN |^(?:pk_live_|pk_test_)/, marksOf(' -_')],
  ['mime', /^(?:application|text|image|audio|video|multipart|font)\/[\w.+*-]+(?:;.*)?$/, marksOf('/')],
  ['markup', /^<\/?[A-Za-z!?]/, marksOf('<')],
  ['url', /^[A-Za-z][A-Za-z\d+.-]{1,30}:\/\/\S*$|^(?:jdbc|r2dbc|mailto|urn|data):\S+$|^\/\/[\w.-]+\.[a-z]{2,}(?:[/:]\S*)?$/, marksOf(':/')],
  ['path', /^(?:~|\.{1,2}|\$\w+)?\/(?:[\w.@%+~{}$-]+\/)*[\w.@%+~{}$*-]*$|^[A-Za-z]:\\{1,2}[^/:*?"<>|\n]*$|^(?:[\w.-]+\/){2,}[\w.-]+$/, marksOf('/\\')],
  ['path', /^(?:classpath\*?|resource|file|bundle|jar):\S+$/i, marksOf(':')],
  ['path', /^[\w./-]+\.(?:ya?ml|json|txt|pem|crt|cer|key|jks|p12|pfx|conf|cfg|ini|properties|xml|env|sh|py|js|ts|html?|css|png|jpg|svg|log|sql|toml|keytab|csv|sock|pub)$/i, marksOf('.')],
  ['expression', /^(?:[\w$]+(?:\.[\w$]+)*\s*\(.*\)|\(.*\)\s*=>.*|[\w$.]+\[.*\]|!?(?:this|self|process|os|env|config|args|opts|options|settings|params|request|req|props|data|ctx|context|cfg|conf|secrets|vars?|values|local|module|each|Values)\.[\w.$-]+|["'].*["']\s*\+.*|.+\s\+\s["'].*)$/, marksOf('([.+')],
  ['expression', /^\^.*[$*+)\]]$|\[\^?[a-zA-Z0\\]-[a-zA-Z9\\]|\\[dwsSWDpAzZ]\b|\\u[0-9A-Fa-f]{4}|\(\?[:!=<]/, marksOf('^[\\(')],
  ['list', /^[[{].*[\]}]$|^\(.*\)$/, marksOf('[{(')],
  ['constant', /^[Xx]-[A-Za-z][\w-]*$/, marksOf('-')],
  ['constant', /^[A-Z][a-z]\w*(?:\.[A-Z]\w*){0,4}\.[A-Z][A-Z_]{2,}$/, marksOf('.')],
] // prettier-ignore

/** Longest text that the patterns above are tried on; secrets of one line are shorter. */
const PATTERN_CHARS_MAX = 512

/** Tells what a trimmed value looks like. */
export function shapeOf(value: string): Shape {
  if (value === '') return 'empty'
  const lower = value.length <= 32 ? value.toLowerCase() : ''
  if (lower === 'true' || lower === 'false' || lower === 'yes' || lower === 'no' || lower === 'on' || lower === 'off') return 'boolean'
  if (ENUM.has(lower)) return 'enum'
  if (value.length <= PATTERN_CHARS_MAX) {
    const marks = marksOf(value)
    for (const [shape, pattern, needed] of PATTERNS)
      if ((marks & needed) !== 0 && pattern.test(value) && !(shape === 'path' && isBase64Like(value))) return shape
    if (isExpression(value)) return 'expression'
  }
  if (/\s/.test(value)) return isSentence(value) ? 'sentence' : 'mixed'
  return shapeOfToken(value)
}

/** Base64 has slashes too; folders are words, and digests are not. */
function isBase64Like(value: string): boolean {
  if (!/^[A-Za-z0-9+/]{16,}={0,2}$/.test(value)) return false
  return value.endsWith('=') || value.length % 4 === 0 || /\+/.test(value) ? wordShare(value) < 0.6 : wordShare(value) < 0.35
}

function shapeOfToken(value: string): Shape {
  if (/^(?:[a-z][a-z\d-]*\.)+(?:com|net|org|io|dev|local|internal|svc|cloud|app|co|de|uk|eu|gov|edu|info|cluster)(?:\.[a-z]{2,})?(?::\d+)?$/.test(value))
    return 'host'
  if (/^[a-z][a-z\d-]*(?:\.[a-z\d-]+)*\.svc(?:\.[a-z.]+)?(?::\d+)?$|^localhost(?::\d+)?$/.test(value)) return 'host'
  if (/^[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/.test(value) && wordShare(value) > 0.5) return 'constant'
  const share = wordShare(value)
  if (/^[A-Za-z][\w]*(?:\.[A-Za-z][\w]*)+$/.test(value) && (share > 0.5 || (share > 0.35 && /\..*\./.test(value))) && !/\d/.test(value)) return 'dotted'
  if (isRandom(value, share)) return 'random'
  if (/^[a-z\d]+(?:[-_][a-z\d]+)+$/.test(value) && share > 0.55) return 'slug'
  if (/^[A-Za-z]+$/.test(value)) return 'word'
  return share > 0.75 && /^[A-Za-z_-]+$/.test(value) ? 'word' : 'mixed'
}

/** Shortest value that can look random: below it there is too little to tell. */
const RANDOM_CHARS_MIN = 8

/** Shortest run of letters of one case that can look random: short ones are abbreviations, and up to the second length they may be a word that nobody listed. */
const LETTERS_CHARS_MIN = 9
const LETTERS_CHARS_SURE = 12
const VOWELS = /[aeiouy]/gi
/** Words have more vowels than this, chance has one in five letters. */
const VOWELS_SHARE_MAX = 0.2

/** True for values that a generator made: few letters read like words, and letters and digits, or cases, are mixed. */
function isRandom(value: string, share = wordShare(value)): boolean {
  if (value.length < RANDOM_CHARS_MIN) return false
  const distinct = distinctOf(value)
  if (/^[0-9a-fA-F]{16,}$/.test(value)) return /\d/.test(value) && /[a-fA-F]/.test(value) && distinct >= 6
  if (distinct < Math.min(7, value.length * 0.5)) return false
  const kinds = Number(/\d/.test(value)) + Number(/[a-z]/.test(value)) + Number(/[A-Z]/.test(value)) + Number(/[^A-Za-z\d]/.test(value))
  if (share > 0.5) return false
  if (kinds >= 3) return changesOf(value) >= Math.max(3, value.length / 6)
  if (kinds === 2) return share < 0.4 && (changesOf(value) >= Math.max(3, value.length / 6) || value.length >= 24)
  if (share >= 0.1 || value.length < LETTERS_CHARS_MIN) return false
  return value.length >= LETTERS_CHARS_SURE || (value.match(VOWELS)?.length ?? 0) <= value.length * VOWELS_SHARE_MAX
}

/** How many different characters a value has. */
function distinctOf(value: string): number {
  const seen = [0, 0, 0, 0]
  let distinct = 0
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at)
    if (code > 127) return new Set(value).size
    const known = seen[code >> 5] ?? 0
    const bit = 1 << (code & 31)
    if ((known & bit) !== 0) continue
    seen[code >> 5] = known | bit
    distinct += 1
  }
  return distinct
}

/** How often the kind of character changes along the value. Words have their digits at the end. */
function changesOf(value: string): number {
  let changes = 0
  let before = -1
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at)
    const kind = code >= 48 && code <= 57 ? 0 : code >= 97 && code <= 122 ? 1 : code >= 65 && code <= 90 ? 2 : 3
    if (kind !== before && before !== -1) changes += 1
    before = kind
  }
  return changes
}

/** Several words of language: text for people, not for machines. */
function isSentence(value: string): boolean {
  const words = value.split(/\s+/)
  const plain = words.filter((word) => /^["'(]?[\p{L}]+[,.;:!?'")]*$/u.test(word)).length
  return words.length >= 2 && plain / words.length >= 0.6
}
