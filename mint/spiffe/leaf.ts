import { Buffer } from 'node:buffer'
import { readCertificate } from './certificate.ts'
import { bitString, lengthOctets, putHeader, sequence, TAG } from './der-writer.ts'
import { authorityKeyId, keyIdOf, LEAF_EXTENSIONS } from './extensions.ts'
import { assembleBody, cachedTimes, type LeafFields } from './leaf-body.ts'
import { createTemplates, type LeafTemplates } from './leaf-template.ts'
import type { Signer } from './model.ts'
import { publicKeyBits } from './public-key-bits.ts'
import { SIGNATURE_ALGORITHM } from './signature-algorithm.ts'

export { subjectKeyIdOf, type LeafFields } from './leaf-body.ts'

/** Who signs leaves: a key, its certificate, and what is sent along so that a verifier finds the root. */
export interface CertificateIssuer {
  readonly signer: Signer
  /** The issuing certificate, DER. */
  readonly certificate: Uint8Array
  /** DER, sent behind each leaf in this order; never the root (rule 10). */
  readonly intermediates: readonly Uint8Array[]
}

/** A certificate, at once when the signer is local, later when it is remote. */
export type Written = Uint8Array | Promise<Uint8Array>

/** Bytes of the header of a certificate of 256 bytes to 64 KiB, as every leaf is. */
const HEADER_BYTES = 4
/** Room for the signature of P-256 or P-384 as a BIT STRING; one of RSA is copied once more. */
const SIGNATURE_BYTES = 3 + 104

/**
 * Writes one X.509-SVID. Whoever writes many prepares a writer once: {@link prepareLeafWriter}.
 *
 * @returns the leaf alone, DER
 * @throws RangeError when a field cannot stand in a certificate
 */
export function writeLeaf(issuer: CertificateIssuer, leaf: LeafFields): Written {
  return prepareLeafWriter(issuer)(leaf)
}

/**
 * Reads the issuer once and gives back a function that writes leaves of it: everything that all leaves share is encoded already,
 * each call patches in serial, dates, key and names, and signs.
 *
 * @throws TypeError when the issuing certificate cannot be read or does not belong to the signer
 */
export function prepareLeafWriter(issuer: CertificateIssuer): (leaf: LeafFields) => Written {
  const { signer } = issuer
  const authority = readCertificate(issuer.certificate)
  if (!authority.ok) throw new TypeError(`The issuing certificate cannot be read: ${authority.reason}.`)
  if (!Buffer.from(signer.publicKey).equals(authority.publicKey)) throw new TypeError('The issuing certificate belongs to another key than the signer.')
  const algorithm = SIGNATURE_ALGORITHM[signer.algorithm]
  const shared = {
    algorithmAndIssuer: Buffer.concat([algorithm, authority.subject]),
    extensions: Buffer.concat([LEAF_EXTENSIONS, authorityKeyId(authority.subjectKeyId ?? keyIdOf(publicKeyBits(authority.publicKey)))]),
    dates: cachedTimes(),
  }
  const templates = createTemplates(shared)
  return (leaf) => {
    const bodyBytes = templates.bytesOf(leaf)
    if (bodyBytes !== undefined) return cut(leaf, bodyBytes, templates, signer, algorithm)
    const body = assembleBody(leaf, shared).bytes
    const signature = signer.sign(body, 'certificate')
    return signature instanceof Promise ? signature.then((bytes) => seal(body, algorithm, bytes)) : seal(body, algorithm, signature)
  }
}

/** Writes body, algorithm and signature where they stay: there is room before and behind the body, and nothing is copied together. */
function cut(leaf: LeafFields, bodyBytes: number, templates: LeafTemplates, signer: Signer, algorithm: Uint8Array): Written {
  const target = Buffer.allocUnsafe(HEADER_BYTES + bodyBytes + algorithm.length + SIGNATURE_BYTES)
  const bodyEnd = HEADER_BYTES + bodyBytes
  templates.write(leaf, target, HEADER_BYTES)
  const body = target.subarray(HEADER_BYTES, bodyEnd)
  const finish = (signature: Uint8Array): Uint8Array => {
    const wholeBytes = bodyBytes + algorithm.length + 1 + lengthOctets(signature.length + 1) + 1 + signature.length
    if (wholeBytes + HEADER_BYTES > target.length || lengthOctets(wholeBytes) !== HEADER_BYTES - 1) return seal(body, algorithm, signature)
    putHeader(target, 0, TAG.sequence, wholeBytes)
    target.set(algorithm, bodyEnd)
    const bitsAt = putHeader(target, bodyEnd + algorithm.length, TAG.bitString, signature.length + 1)
    // No bit of the last byte is unused.
    target[bitsAt] = 0
    target.set(signature, bitsAt + 1)
    return target.subarray(0, HEADER_BYTES + wholeBytes)
  }
  const signature = signer.sign(body, 'certificate')
  return signature instanceof Promise ? signature.then(finish) : finish(signature)
}

/** The Certificate: body, algorithm once more, signature. */
export function seal(body: Uint8Array, algorithm: Uint8Array, signature: Uint8Array): Uint8Array {
  return sequence(body, algorithm, bitString(signature))
}
