import { readCsr, readPublicKey } from '@mintmark/spiffe'
import { SERVER_LIMITS } from '../limits.ts'
import type { PlannedIdentity } from '../policy/path-ids.ts'
import type { X509Want } from './want.ts'

/** SubjectPublicKeyInfo of an uncompressed P-256 point up to its coordinates (RFC 5480 section 2). */
const P256_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex')
const P256_BYTES = P256_PREFIX.length + 64

type KeyOrReason = { readonly ok: true; readonly publicKey: Uint8Array } | { readonly ok: false; readonly reason: string }

/**
 * The key that a certificate will be for. A key of a request has proven that its holder has the private half; a bare one is vouched for by the agent's channel.
 * A request may name the workload's own SPIFFE IDs and nothing else.
 */
export function keyOf(want: X509Want, identities: readonly PlannedIdentity[]): KeyOrReason {
  if (want.csr !== undefined) return keyOfRequest(want.csr, identities)
  const { publicKey } = want
  if (publicKey === undefined) return { ok: false, reason: 'The request has neither a public key nor a certificate signing request.' }
  if (isP256(publicKey)) return { ok: true, publicKey }
  if (publicKey.length > SERVER_LIMITS.keyBytesMax) return { ok: false, reason: `A public key has at most ${SERVER_LIMITS.keyBytesMax} bytes.` }
  const read = readPublicKey(publicKey)
  return read.ok ? { ok: true, publicKey } : { ok: false, reason: `The public key cannot be certified: ${read.reason}.` }
}

/** By its encoding alone: reading the point would cost as much as signing, and a point off the curve verifies nothing of its holder. */
function isP256(publicKey: Uint8Array): boolean {
  return publicKey.length === P256_BYTES && P256_PREFIX.compare(publicKey, 0, P256_PREFIX.length) === 0
}

function keyOfRequest(csr: Uint8Array, identities: readonly PlannedIdentity[]): KeyOrReason {
  if (csr.length > SERVER_LIMITS.keyBytesMax) return { ok: false, reason: `A certificate signing request has at most ${SERVER_LIMITS.keyBytesMax} bytes.` }
  const read = readCsr(csr)
  if (!read.ok) return { ok: false, reason: `The certificate signing request is refused: ${read.reason}.` }
  if (read.dnsNames.length > 0 || read.uris.some((uri) => !identities.some(({ id }) => id === uri))) {
    return { ok: false, reason: 'The certificate signing request names somebody else than the workload; leave its names empty.' }
  }
  return { ok: true, publicKey: read.publicKey }
}
