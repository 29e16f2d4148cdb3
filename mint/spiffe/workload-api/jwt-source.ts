import type { workloadApi } from '@mintmark/contract/grpc'
import {
  parseSpiffeId,
  readJwtSvidUnverified,
  validateJwtSvid,
  type Bundle,
  type Checked,
  type JwtSvid,
  type SpiffeId,
  type TrustDomain,
} from '@mintmark/spiffe'
import { WorkloadApiClient } from './client.ts'
import { WorkloadApiError } from './failure.ts'
import { keepStream } from './lasting-stream.ts'
import { createListeners } from './listeners.ts'
import { readJwtBundles, readJwtResponse } from './responses.ts'
import { untilFirst, type BundleSource, type SourceSettings } from './sources.ts'

/** Tokens that are kept; the one used longest ago goes first. */
const CACHE_ENTRIES_MAX = 1000

/** For whom a token is, and of which identity. */
export interface JwtRequest {
  readonly audience: string | readonly string[]
  /** The default identity when absent. */
  readonly id?: SpiffeId
}

/** JWT-SVIDs of this workload, and what verifies those of others. */
export interface JwtSource extends BundleSource {
  /** A token for an audience: from the cache until half of its life is over, then a fresh one; the old one while no fresh one is to be had. @throws WorkloadApiError */
  fetchJwtSvid(request: JwtRequest): Promise<JwtSvid>
  /** One token per identity of this workload, never from the cache. @throws WorkloadApiError */
  fetchJwtSvids(request: JwtRequest): Promise<readonly JwtSvid[]>
  /** Validates a foreign token here, against the newest bundles. */
  validateJwtSvid(token: string, audience: string | readonly string[]): ReturnType<typeof validateJwtSvid>
  /** Has the agent validate it, which may show fewer claims of foreign trust domains (rule 35). */
  validateJwtSvidRemotely(token: string, audience: string): Promise<Checked<{ id: SpiffeId; claims: Record<string, unknown> }>>
}

/** Opens a source of JWT-SVIDs and waits for the first bundles. @throws WorkloadApiError */
export async function openJwtSource(settings: SourceSettings & { readonly now?: () => Date } = {}): Promise<JwtSource> {
  const now = settings.now ?? (() => new Date())
  const client = new WorkloadApiClient(settings)
  const listeners = createListeners()
  let bundles: ReadonlyMap<TrustDomain, Bundle> = new Map()
  const stream = keepStream({
    open: (reader) => client.watchJwtBundles(reader),
    read: (message: workloadApi.JWTBundlesResponse) => readJwtBundles(message.bundles),
    onState: (state) => {
      bundles = state.bundles
      listeners.tell()
    },
    onError: settings.onError,
    wait: settings.wait,
  })
  const close = (): void => {
    stream.close()
    client.close()
  }
  await untilFirst(stream.first, close, settings.signal)
  const bundleOf = (trustDomain: TrustDomain): Bundle | undefined => bundles.get(trustDomain)
  const fetchAll = async (request: JwtRequest): Promise<readonly JwtSvid[]> => fetchTokens(client, request)
  return {
    bundleOf,
    bundles: () => bundles.values(),
    fetchJwtSvids: fetchAll,
    fetchJwtSvid: cachedTokens(fetchAll, now),
    validateJwtSvid: (token, audience) => validateJwtSvid(token, { bundleOf, audience, now: now() }),
    validateJwtSvidRemotely: (token, audience) => validateRemotely(client, token, audience),
    subscribe: listeners.add,
    close,
  }
}

async function fetchTokens(client: WorkloadApiClient, request: JwtRequest): Promise<readonly JwtSvid[]> {
  const audience = audienceOf(request)
  const read = readJwtResponse(await client.fetchJwtSvids(audience, request.id))
  if (!read.ok) throw new WorkloadApiError('MALFORMED', `The Workload API sent what it may not send: ${read.reason}.`)
  if (!read.svids.every((svid) => audience.every((name) => svid.audience.includes(name)))) {
    throw new WorkloadApiError('MALFORMED', 'The Workload API sent a token for another audience than was asked for.')
  }
  return read.svids
}

function audienceOf({ audience }: JwtRequest): readonly string[] {
  return typeof audience === 'string' ? [audience] : audience
}

/** The cache in front of a fetch: one entry per identity and set of audiences, one call at a time for each. */
function cachedTokens(fetchAll: (request: JwtRequest) => Promise<readonly JwtSvid[]>, now: () => Date): (request: JwtRequest) => Promise<JwtSvid> {
  const kept = new Map<string, JwtSvid>()
  const underWay = new Map<string, Promise<JwtSvid>>()

  async function fetchFirst(name: string, request: JwtRequest): Promise<JwtSvid> {
    const [svid] = await fetchAll(request)
    if (svid === undefined) throw new WorkloadApiError('PERMISSION_DENIED', 'The Workload API has no token for this workload.')
    kept.delete(name)
    if (mayBeKept(svid)) kept.set(name, svid)
    const oldest = kept.keys().next().value
    if (kept.size > CACHE_ENTRIES_MAX && oldest !== undefined) kept.delete(oldest)
    return svid
  }

  return async (request) => {
    // JSON keeps the members apart: joining by a separator would let two sets of audiences meet in one name.
    const name = JSON.stringify([request.id ?? '', [...new Set(audienceOf(request))].sort()])
    const known = kept.get(name)
    if (known !== undefined && isYoung(known, now())) {
      kept.delete(name)
      kept.set(name, known)
      return known
    }
    const call = underWay.get(name) ?? fetchFirst(name, request).finally(() => underWay.delete(name))
    underWay.set(name, call)
    try {
      return await call
    } catch (error) {
      if (known !== undefined && now() < known.expiresAt) return known
      throw error
    }
  }
}

/** Within the first half of its life. A token that does not say when it was issued is never young. */
function isYoung(svid: JwtSvid, now: Date): boolean {
  if (svid.issuedAt === undefined) return false
  return now.getTime() - svid.issuedAt.getTime() < (svid.expiresAt.getTime() - svid.issuedAt.getTime()) / 2
}

/** A token with an id of its own is meant to be used once. */
function mayBeKept(svid: JwtSvid): boolean {
  const read = readJwtSvidUnverified(svid.token)
  return read.ok && read.claims['jti'] === undefined
}

async function validateRemotely(
  client: WorkloadApiClient,
  token: string,
  audience: string,
): Promise<Checked<{ id: SpiffeId; claims: Record<string, unknown> }>> {
  try {
    const { spiffeId, claims } = await client.validateJwtSvid(token, audience)
    const identity = parseSpiffeId(spiffeId)
    return identity.ok ? { ok: true, id: identity.id, claims: claims ?? {} } : identity
  } catch (error) {
    if (error instanceof WorkloadApiError && error.code === 'INVALID_ARGUMENT') return { ok: false, reason: error.message }
    throw error
  }
}
