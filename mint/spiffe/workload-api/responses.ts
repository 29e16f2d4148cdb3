import type { workloadApi } from '@mintmark/contract/grpc'
import {
  parseJwtBundle,
  parseSpiffeId,
  readCertificate,
  readJwtSvidUnverified,
  refuse,
  splitCertificates,
  type Bundle,
  type Checked,
  type JwtSvid,
  type TrustDomain,
  type X509Svid,
} from '@mintmark/spiffe'

/** Identities that one answer may hold. */
const SVIDS_MAX = 1000
/** Bundles that one answer may hold. */
const BUNDLES_MAX = 10_000

/** Everything that one X.509 message says: SVIDs in the order of the server, the first being the default, and bundles by trust domain. */
export interface X509State {
  readonly svids: readonly X509Svid[]
  readonly bundles: ReadonlyMap<TrustDomain, Bundle>
}

/** Reads a message of FetchX509SVID (rule 29). */
export function readX509Response(response: workloadApi.X509SVIDResponse): Checked<X509State> {
  if (response.svids.length === 0) return refuse('the answer holds no identity')
  if (response.svids.length > SVIDS_MAX) return refuse(`the answer holds more than ${SVIDS_MAX} identities`)
  const foreign = readX509Bundles(response.federatedBundles)
  if (!foreign.ok) return foreign
  const bundles = new Map(foreign.bundles)
  const svids: X509Svid[] = []
  for (const item of response.svids) {
    const svid = readSvid(item)
    if (!svid.ok) return svid
    svids.push(svid.svid)
    bundles.set(svid.bundle.trustDomain, svid.bundle)
  }
  return { ok: true, svids, bundles }
}

function readSvid(item: workloadApi.X509SVID): Checked<{ svid: X509Svid; bundle: Bundle }> {
  const identity = parseSpiffeId(item.spiffeId)
  if (!identity.ok) return refuse(`an identity is not one: ${identity.reason}`)
  const chain = splitCertificates(item.x509Svid)
  if (!chain.ok) return refuse(`the SVID of ${identity.id}: ${chain.reason}`)
  const leaf = chain.certificates[0] === undefined ? refuse('there is no certificate') : readCertificate(chain.certificates[0])
  if (!leaf.ok) return refuse(`the SVID of ${identity.id}: ${leaf.reason}`)
  if (leaf.uris.length !== 1 || leaf.uris[0] !== identity.id) return refuse(`the SVID of ${identity.id} is a certificate of another identity`)
  if (item.x509SvidKey.length === 0) return refuse(`the SVID of ${identity.id} comes without a key`)
  const roots = splitCertificates(item.bundle)
  if (!roots.ok) return refuse(`the bundle of ${identity.trustDomain}: ${roots.reason}`)
  return {
    ok: true,
    svid: {
      id: identity.id,
      certificates: chain.certificates,
      privateKey: item.x509SvidKey,
      ...(item.hint !== '' && { hint: item.hint }),
      notBefore: leaf.notBefore,
      notAfter: leaf.notAfter,
    },
    bundle: { trustDomain: identity.trustDomain, x509Authorities: roots.certificates, jwtAuthorities: [] },
  }
}

/** Reads X.509 bundles by trust domain id (rule 29). */
export function readX509Bundles(entries: Readonly<Record<string, Uint8Array>>): Checked<{ bundles: ReadonlyMap<TrustDomain, Bundle> }> {
  return readBundles(entries, (trustDomain, bytes) => {
    const roots = splitCertificates(bytes)
    return roots.ok ? { ok: true, bundle: { trustDomain, x509Authorities: roots.certificates, jwtAuthorities: [] } } : roots
  })
}

/** Reads JWT bundles by trust domain id (rule 30). */
export function readJwtBundles(entries: Readonly<Record<string, Uint8Array>>): Checked<{ bundles: ReadonlyMap<TrustDomain, Bundle> }> {
  return readBundles(entries, (trustDomain, bytes) => parseJwtBundle(trustDomain, new TextDecoder().decode(bytes)))
}

function readBundles(
  entries: Readonly<Record<string, Uint8Array>>,
  read: (trustDomain: TrustDomain, bytes: Uint8Array) => Checked<{ bundle: Bundle }>,
): Checked<{ bundles: ReadonlyMap<TrustDomain, Bundle> }> {
  const bundles = new Map<TrustDomain, Bundle>()
  const names = Object.entries(entries)
  if (names.length > BUNDLES_MAX) return refuse(`the answer holds more than ${BUNDLES_MAX} bundles`)
  for (const [name, bytes] of names) {
    const identity = parseSpiffeId(name)
    if (!identity.ok || identity.path !== '') return refuse('a bundle is of something that is no trust domain id')
    const bundle = read(identity.trustDomain, bytes)
    if (!bundle.ok) return refuse(`the bundle of ${identity.trustDomain}: ${bundle.reason}`)
    bundles.set(identity.trustDomain, bundle.bundle)
  }
  return { ok: true, bundles }
}

/** Reads the answer of FetchJWTSVID; each token must be of the identity that stands beside it. */
export function readJwtResponse(response: workloadApi.JWTSVIDResponse): Checked<{ svids: readonly JwtSvid[] }> {
  if (response.svids.length === 0) return refuse('the answer holds no token')
  if (response.svids.length > SVIDS_MAX) return refuse(`the answer holds more than ${SVIDS_MAX} tokens`)
  const svids: JwtSvid[] = []
  for (const item of response.svids) {
    const token = readJwtSvidUnverified(item.svid)
    if (!token.ok) return token
    if (token.id !== item.spiffeId) return refuse(`the token of an identity is of another one (${token.id})`)
    svids.push({
      id: token.id,
      token: item.svid,
      audience: token.audience,
      ...(item.hint !== '' && { hint: item.hint }),
      ...(token.issuedAt && { issuedAt: token.issuedAt }),
      expiresAt: token.expiresAt,
    })
  }
  return { ok: true, svids }
}
