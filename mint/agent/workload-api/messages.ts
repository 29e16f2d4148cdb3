import { create, toBinary } from '@bufbuild/protobuf'
import { workloadApi } from '@mintmark/contract/grpc'
import type { JwtSvid } from '@mintmark/spiffe'
import type { X509State } from '../cache/x509-cache.ts'
import type { TrustedDomain, TrustState } from '../trust/trust.ts'

/** Whose bundles a caller may see: everybody with an identity sees all, a mere verifier the own trust domain's. */
export type Visibility = 'all' | 'own'

/** The last message made of a state; callers that share an identity share its bytes. */
const x509Messages = new WeakMap<X509State, { readonly trust: TrustState; readonly bytes: Buffer }>()
const jwtMessages = new WeakMap<readonly JwtSvid[], Uint8Array>()
const bundleMessages = new WeakMap<TrustState, Map<string, Buffer>>()

/** FetchX509SVID: rule 29. */
export function x509SvidMessage(state: X509State, trust: TrustState): Buffer {
  const known = x509Messages.get(state)
  if (known?.trust === trust) return known.bytes
  const message = create(workloadApi.X509SVIDResponseSchema, {
    svids: state.svids.map((svid) => ({
      spiffeId: svid.id,
      x509Svid: Buffer.concat(svid.certificates),
      x509SvidKey: svid.privateKey,
      bundle: trust.own.x509,
      hint: svid.hint ?? '',
    })),
    federatedBundles: Object.fromEntries(trust.federated.map((domain) => [domain.id, domain.x509])),
  })
  const bytes = asBuffer(toBinary(workloadApi.X509SVIDResponseSchema, message))
  x509Messages.set(state, { trust, bytes })
  return bytes
}

/** FetchJWTSVID: callers that are given the same tokens share their bytes. */
export function jwtSvidMessage(svids: readonly JwtSvid[]): Uint8Array {
  let bytes = jwtMessages.get(svids)
  if (bytes === undefined) {
    const message = create(workloadApi.JWTSVIDResponseSchema, { svids: svids.map(({ id, token, hint }) => ({ spiffeId: id, svid: token, hint: hint ?? '' })) })
    bytes = toBinary(workloadApi.JWTSVIDResponseSchema, message)
    jwtMessages.set(svids, bytes)
  }
  return bytes
}

/** FetchX509Bundles: rule 29. */
export function x509BundlesMessage(trust: TrustState, visibility: Visibility): Buffer {
  return shared(trust, `x509 ${visibility}`, () => {
    const bundles = Object.fromEntries(visibleDomains(trust, visibility).map((domain) => [domain.id, domain.x509]))
    return toBinary(workloadApi.X509BundlesResponseSchema, create(workloadApi.X509BundlesResponseSchema, { bundles }))
  })
}

/** FetchJWTBundles: rule 30. */
export function jwtBundlesMessage(trust: TrustState, visibility: Visibility): Buffer {
  return shared(trust, `jwt ${visibility}`, () => {
    const bundles = Object.fromEntries(visibleDomains(trust, visibility).map((domain) => [domain.id, domain.jwt]))
    return toBinary(workloadApi.JWTBundlesResponseSchema, create(workloadApi.JWTBundlesResponseSchema, { bundles }))
  })
}

/** The trust domains that a caller may see. */
function visibleDomains(trust: TrustState, visibility: Visibility): readonly TrustedDomain[] {
  return visibility === 'all' ? [trust.own, ...trust.federated] : [trust.own]
}

function shared(trust: TrustState, name: string, make: () => Uint8Array): Buffer {
  let messages = bundleMessages.get(trust)
  if (messages === undefined) {
    messages = new Map()
    bundleMessages.set(trust, messages)
  }
  let bytes = messages.get(name)
  if (bytes === undefined) {
    bytes = asBuffer(make())
    messages.set(name, bytes)
  }
  return bytes
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
