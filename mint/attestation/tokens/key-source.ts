import { createPublicKey, type KeyObject } from 'node:crypto'
import { AttestationError } from '../model.ts'
import type { OutboundFetch } from '../outbound/fetch.ts'
import { isRecord } from './jwt.ts'

/** Where an issuer's keys come from: its discovery document, a key set elsewhere, a key set or a key in configuration. */
export type KeyLocation =
  | { readonly by: 'discovery'; readonly issuer: string }
  | { readonly by: 'jwks-uri'; readonly uri: string }
  | { readonly by: 'jwks'; readonly document: string }
  | { readonly by: 'key'; readonly key: KeyObject }

/** Keys of an issuer. */
export interface KeySource {
  /** Those that may have signed a token of this key id. @throws AttestationError UNAVAILABLE when none could be fetched */
  keysFor(keyId: string | undefined): Promise<readonly KeyObject[]>
}

/** What fetching needs. */
export interface KeySourceDependencies {
  readonly fetch: OutboundFetch
  readonly clock: () => number
  /** PEM of authorities for the issuer's own TLS, such as a cluster's. */
  readonly ca: string | undefined
}

const LIMITS = { bytesMax: 512 * 1024, msMax: 5_000 } as const
const KEYS_MAX = 100
/** Milliseconds that keys are fresh, that they are used when the issuer cannot be reached, and between two fetches for unknown key ids. */
const FRESH_MS = 10 * 60_000
const STALE_MS = 24 * 3_600_000
const FETCH_INTERVAL_MS = 10_000

/** A key that an issuer publishes. */
export interface KnownKey {
  readonly keyId: string | undefined
  readonly key: KeyObject
}

/** A source with a cache: single flight, one fetch in ten seconds at most however many key ids are made up. */
export function createKeySource(location: KeyLocation, dependencies: KeySourceDependencies): KeySource {
  if (location.by === 'key') return { keysFor: async () => [location.key] }
  if (location.by === 'jwks') {
    const keys = readKeySet(location.document)
    return { keysFor: async (keyId) => matching(keys, keyId) }
  }
  return createFetchedSource(location, dependencies)
}

type FetchedLocation = Extract<KeyLocation, { by: 'discovery' | 'jwks-uri' }>

function createFetchedSource(location: FetchedLocation, dependencies: KeySourceDependencies): KeySource {
  let keys: readonly KnownKey[] = []
  let fetchedAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let failure: unknown
  let fetching: Promise<void> | undefined

  async function fetchOnce(): Promise<void> {
    const now = dependencies.clock()
    if (fetching === undefined && now - triedAt < FETCH_INTERVAL_MS) return
    fetching ??= (async () => {
      triedAt = now
      try {
        keys = await fetchKeys(location, dependencies)
        fetchedAt = now
      } catch (error) {
        failure = error
      } finally {
        fetching = undefined
      }
    })()
    await fetching
  }

  return {
    keysFor: async (keyId) => {
      if (dependencies.clock() - fetchedAt > FRESH_MS) await fetchOnce()
      if (matching(keys, keyId).length === 0) await fetchOnce()
      if (dependencies.clock() - fetchedAt > STALE_MS) {
        const reason = failure instanceof Error ? failure.message : 'no answer yet'
        throw new AttestationError('UNAVAILABLE', `The keys of the token's issuer cannot be fetched: ${reason}.`, { cause: failure })
      }
      return matching(keys, keyId)
    },
  }
}

function matching(keys: readonly KnownKey[], keyId: string | undefined): readonly KeyObject[] {
  return keys.filter((each) => keyId === undefined || each.keyId === undefined || each.keyId === keyId).map(({ key }) => key)
}

async function fetchKeys(location: FetchedLocation, { fetch, ca }: KeySourceDependencies): Promise<readonly KnownKey[]> {
  const tls = ca === undefined ? {} : { ca }
  const read = async (url: string): Promise<string> => {
    const { status, body } = await fetch(new URL(url), LIMITS, tls)
    if (status !== 200) throw new Error(`${new URL(url).host} answered with status ${status}`)
    return body.toString('utf8')
  }
  if (location.by === 'jwks-uri') return usable(readKeySet(await read(location.uri)), location.uri)
  const document: unknown = JSON.parse(await read(`${location.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`))
  // OpenID Connect Discovery section 4.3: a document of another issuer is not this one's.
  if (!isRecord(document) || document['issuer'] !== location.issuer) throw new Error(`the discovery document names another issuer than ${location.issuer}`)
  const uri = document['jwks_uri']
  if (typeof uri !== 'string' || !URL.canParse(uri)) throw new Error(`the discovery document of ${location.issuer} names no keys`)
  return usable(readKeySet(await read(uri)), uri)
}

/** The same keys. @throws Error for none: an answer without keys must not take the place of the keys that were there */
export function usable(keys: readonly KnownKey[], uri: string): readonly KnownKey[] {
  if (keys.length === 0) throw new Error(`${new URL(uri).host} publishes no usable key`)
  return keys
}

/** Public signature keys of a JWK set (RFC 7517 section 5); elements that are something else are left out. */
export function readKeySet(document: string): readonly KnownKey[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(document)
  } catch {
    return []
  }
  const keys = isRecord(parsed) && Array.isArray(parsed['keys']) ? parsed['keys'] : []
  return keys.slice(0, KEYS_MAX).flatMap(readKey)
}

function readKey(jwk: unknown): readonly KnownKey[] {
  // A private or a symmetric key in a published set verifies nothing that only its owner could have signed.
  if (!isRecord(jwk) || jwk['d'] !== undefined || jwk['kty'] === 'oct' || (jwk['use'] !== undefined && jwk['use'] !== 'sig')) return []
  try {
    return [{ keyId: typeof jwk['kid'] === 'string' ? jwk['kid'] : undefined, key: createPublicKey({ key: jwk, format: 'jwk' }) }]
  } catch {
    return []
  }
}
