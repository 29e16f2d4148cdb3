import { Buffer } from 'node:buffer'
import { readCertificate } from './certificate.ts'
import { refuse, type Checked } from './checked.ts'
import { stringifyExact } from './exact-numbers.ts'
import { isJwtAlgorithm, jwkParametersOf, readJwkParameters } from './jwk.ts'
import type { Bundle, JwtAuthority, TrustDomain } from './model.ts'
import { parseTrustDomain } from './spiffe-id.ts'
import { isRecord, parseStrictJson } from './strict-json.ts'

/** Largest bundle document that is read, in characters. */
export const BUNDLE_CHARACTERS_MAX = 4 * 1024 * 1024
/** Keys that a bundle may have. */
export const BUNDLE_KEYS_MAX = 1000
/** Trust domains that a bundle map may have. */
const BUNDLE_MAP_ENTRIES_MAX = 1000

/**
 * A bundle as a SPIFFE bundle document (SPIFFE Trust Domain and Bundle, section 4): a JWKS with sequence and refresh hint, rules 16 to 19.
 *
 * @throws TypeError when a root holds a key that cannot stand in a bundle
 */
export function formatBundle(bundle: Bundle): string {
  return stringifyExact(bundleDocument(bundle))
}

/** Several bundles as one map (rule 19); each keeps its own sequence. */
export function formatBundleMap(bundles: Iterable<Bundle>): string {
  const documents: [string, object][] = []
  for (const bundle of bundles) documents.push([bundle.trustDomain, bundleDocument(bundle)])
  return stringifyExact({ trust_domains: Object.fromEntries(documents) })
}

/** The JWT keys alone as a plain JWKS, as the Workload API sends them (rule 30). */
export function formatJwtBundle(bundle: Bundle): string {
  return JSON.stringify({
    keys: bundle.jwtAuthorities.map(({ keyId, publicKey, algorithm }) => ({ ...publicKey, kid: keyId, ...(algorithm && { alg: algorithm }) })),
  })
}

/** The JWT keys as an OpenID provider shows them: `use` is `sig`, which Entra asks for (rule 42). */
export function formatOidcKeys(bundle: Bundle): string {
  return JSON.stringify({
    keys: bundle.jwtAuthorities.map(({ keyId, publicKey, algorithm }) => ({ ...publicKey, kid: keyId, use: 'sig', ...(algorithm && { alg: algorithm }) })),
  })
}

function bundleDocument(bundle: Bundle): object {
  return {
    keys: [
      ...bundle.x509Authorities.map((der) => ({ ...rootParameters(der), use: 'x509-svid', x5c: [Buffer.from(der).toString('base64')] })),
      ...bundle.jwtAuthorities.map(({ keyId, publicKey, algorithm }) => ({ ...publicKey, kid: keyId, use: 'jwt-svid', ...(algorithm && { alg: algorithm }) })),
    ],
    ...(bundle.sequence !== undefined && { spiffe_sequence: bundle.sequence }),
    ...(bundle.refreshHintSeconds !== undefined && { spiffe_refresh_hint: bundle.refreshHintSeconds }),
  }
}

function rootParameters(der: Uint8Array): Readonly<Record<string, string>> {
  const certificate = readCertificate(der)
  if (!certificate.ok) throw new TypeError(`A root of the bundle cannot be read: ${certificate.reason}.`)
  return jwkParametersOf(certificate.publicKey)
}

/**
 * Reads a foreign SPIFFE bundle document. Elements that are not understood are passed over (rules 17 and 18); a document that is no bundle is refused.
 * A bundle may come out without any key: everything of that trust domain is then revoked.
 *
 * @param trustDomain whose bundle it is: it is never taken from the document (rule 22)
 */
export function parseBundle(trustDomain: TrustDomain, text: string): Checked<{ bundle: Bundle }> {
  const parsed = parseDocument(text)
  return parsed.ok ? readBundle(trustDomain, parsed.record) : parsed
}

/** Reads a foreign bundle map: every bundle of it must be one; a trust domain that stands twice is refused. Refresh hints inside a map are ignored. */
export function parseBundleMap(text: string): Checked<{ bundles: ReadonlyMap<TrustDomain, Bundle> }> {
  const parsed = parseDocument(text)
  if (!parsed.ok) return parsed
  const entries = parsed.record['trust_domains']
  if (!isRecord(entries)) return refuse('bundle map has no trust_domains')
  if (Object.keys(entries).length > BUNDLE_MAP_ENTRIES_MAX) return refuse(`bundle map has more than ${BUNDLE_MAP_ENTRIES_MAX} trust domains`)
  const bundles = new Map<TrustDomain, Bundle>()
  for (const [name, value] of Object.entries(entries)) {
    const domain = parseTrustDomain(name)
    if (!domain.ok) return refuse(`bundle map: ${domain.reason}`)
    if (!isRecord(value)) return refuse(`bundle map: the bundle of "${name}" is not an object`)
    const read = readBundle(domain.trustDomain, value)
    if (!read.ok) return refuse(`bundle map: the bundle of "${name}": ${read.reason}`)
    const { refreshHintSeconds: _ignored, ...bundle } = read.bundle
    bundles.set(domain.trustDomain, bundle)
  }
  return { ok: true, bundles }
}

/** Reads the plain JWKS of JWT keys that the Workload API sends (rule 30): every key needs its id; `use` is not asked for, and `jwt-svid` where it stands. */
export function parseJwtBundle(trustDomain: TrustDomain, text: string): Checked<{ bundle: Bundle }> {
  const parsed = parseDocument(text)
  if (!parsed.ok) return parsed
  const keys = keysOf(parsed.record)
  if (!keys.ok) return keys
  const jwtAuthorities = readJwtAuthorities(keys.keys.filter((key) => isRecord(key) && (key['use'] === undefined || key['use'] === 'jwt-svid')))
  return jwtAuthorities.ok ? { ok: true, bundle: { trustDomain, x509Authorities: [], jwtAuthorities: jwtAuthorities.authorities } } : jwtAuthorities
}

function parseDocument(text: string): Checked<{ record: Record<string, unknown> }> {
  if (text.length > BUNDLE_CHARACTERS_MAX) return refuse(`bundle is longer than ${BUNDLE_CHARACTERS_MAX} characters`)
  const parsed = parseStrictJson(text)
  if (!parsed.ok) return refuse(`bundle ${parsed.reason}`)
  return isRecord(parsed.value) ? { ok: true, record: parsed.value } : refuse('bundle is not an object')
}

function keysOf(document: Record<string, unknown>): Checked<{ keys: readonly unknown[] }> {
  const { keys } = document
  if (!Array.isArray(keys)) return refuse('bundle has no keys')
  return keys.length > BUNDLE_KEYS_MAX ? refuse(`bundle has more than ${BUNDLE_KEYS_MAX} keys`) : { ok: true, keys }
}

function readBundle(trustDomain: TrustDomain, document: Record<string, unknown>): Checked<{ bundle: Bundle }> {
  const keys = keysOf(document)
  if (!keys.ok) return keys
  const roots = readRoots(keys.keys)
  if (!roots.ok) return roots
  const jwt = readJwtAuthorities(keys.keys.filter((key) => isRecord(key) && key['use'] === 'jwt-svid'))
  if (!jwt.ok) return jwt
  const sequence = readSequence(document['spiffe_sequence'])
  if (!sequence.ok) return sequence
  const hint = document['spiffe_refresh_hint']
  if (hint !== undefined && hint !== null && !(typeof hint === 'number' && Number.isSafeInteger(hint) && hint >= 0)) {
    return refuse('bundle has a refresh hint that is not a whole number of seconds')
  }
  return {
    ok: true,
    bundle: {
      trustDomain,
      x509Authorities: roots.certificates,
      jwtAuthorities: jwt.authorities,
      ...(sequence.sequence !== undefined && { sequence: sequence.sequence }),
      ...(typeof hint === 'number' && { refreshHintSeconds: hint }),
    },
  }
}

function readSequence(value: unknown): Checked<{ sequence?: bigint }> {
  if (value === undefined || value === null) return { ok: true }
  if (typeof value === 'bigint' && value >= 0n) return { ok: true, sequence: value }
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return { ok: true, sequence: BigInt(value) }
  return refuse('bundle has a sequence that is not a whole number')
}

/** Roots by `x5c[0]`; what is declared as an X.509 authority and is no certificate makes the document wrong. */
function readRoots(keys: readonly unknown[]): Checked<{ certificates: readonly Uint8Array[] }> {
  const certificates: Uint8Array[] = []
  for (const key of keys) {
    if (!isRecord(key) || key['use'] !== 'x509-svid' || (key['kty'] !== 'EC' && key['kty'] !== 'RSA')) continue
    const first: unknown = Array.isArray(key['x5c']) ? key['x5c'][0] : undefined
    if (first === undefined) continue
    if (typeof first !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(first)) return refuse('bundle has a certificate that is not in standard base64')
    const der = Buffer.from(first, 'base64')
    const certificate = readCertificate(der)
    if (!certificate.ok) return refuse(`bundle: ${certificate.reason}`)
    certificates.push(der)
  }
  return { ok: true, certificates }
}

function readJwtAuthorities(keys: readonly unknown[]): Checked<{ authorities: readonly JwtAuthority[] }> {
  const authorities: JwtAuthority[] = []
  const ids = new Set<string>()
  for (const key of keys) {
    if (!isRecord(key) || (key['kty'] !== 'EC' && key['kty'] !== 'RSA')) continue
    const { kid, alg } = key
    if (typeof kid !== 'string' || kid === '') return refuse('bundle has a JWT key without an id')
    if (ids.has(kid)) return refuse('bundle has two JWT keys of one id')
    ids.add(kid)
    const publicKey = readJwkParameters(key)
    // A curve or an algorithm of tomorrow is passed over like an unknown kind of key; its tokens are refused all the same.
    if (publicKey === undefined || (alg !== undefined && !isJwtAlgorithm(alg))) continue
    authorities.push({ keyId: kid, publicKey, ...(alg !== undefined && { algorithm: alg }) })
  }
  return { ok: true, authorities }
}
