import type { Attributes } from '@mintmark/contract/scan'
import { charClass, type Found, type FormatRule, type Reading } from '../rule.ts'
import { looksDrawn } from '../variety.ts'
import { familyOfScheme } from './schemes.ts'

/** Longest URL that is read. */
const URL_CHARS_MAX = 2_048
const ATTRIBUTE_CHARS_MAX = 200
/** Longest password or token inside a URL. */
const SECRET_CHARS_MAX = 1_024
/** Shortest user part without a password that is taken for a token. */
const TOKEN_CHARS_MIN = 20

const RFC3986 = { page: 'RFC 3986, section 3.2.1 (user information)', licence: 'facts' } as const
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const ENDS = charClass(' \t\n\r"\'`<>|\\^')
/** Families in which the first path segment names a database. */
const WEB = new Set(['HTTP', 'Git', 'FTP', 'SMTP', 'Proxy', 'OCI', 'SSH', 'SFTP', 'Subversion'])

/** Addresses that hold a password or a token. */
export const urls: readonly FormatRule[] = [
  {
    id: 'url-credentials',
    kind: 'url-credentials',
    provider: 'URL',
    anchors: LETTERS.split('').map((letter) => `${letter}://`),
    lead: { chars: charClass('A-Za-z0-9+.-'), max: 40 },
    quick: mayHoldCredentials,
    pattern: /[A-Za-z][A-Za-z0-9+.-]{0,40}:\/\//y,
    edges: 'open',
    read: readUrl,
    source: RFC3986,
  },
  {
    id: 'mysql-go-address',
    kind: 'url-credentials',
    provider: 'MySQL',
    anchors: ['@tcp(', '@unix(', '@udp('],
    pattern: /@(?:tcp|unix|udp)\(([^)\s]{1,256})\)(?:\/([\w.-]{1,64}))?/y,
    edges: 'open',
    read: readGoAddress,
    source: { page: 'https://github.com/go-sql-driver/mysql#dsn-data-source-name', licence: 'facts' },
  },
  {
    id: 'oracle-thin-address',
    kind: 'url-credentials',
    provider: 'Oracle',
    anchors: ['oracle:thin:', 'oracle:oci:', 'oracle:oci8:'],
    pattern: /oracle:(?:thin|oci8?):([\w$#.-]{1,64})\/("?)([^\s"@/]{1,128})\2@(?:\/\/)?([\w.-]{0,253})/y,
    edges: 'open',
    read({ match, start }) {
      const [whole = '', user = '', quote = '', password = '', host = ''] = match
      const from = start + whole.indexOf('/') + 1 + quote.length
      return {
        start: from,
        end: from + password.length,
        canonical: password,
        attributes: attributesOf({ scheme: 'oracle', host, user }),
        reasons: [inWords('Oracle', 'password')],
      }
    },
    source: { page: 'https://docs.oracle.com/en/database/oracle/oracle-database/23/jjdbc/data-sources-and-URLs.html', licence: 'facts' },
  },
]

/** Looks whether a user part or a query follows before the URL ends; most URLs have neither and meet no expression. */
function mayHoldCredentials(text: string, anchorAt: number): boolean {
  const from = anchorAt + 4
  const limit = Math.min(text.length, from + URL_CHARS_MAX)
  for (let at = from; at < limit; at++) {
    const code = text.charCodeAt(at)
    if (code === 64 || code === 61) return true
    if (code < 128 && ENDS[code] === 1) return false
  }
  return false
}

function readUrl({ leaf, match, start, end }: Found): Reading | undefined {
  const text = leaf.text
  const scheme = match[0].slice(0, -'://'.length)
  const family = familyOfScheme(scheme)
  const raw = text.slice(end, endOfUrl(text, end))
  const at = endOfUserPart(raw)
  if (at === -1) return readQuery(text, start, end, raw, scheme, family)
  const userPart = raw.slice(0, at)
  const colon = userPart.indexOf(':')
  const user = decode(colon === -1 ? userPart : userPart.slice(0, colon))
  const rest = raw.slice(at + 1)
  const place = placeOf(scheme, family, rest)
  const password = colon === -1 ? '' : userPart.slice(colon + 1)
  if (/^(?:|x-oauth-basic|x|X|oauth2?)$/.test(password)) return readTokenUser(user, userPart, end, place, family)
  if (password.length > SECRET_CHARS_MAX || isExample(user, password, place.host ?? '')) return undefined
  const from = end + colon + 1
  return {
    start: from,
    end: from + password.length,
    provider: family,
    canonical: decode(password),
    attributes: attributesOf({ ...place, user: isShowable(user) ? user : undefined }),
    reasons: [inWords(family, 'password')],
  }
}

function endOfUrl(text: string, from: number): number {
  const limit = Math.min(text.length, from + URL_CHARS_MAX)
  let at = from
  while (at < limit) {
    const code = text.charCodeAt(at)
    if (code < 128 && ENDS[code] === 1) break
    at++
  }
  return at
}

/** Index of the @ that ends the user part. Passwords with an unescaped `/`, `?` or `#` are common, so where the text before cannot be a host and port the @ may come later. */
function endOfUserPart(raw: string): number {
  const strict = /[/?#]/.exec(raw)?.index ?? raw.length
  const at = raw.lastIndexOf('@', strict)
  if (at !== -1) return at
  const authority = raw.slice(0, strict)
  const colon = authority.indexOf(':')
  if (colon === -1 || authority.startsWith('[') || /^\d{0,5}(?:,|$)/.test(authority.slice(colon + 1)) || authority.includes(',')) return -1
  return raw.indexOf('@', strict)
}

/** Forges take a token in the place of the user. A public DSN of an error tracker looks alike and is made to be shown. */
function readTokenUser(user: string, userPart: string, start: number, place: Place, family: string): Reading | undefined {
  if (family !== 'HTTP' && family !== 'Git') return undefined
  if (user.length < TOKEN_CHARS_MIN || !looksDrawn(user) || /sentry|glitchtip|bugsink/.test(place.host ?? '') || /^[0-9a-f]{32}$/.test(user)) return undefined
  const length = userPart.indexOf(':') === -1 ? userPart.length : userPart.indexOf(':')
  return {
    start,
    end: start + length,
    provider: family,
    confidence: 'medium',
    canonical: user,
    attributes: attributesOf({ ...place }),
    reasons: [inWords(family, 'token')],
  }
}

/** JDBC and some brokers take user and password as parameters. */
function readQuery(text: string, start: number, from: number, raw: string, scheme: string, family: string): Reading | undefined {
  const found =
    /[?&;](?:password|passwd|pwd|sslpassword|access_token|auth_token|api_?key|access_?key|accessToken|authToken|private_token|token|key|secret|signature|auth|code)=([^&;#\s]{3,1024})/i.exec(
      raw,
    )
  if (found === null) return undefined
  const [whole, value = ''] = found
  const isPassword = /^[?&;](?:p|ssl)/i.test(whole) && !/^[?&;]private/i.test(whole)
  if (!isPassword && (value.length < TOKEN_CHARS_MIN || !looksDrawn(value) || isIdentifier(value))) return undefined
  const offset = from + found.index + whole.length - value.length
  const user = decode(/[?&;](?:user|username|uid|user(?:%20| |\+)?(?:id|name))=([^&;#]{1,128})/i.exec(raw)?.[1] ?? '')
  const place = placeOf(scheme, family, raw)
  if (isExample(user, value, place.host ?? '')) return undefined
  const isJdbc = text.slice(Math.max(0, start - 5), start) === 'jdbc:' || !WEB.has(family)
  return {
    start: offset,
    end: offset + value.length,
    provider: family,
    confidence: isJdbc ? 'strong' : 'medium',
    canonical: decode(value),
    attributes: attributesOf({ ...place, user: isShowable(user) ? user : undefined }),
    reasons: [inWords(family, isPassword ? 'password' : 'token')],
  }
}

interface Place {
  readonly scheme: string
  readonly host?: string
  readonly port?: string
  readonly database?: string
}

/** Public parts after the user part: first host, port and database. */
function placeOf(scheme: string, family: string, rest: string): Place {
  const host = /^(?:\[[0-9a-fA-F:.]{2,45}\]|[\w.-]{1,253})/.exec(rest)?.[0]
  const port = /^(?:\[[0-9a-fA-F:.]{2,45}\]|[\w.-]{0,253}):(\d{1,5})(?![\w])/.exec(rest)?.[1]
  const database = WEB.has(family)
    ? undefined
    : (/^[^/?#;]{0,500}\/([\w.-]{1,64})(?=$|[?;#&])/.exec(rest)?.[1] ?? /[;?&](?:database|databaseName)=([\w.-]{1,64})/i.exec(rest)?.[1])
  return {
    scheme: scheme.toLowerCase().slice(0, 64),
    ...(host === undefined ? {} : { host: host.toLowerCase() }),
    ...(port === undefined ? {} : { port }),
    ...(database === undefined ? {} : { database }),
  }
}

function readGoAddress({ leaf, match, start }: Found): Reading | undefined {
  const before = leaf.text.slice(Math.max(0, start - SECRET_CHARS_MAX), start)
  const line = before.slice(Math.max(before.lastIndexOf('\n'), before.lastIndexOf('"'), before.lastIndexOf("'"), before.lastIndexOf(' ')) + 1)
  const parts = /(?:^|=|\/\/)([\w.$-]{1,64}):([^=].{0,255})$/.exec(line)
  if (parts === null) return undefined
  const [, user = '', password = ''] = parts
  const [, address = '', database] = match
  if (isExample(user, password, address)) return undefined
  const host = address.replace(/:\d{1,5}$/, '')
  return {
    start: start - password.length,
    end: start,
    canonical: password,
    attributes: attributesOf({ scheme: 'mysql', host, user, database }),
    reasons: [inWords('MySQL', 'password')],
  }
}

/** UUIDs and hashes in a query name things; a token of that shape needs a name that says more than `key`. */
function isIdentifier(value: string): boolean {
  return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$|^\d+$/i.test(value)
}

/** User and password in the languages in which examples are written. */
const USER_WORD =
  /^(?:user(?:name)?|login|usuario|usu[aá]rio|utilisateur|identifiant|benutzer(?:name)?|nutzer|utente|gebruiker(?:snaam)?|u[zż]ytkownik|u[zž]ivatel|anv[aä]ndare|kullanici|имя|пользователь)$/iu
const PASSWORD_WORD =
  /^(?:pass(?:word|wd)?|pwd|secret|token|contrase[nñ]a|clave|senha|mot_?de_?passe|mdp|passwort|kennwort|parola|wachtwoord|has[lł]o|heslo|l[oö]senord|sifre|şifre|пароль)$/iu
/** `user:password@` in so many words, or a host of a documentation page, is a pattern to fill in. */
function isExample(user: string, password: string, host: string): boolean {
  const isDocumentationHost = /^(?:host(?:name)?|server|your[\w.-]*|(?:[\w-]+\.)*example\.(?:com|org|net))$/i.test(host)
  const isWord = PASSWORD_WORD.test(password)
  return (isWord && (isDocumentationHost || USER_WORD.test(user))) || /^(?:PASS(?:WORD|WD)?|PWD|SECRET|TOKEN|[A-Z]+_PASSWORD)$/.test(password)
}

/** A user part may itself be a token; only what a person would type is shown. */
function isShowable(user: string): boolean {
  return user !== '' && user.length <= 128 && (/^AKIA[A-Z2-7]{16}$/.test(user) || user.length < 16 || !looksDrawn(user))
}

function attributesOf(fields: Record<string, string | undefined>): Attributes {
  const attributes: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined && value !== '') attributes[name] = value.slice(0, ATTRIBUTE_CHARS_MAX)
  return attributes
}

function inWords(family: string, what: string): string {
  return `A ${what} stands inside an address of ${family}`
}

function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
