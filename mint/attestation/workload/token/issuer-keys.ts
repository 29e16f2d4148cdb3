import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { get } from 'node:https'
import { rootCertificates } from 'node:tls'
import { AttestationError } from '../../model.ts'
import { getBounded } from '../bounded-request.ts'
import type { WorkloadClock } from '../clock.ts'
import { objectOf, textOf } from '../json.ts'
import { type KnownKey, readKeySet, usable } from '../../tokens/key-source.ts'

/** The published keys of one issuer, fetched when they are needed and kept. */
export interface IssuerKeys {
  /** Keys with the id of a token, or all when the token names none. @throws AttestationError UNAVAILABLE when none could be fetched */
  find(keyId: string | undefined): Promise<readonly KeyObject[]>
}

/** An issuer's address and keys. */
export interface IssuerSource {
  readonly issuer: string
  /** Absent: found by OIDC discovery. */
  readonly jwksURI?: string | undefined
}

const DOCUMENT_BYTES_MAX = 512 * 1024
const TIMEOUT_MS = 5_000
/** Keys are fetched again after this time. */
const KEYS_AGE_MS = 5 * 60_000
/** What could not be renewed is believed no longer than this. */
const KEYS_AGE_MS_MAX = 60 * 60_000
/** Tokens with made-up key ids cause no more than one fetch in this time. */
const FETCH_INTERVAL_MS = 10_000

/** @param rootsFile PEM of further authorities that issuers' certificates may be signed by */
export function openIssuerKeys(source: IssuerSource, parts: { readonly clock: WorkloadClock; readonly rootsFile?: string | undefined }): IssuerKeys {
  let keys: readonly KnownKey[] = []
  let fetchedAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let fetching: Promise<void> | undefined
  let lastFailure: unknown

  async function refresh(): Promise<void> {
    triedAt = parts.clock.now()
    try {
      keys = await fetchKeys(source, parts.rootsFile)
      fetchedAt = triedAt
    } catch (error) {
      lastFailure = error
    }
  }

  async function refreshIfDue(wantsNewer: boolean): Promise<void> {
    const now = parts.clock.now()
    if (fetching === undefined && (wantsNewer || now - fetchedAt > KEYS_AGE_MS) && now - triedAt >= FETCH_INTERVAL_MS) {
      fetching = refresh().finally(() => (fetching = undefined))
    }
    await fetching
  }

  function matching(keyId: string | undefined): readonly KeyObject[] {
    if (parts.clock.now() - fetchedAt > KEYS_AGE_MS_MAX) return []
    return keys.filter((key) => keyId === undefined || key.keyId === keyId).map(({ key }) => key)
  }

  return {
    async find(keyId) {
      await refreshIfDue(false)
      if (matching(keyId).length === 0) await refreshIfDue(true)
      if (parts.clock.now() - fetchedAt > KEYS_AGE_MS_MAX) {
        throw new AttestationError('UNAVAILABLE', `The keys of the issuer ${source.issuer} could not be fetched.`, { cause: lastFailure })
      }
      return matching(keyId)
    },
  }
}

async function fetchKeys(source: IssuerSource, rootsFile: string | undefined): Promise<readonly KnownKey[]> {
  const ca = rootsFile === undefined ? undefined : [...rootCertificates, await readFile(rootsFile, 'utf8')]
  const address = source.jwksURI ?? (await discover(source.issuer, ca))
  return usable(readKeySet(await fetchText(address, ca)), address)
}

/** OpenID Connect Discovery section 4: the document's issuer must be the very one that was asked. */
async function discover(issuer: string, ca: string[] | undefined): Promise<string> {
  const document = objectOf(JSON.parse(await fetchText(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, ca)))
  const address = textOf(document?.['jwks_uri'])
  if (document?.['issuer'] !== issuer || address === undefined) throw new Error('the discovery document is not that of the issuer')
  return address
}

async function fetchText(address: string, ca: string[] | undefined): Promise<string> {
  const url = new URL(address)
  if (url.protocol !== 'https:') throw new Error('the address is not https')
  const { status, body } = await getBounded(
    (options, onResponse) => get(url, { ...options, ...(ca === undefined ? {} : { ca }) }, onResponse),
    { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(TIMEOUT_MS), agent: false },
    DOCUMENT_BYTES_MAX,
  )
  if (status !== 200) throw new Error(`${url.host} answered with status ${status}`)
  return body.toString('utf8')
}
