import { X509Certificate, type KeyObject } from 'node:crypto'
import { Buffer } from 'node:buffer'
import { readCertificate, type Certificate } from './certificate.ts'
import { refuse, type Checked, type Refusal } from './checked.ts'
import { EXTENSION } from './extensions.ts'
import { readPublicKey } from './keys.ts'
import type { Bundle, SpiffeId, TrustDomain } from './model.ts'
import { parseSpiffeId } from './spiffe-id.ts'

/** A chain that is sent has at most so many certificates. */
export const CHAIN_CERTIFICATES_MAX = 16
/** So many signatures are checked for one chain at most; Go's verifier gives up at the same number. */
const SIGNATURE_CHECKS_MAX = 100

/** Critical extensions that are understood here; RFC 5280 section 4.2 has every other one refused. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  EXTENSION.keyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.basicConstraints,
  EXTENSION.extendedKeyUsage,
  EXTENSION.authorityKeyId,
  EXTENSION.subjectKeyId,
])

/**
 * Validates an X.509-SVID as X509-SVID.md section 5 demands: the leaf is an SVID, and a path of valid authorities leads
 * from it to a root of the bundle of its own trust domain. Other trust domains' roots are never looked at.
 *
 * @param certificates DER, leaf first; intermediates may come in any order, and a root among them is not trusted for being sent
 * @param bundleOf bundles by trust domain; undefined for one that is not trusted
 */
export function validateX509Svid(
  certificates: readonly Uint8Array[],
  bundleOf: (trustDomain: TrustDomain) => Bundle | undefined,
  now: Date,
): Checked<{ id: SpiffeId }> {
  if (certificates.length === 0) return refuse('there is no certificate')
  if (certificates.length > CHAIN_CERTIFICATES_MAX) return refuse(`chain has more than ${CHAIN_CERTIFICATES_MAX} certificates`)
  const chain: Certificate[] = []
  for (const der of certificates) {
    const certificate = readCertificate(der)
    if (!certificate.ok) return certificate
    chain.push(certificate)
  }
  const [leaf, ...intermediates] = chain
  if (leaf === undefined) return refuse('there is no certificate')
  const identity = checkLeaf(leaf, now)
  if (!identity.ok) return identity
  const bundle = bundleOf(identity.trustDomain)
  if (bundle === undefined) return refuse(`there is no bundle for trust domain "${identity.trustDomain}"`)
  if (bundle.trustDomain !== identity.trustDomain) return refuse(`the bundle at hand is of another trust domain than "${identity.trustDomain}"`)
  const problem = findPath(leaf, intermediates, rootsOf(bundle), now)
  return problem === undefined ? { ok: true, id: identity.id } : problem
}

/**
 * The SPIFFE ID that a leaf claims, with everything checked that needs no bundle: rules 5 and 7, critical extensions, dates.
 * The claim is worth nothing before the chain is verified.
 */
export function checkLeaf(leaf: Certificate, now: Date): Checked<{ id: SpiffeId; trustDomain: TrustDomain }> {
  const [uri, ...more] = leaf.uris
  if (uri === undefined) return refuse('leaf has no URI name')
  if (more.length > 0) return refuse('leaf has more than one URI name')
  const parsed = parseSpiffeId(uri)
  if (!parsed.ok) return refuse(`leaf's URI name is not a SPIFFE ID: ${parsed.reason}`)
  if (parsed.path === '') return refuse('leaf has the SPIFFE ID of a trust domain, without a path')
  if (leaf.isAuthority) return refuse('leaf is a signing certificate')
  if (leaf.keyUsage === undefined) return refuse('leaf has no key usage')
  if (!leaf.keyUsage.critical) return refuse("leaf's key usage is not critical")
  if (!leaf.keyUsage.digitalSignature) return refuse("leaf's key usage lacks digital signature")
  if (leaf.keyUsage.keyCertSign || leaf.keyUsage.crlSign) return refuse("leaf's key usage lets it sign certificates or revocation lists")
  return checkCommon(leaf, 'leaf', now) ?? { ok: true, id: parsed.id, trustDomain: parsed.trustDomain }
}

function checkCommon(certificate: Certificate, which: string, now: Date): Refusal | undefined {
  if (now < certificate.notBefore) return refuse(`${which} is not valid before ${certificate.notBefore.toISOString()}`)
  if (now > certificate.notAfter) return refuse(`${which} expired at ${certificate.notAfter.toISOString()}`)
  const unknown = certificate.criticalExtensions.find((oid) => !UNDERSTOOD.has(oid))
  return unknown === undefined ? undefined : refuse(`${which} has a critical extension that is not understood (${unknown})`)
}

/** Why a certificate may not sign the one below it. */
function checkAuthority(certificate: Certificate, which: string, authoritiesBelow: number, now: Date): Refusal | undefined {
  if (!certificate.isAuthority) return refuse(`${which} is not a signing certificate`)
  if (certificate.keyUsage !== undefined && !certificate.keyUsage.keyCertSign) return refuse(`${which} may not sign certificates`)
  if (certificate.pathLength !== undefined && authoritiesBelow > certificate.pathLength) return refuse(`${which} allows fewer authorities below it`)
  // Constraints that are not evaluated must not be passed over, critical or not: they may forbid this very name.
  if (certificate.hasNameConstraints) return refuse(`${which} has name constraints, which are not supported`)
  return checkCommon(certificate, which, now)
}

/** An intermediate's own SPIFFE ID, when it has one, has no path (rule 11). */
function checkIntermediate(certificate: Certificate): Refusal | undefined {
  for (const uri of certificate.uris) {
    const parsed = parseSpiffeId(uri)
    if (parsed.ok && parsed.path !== '') return refuse('intermediate has the SPIFFE ID of a workload')
  }
  return undefined
}

interface Search {
  readonly intermediates: readonly Certificate[]
  readonly roots: readonly Certificate[]
  readonly now: Date
  checksLeft: number
  problem: Refusal
}

function findPath(leaf: Certificate, intermediates: readonly Certificate[], roots: readonly Certificate[], now: Date): Refusal | undefined {
  if (roots.length === 0) return refuse('the bundle has no usable root')
  const search: Search = { intermediates, roots, now, checksLeft: SIGNATURE_CHECKS_MAX, problem: refuse('no root of the bundle signed it') }
  return climb(leaf, [leaf], search) ? undefined : search.problem
}

/** Depth first, roots before intermediates; no certificate twice on one path, so that loops end. */
function climb(child: Certificate, path: readonly Certificate[], search: Search): boolean {
  for (const root of search.roots) {
    if (tryIssuer(child, root, 'root', path, search)) return true
  }
  for (const intermediate of search.intermediates) {
    if (path.includes(intermediate)) continue
    const problem = checkIntermediate(intermediate)
    if (problem !== undefined) {
      search.problem = problem
      continue
    }
    if (tryIssuer(child, intermediate, 'intermediate', path, search) && climb(intermediate, [...path, intermediate], search)) return true
  }
  return false
}

function tryIssuer(child: Certificate, issuer: Certificate, which: string, path: readonly Certificate[], search: Search): boolean {
  if (!sameBytes(child.issuer, issuer.subject)) return false
  if (child.authorityKeyId !== undefined && issuer.subjectKeyId !== undefined && !sameBytes(child.authorityKeyId, issuer.subjectKeyId)) return false
  // The leaf is no authority; self-issued ones do not count (RFC 5280 section 6.1.4).
  const below = path.slice(1).filter((certificate) => !certificate.isSelfIssued).length
  const problem = checkAuthority(issuer, which, below, search.now)
  if (problem !== undefined) {
    search.problem = problem
    return false
  }
  if (search.checksLeft === 0) {
    search.problem = refuse(`more than ${SIGNATURE_CHECKS_MAX} signatures would have to be checked`)
    return false
  }
  search.checksLeft -= 1
  if (isSignedBy(child, issuer)) return true
  search.problem = refuse(`${which} of that name did not sign it`)
  return false
}

/** Keys of issuers that were read, so that a bundle in use is not decoded again for every chain. */
const issuerKeys = new WeakMap<Uint8Array, KeyObject>()

function isSignedBy(child: Certificate, issuer: Certificate): boolean {
  const key = issuerKeys.get(issuer.der) ?? readIssuerKey(issuer)
  if (key === undefined) return false
  try {
    return new X509Certificate(child.der).verify(key)
  } catch {
    // OpenSSL refuses some certificates by an error instead of an answer; both mean no.
    return false
  }
}

function readIssuerKey(issuer: Certificate): KeyObject | undefined {
  const checked = readPublicKey(issuer.publicKey)
  if (!checked.ok) return undefined
  issuerKeys.set(issuer.der, checked.key)
  return checked.key
}

const bundleRoots = new WeakMap<Bundle, readonly Certificate[]>()

/** The readable roots of a bundle; one that cannot be read is as if it were not there. */
function rootsOf(bundle: Bundle): readonly Certificate[] {
  const known = bundleRoots.get(bundle)
  if (known !== undefined) return known
  const roots = bundle.x509Authorities.map(readCertificate).filter((root) => root.ok)
  bundleRoots.set(bundle, roots)
  return roots
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0
}
