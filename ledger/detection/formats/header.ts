import type { Found, FormatRule, KeyedRule, Reading } from '../rule.ts'
import { looksDrawn } from '../variety.ts'

const RFC7617 = { page: 'RFC 7617 (Basic)', licence: 'facts' } as const
const RFC6750 = { page: 'RFC 6750 (Bearer)', licence: 'facts' } as const
const RFC9110 = { page: 'RFC 9110, section 11.6.2 (Authorization)', licence: 'facts' } as const
const USER_CHARS_MAX = 128
/** Shortest opaque token outside a header named Authorization, where the word before it may be prose. */
const TOKEN_IN_PROSE_CHARS_MIN = 16

/** Credentials in headers of HTTP. */
export const headers: readonly FormatRule[] = [
  {
    id: 'basic-authorization',
    kind: 'basic-auth',
    provider: 'HTTP',
    anchors: ['asic '],
    pattern: /asic {1,4}([A-Za-z0-9+/_-]{4,1000}={0,2})(?![A-Za-z0-9+/=])/y,
    edges: 'open',
    read: readBasic,
    source: RFC7617,
  },
  {
    id: 'bearer-authorization',
    kind: 'bearer-token',
    provider: 'HTTP',
    anchors: ['earer ', 'EARER '],
    pattern: /(?:earer|EARER) {1,4}([\w.~+/:|=-]{8,3000})/y,
    edges: 'open',
    read: (found) => readToken(found, found.match[1] ?? '', 'Bearer'),
    source: RFC6750,
  },
  {
    id: 'scheme-authorization',
    kind: 'bearer-token',
    provider: 'HTTP',
    anchors: ['uthorization:', 'uthorization":', "uthorization':", 'uthorization=', 'UTHORIZATION:', 'uthorization" '],
    pattern:
      /(?:uthorization|UTHORIZATION)["']? ?[:=]? {0,4}["']?(?:[Tt]oken|TOKEN|[Aa]pi-?[Kk]ey|APIKEY|[Ss]plunk|[Gg]enie[Kk]ey|[Kk]ey|SSWS|[Bb]ot|OAuth) {1,4}(?:token=)?["']?([\w.~+/:|=-]{8,1000})/y,
    edges: 'open',
    read: (found) => readToken(found, found.match[1] ?? '', 'Authorization'),
    source: RFC9110,
  },
  {
    id: 'key-header',
    kind: 'generic-api-key',
    provider: 'HTTP',
    confidence: 'medium',
    anchors: [
      'pi-Key: ',
      'pi-key: ',
      'PI-Key: ',
      'PI-KEY: ',
      'pikey: ',
      'piKey: ',
      'ivate-Token: ',
      'IVATE-TOKEN: ',
      'ivate-token: ',
      'uth-Token: ',
      'uth-token: ',
      'UTH-TOKEN: ',
      'ault-Token: ',
      'ault-token: ',
    ],
    pattern: /(?:[Pp][Ii]-?[Kk][Ee][Yy]|[a-zA-Z]{3,5}-[Tt][Oo][Kk][Ee][Nn]): {1,4}([\w.~+/=-]{12,1000})/y,
    edges: 'open',
    read: (found) => readToken(found, found.match[1] ?? '', 'key'),
    source: { page: 'gitleaks v8.30.1, default rules (headers of curl)', licence: 'MIT' },
  },
]

/** Shapes of this family that are decided by their name. */
export const headersByName: readonly KeyedRule[] = [
  {
    id: 'authorization-by-name',
    kind: 'bearer-token',
    provider: 'HTTP',
    name: { last: /(?:^|_)(?:authorization(?:_header)?|auth_header)$/ },
    shape: /^(?:[A-Za-z][\w-]{1,15} {1,4})?(?=\S{0,64}\d)[\w.~+/:|=-]{16,900}$/,
    source: RFC9110,
  },
]

/** Base64 that decodes to `user:password` proves itself; anything else after the word is prose. */
function readBasic({ leaf, match, start, end }: Found): Reading | undefined {
  if (!/[Bb]$/.test(leaf.text.slice(Math.max(0, start - 1), start))) return undefined
  const token = match[1] ?? ''
  const pair = Buffer.from(token, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  if (colon < 0 || !/^[\x20-\x7e\u00a0-\uffff]+$/.test(pair) || pair.includes('\ufffd')) return undefined
  const user = pair.slice(0, colon)
  const password = pair.slice(colon + 1)
  // Some services take an API key as the user and leave the password empty.
  const secret = password === '' || password === 'x' || password === 'X' ? user : password
  if (secret.length < 2) return undefined
  const isShown = secret !== user && user !== '' && user.length <= USER_CHARS_MAX && !(user.length >= TOKEN_IN_PROSE_CHARS_MIN && looksDrawn(user))
  return {
    start: end - token.length,
    canonical: secret,
    attributes: isShown ? { user } : {},
    reasons: ['The value of a Basic header decodes to user and password'],
  }
}

function readToken({ leaf, name, end }: Found, token: string, scheme: string): Reading | undefined {
  // Documentation cuts its tokens with dots.
  if (token.endsWith('...') || leaf.text[end] === '…') return undefined
  const value = token.replace(/[.:]+$/, '')
  const isHeader = /authorization|^auth$|bearer|header/i.test(name)
  if (!isHeader && value.length < TOKEN_IN_PROSE_CHARS_MIN) return undefined
  if (!looksDrawn(value) && !(isHeader && /\d/.test(value))) return undefined
  const start = end - token.length
  return { start, end: start + value.length, canonical: value, reasons: [`A token follows the word ${scheme} as in a header of HTTP`] }
}
