import { create, type JsonObject } from '@bufbuild/protobuf'
import { status } from '../status.ts'
import { workloadApi } from '@mintmark/contract/grpc'
import { parseSpiffeId, validateJwtSvid } from '@mintmark/spiffe'
import { audienceSet, type JwtCache } from '../cache/jwt-cache.ts'
import type { X509State } from '../cache/x509-cache.ts'
import { Refusal, toRefusal } from '../refusal.ts'
import { serverStream, unary, type RequestCall, type Route, type StreamCall } from '../rpc/routes.ts'
import { exchangeTokenOf, requireSecurityHeader, type Admission } from '../socket/admission.ts'
import { assertAlive } from '../socket/caller.ts'
import { followCaller, type FollowParts } from '../socket/follow.ts'
import { createStateStream } from '../socket/state-stream.ts'
import type { TrustState } from '../trust/trust.ts'
import type { Workload } from '../workload.ts'
import { jwtBundlesMessage, jwtSvidMessage, x509BundlesMessage, x509SvidMessage, type Visibility } from './messages.ts'

/** Bounds of what a caller may ask for at once: audiences, bytes of one, bytes of a token to validate. */
const AUDIENCES_MAX = 100
const AUDIENCE_BYTES_MAX = 2_048
const TOKEN_BYTES_MAX = 64 * 1024
/** Claims of a token of another trust domain that every caller gets (rule 35). */
const FOREIGN_CLAIMS = ['sub', 'exp', 'aud']

/** What an operator decides about the Workload API. */
export interface WorkloadApiSettings {
  /** A profile that is switched off answers UNIMPLEMENTED (rule 37). */
  readonly x509: boolean
  readonly jwt: boolean
  /** Callers without an identity get the own trust domain's bundle and may validate its tokens (rule 36). */
  readonly allowUnauthenticatedVerifiers: boolean
  /** Further claims of foreign tokens that are handed on. */
  readonly allowedForeignJwtClaims: readonly string[]
}

/** What the service needs. */
export interface WorkloadApiParts extends FollowParts {
  readonly settings: WorkloadApiSettings
  readonly admission: Admission
  readonly jwtCache: JwtCache
}

/** The methods of SpiffeWorkloadAPI. */
export function createWorkloadApi(parts: WorkloadApiParts): readonly Route[] {
  const { settings } = parts
  const verifiers = settings.allowUnauthenticatedVerifiers
  const { fetchX509SVID, fetchX509Bundles, fetchJWTBundles, fetchJWTSVID, validateJWTSVID, fetchWITSVID, fetchWITBundles } =
    workloadApi.SpiffeWorkloadAPI.method
  return [
    serverStream(fetchX509SVID, (call) =>
      follow(parts, call, settings.x509, false, (state, trust) => (state === undefined ? undefined : x509SvidMessage(state, trust))),
    ),
    serverStream(fetchX509Bundles, (call) => follow(parts, call, settings.x509, verifiers, (state, trust) => x509BundlesMessage(trust, visibilityOf(state)))),
    serverStream(fetchJWTBundles, (call) => follow(parts, call, settings.jwt, verifiers, (state, trust) => jwtBundlesMessage(trust, visibilityOf(state)))),
    unary(fetchJWTSVID, (call) => answer(parts, call, fetchJwtSvid)),
    unary(validateJWTSVID, (call) => answer(parts, call, validateToken)),
    serverStream(fetchWITSVID, (call) => call.fail(NO_WIT)),
    serverStream(fetchWITBundles, (call) => call.fail(NO_WIT)),
  ]
}

const NO_WIT = new Refusal(status.UNIMPLEMENTED, 'This agent does not issue WIT-SVIDs.')
const DISABLED = new Refusal(status.UNIMPLEMENTED, 'This profile of the Workload API is switched off on this agent.')

function visibilityOf(state: X509State | undefined): Visibility {
  return state === undefined ? 'own' : 'all'
}

function follow(
  parts: WorkloadApiParts,
  call: StreamCall<unknown>,
  isEnabled: boolean,
  servesVerifiers: boolean,
  compose: (state: X509State | undefined, trust: TrustState) => Buffer | undefined,
): void {
  try {
    requireSecurityHeader(call.metadata)
    if (!isEnabled) throw DISABLED
    const exchangeToken = exchangeTokenOf(call.metadata)
    const { connection } = call
    call.onClosed(parts.admission.openStream(connection))
    const stream = createStateStream(call, () => assertAlive(connection))
    followCaller(parts, connection, exchangeToken, call, {
      servesVerifiers,
      onState(state, trust) {
        const message = compose(state, trust)
        if (message !== undefined) stream.offer(message)
      },
      onRefusal: (refusal) => stream.end(refusal),
    })
  } catch (error) {
    call.fail(toRefusal(error))
  }
}

/** A caller of a unary method. */
interface Caller {
  readonly identify: () => Promise<Workload>
}

async function answer<Request, Response>(
  parts: WorkloadApiParts,
  call: RequestCall<Request>,
  handle: (parts: WorkloadApiParts, request: Request, caller: Caller) => Promise<Response>,
): Promise<Response> {
  requireSecurityHeader(call.metadata)
  if (!parts.settings.jwt) throw DISABLED
  const exchangeToken = exchangeTokenOf(call.metadata)
  const { connection } = call
  const response = await handle(parts, call.request, { identify: () => parts.callers.identify(connection, exchangeToken, call) })
  assertAlive(connection)
  return response
}

async function fetchJwtSvid(parts: WorkloadApiParts, request: workloadApi.JWTSVIDRequest, caller: Caller): Promise<Uint8Array> {
  const audience = audienceSet(request.audience)
  if (audience.length === 0 || audience.includes('')) throw new Refusal(status.INVALID_ARGUMENT, 'At least one audience is needed, and none may be empty.')
  if (audience.length > AUDIENCES_MAX || audience.some((one) => Buffer.byteLength(one) > AUDIENCE_BYTES_MAX))
    throw new Refusal(status.INVALID_ARGUMENT, `At most ${AUDIENCES_MAX} audiences of ${AUDIENCE_BYTES_MAX} bytes each may be asked for.`)
  if (request.spiffeId !== '') {
    const parsed = parseSpiffeId(request.spiffeId)
    if (!parsed.ok) throw new Refusal(status.INVALID_ARGUMENT, `The SPIFFE ID is malformed: ${parsed.reason}.`)
  }
  const workload = await caller.identify()
  const svids = await parts.jwtCache.get({ workload, audience, spiffeId: request.spiffeId })
  return jwtSvidMessage(svids)
}

async function validateToken(
  parts: WorkloadApiParts,
  request: workloadApi.ValidateJWTSVIDRequest,
  caller: Caller,
): Promise<workloadApi.ValidateJWTSVIDResponse> {
  if (request.audience === '' || request.svid === '') throw new Refusal(status.INVALID_ARGUMENT, 'Both audience and svid are needed.')
  if (request.svid.length > TOKEN_BYTES_MAX) throw new Refusal(status.INVALID_ARGUMENT, `A token may have ${TOKEN_BYTES_MAX} bytes at most.`)
  const hasIdentity = await isEntitled(parts, await caller.identify())
  const trust = await parts.trust.ready()
  const result = validateJwtSvid(request.svid, {
    audience: request.audience,
    now: new Date(parts.clock.now()),
    bundleOf: (trustDomain) => (hasIdentity || trustDomain === trust.own.bundle.trustDomain ? parts.trust.bundleOf(trustDomain) : undefined),
  })
  if (!result.ok) throw new Refusal(status.INVALID_ARGUMENT, `The token is not valid: ${result.reason}.`)
  const isOwn = result.id.startsWith(`${trust.own.id}/`)
  const kept = new Set([...FOREIGN_CLAIMS, ...parts.settings.allowedForeignJwtClaims])
  const claims = Object.entries(result.claims).filter(([name]) => isOwn || kept.has(name))
  return create(workloadApi.ValidateJWTSVIDResponseSchema, { spiffeId: result.id, claims: claimsMessage(claims) })
}

/** One audience is answered as a list, too (rule 35). Claims come out of JSON, so they are JSON. */
function claimsMessage(claims: readonly (readonly [string, unknown])[]): JsonObject {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the validator parsed the claims from JSON text
  return Object.fromEntries(claims.map(([name, value]) => [name, name === 'aud' && typeof value === 'string' ? [value] : value])) as JsonObject
}

async function isEntitled(parts: WorkloadApiParts, workload: Workload): Promise<boolean> {
  try {
    await parts.x509.get(workload)
    return true
  } catch (error) {
    const refusal = toRefusal(error)
    if (refusal.code === status.PERMISSION_DENIED && parts.settings.allowUnauthenticatedVerifiers) return false
    throw refusal
  }
}
