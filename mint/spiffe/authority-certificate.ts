import { Buffer } from 'node:buffer'
import { readCertificate } from './certificate.ts'
import { der, sequence, time, unsignedInteger } from './der-writer.ts'
import { authorityExtensions, authorityKeyId, keyIdOf, subjectAltName, subjectKeyId } from './extensions.ts'
import { seal, type CertificateIssuer, type Written } from './leaf.ts'
import type { Signer, TrustDomain } from './model.ts'
import { publicKeyBits } from './public-key-bits.ts'
import { SIGNATURE_ALGORITHM } from './signature-algorithm.ts'
import { trustDomainId } from './spiffe-id.ts'
import { encodeName, type SubjectPart } from './subject.ts'

/** What is to stand in a signing certificate of a trust domain. */
export interface AuthorityFields {
  readonly trustDomain: TrustDomain
  /** SubjectPublicKeyInfo of the new authority, DER. */
  readonly publicKey: Uint8Array
  readonly serial: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  /** Never empty, and different for every authority (rule 12): verifiers look for issuers by name and give up after too many of one name. */
  readonly subject: readonly SubjectPart[]
  /** How many authorities may stand below it; unlimited when absent. */
  readonly pathLength?: number
  /** Who vouches for it. Absent: it is a root and signs itself by `signer`. */
  readonly issuer?: CertificateIssuer
  /** Signs a root; not needed when there is an issuer. */
  readonly signer?: Signer
}

/**
 * Writes a signing certificate: a root that signs itself, or an intermediate below an issuer.
 * It carries the trust domain's own SPIFFE ID and is never to be used to authenticate (rule 11).
 *
 * @throws RangeError when a field cannot stand in a certificate
 * @throws TypeError when there is neither issuer nor signer, or they belong to other keys
 */
export function writeAuthority(fields: AuthorityFields): Written {
  if (fields.subject.length === 0) throw new RangeError('An authority has a subject: verifiers find issuers by name.')
  const pathLength = fields.pathLength
  if (pathLength !== undefined && !(Number.isInteger(pathLength) && pathLength >= 0 && pathLength < 128)) {
    throw new RangeError('A path length is a whole number from 0 to 127.')
  }
  const subject = encodeName(fields.subject)
  const keyId = keyIdOf(publicKeyBits(fields.publicKey))
  const { signer, issuerName, issuerKeyId } = issuerOf(fields, subject, keyId)
  const algorithm = SIGNATURE_ALGORITHM[signer.algorithm]
  const extensions = sequence(
    authorityExtensions(pathLength),
    subjectKeyId(keyId),
    authorityKeyId(issuerKeyId),
    subjectAltName({ uri: trustDomainId(fields.trustDomain) }, false),
  )
  const body = sequence(
    Uint8Array.of(0xa0, 0x03, 0x02, 0x01, 0x02),
    unsignedInteger(fields.serial),
    algorithm,
    issuerName,
    sequence(time(fields.notBefore), time(fields.notAfter)),
    subject,
    fields.publicKey,
    der(0xa3, extensions),
  )
  const signature = signer.sign(body, 'certificate')
  return signature instanceof Promise ? signature.then((bytes) => seal(body, algorithm, bytes)) : seal(body, algorithm, signature)
}

function issuerOf(fields: AuthorityFields, subject: Uint8Array, keyId: Uint8Array): { signer: Signer; issuerName: Uint8Array; issuerKeyId: Uint8Array } {
  if (fields.issuer === undefined) {
    if (fields.signer === undefined) throw new TypeError('An authority needs an issuer, or a signer to sign itself.')
    if (!Buffer.from(fields.signer.publicKey).equals(fields.publicKey)) throw new TypeError('A root is signed by its own key, and the signer has another.')
    return { signer: fields.signer, issuerName: subject, issuerKeyId: keyId }
  }
  const issuer = readCertificate(fields.issuer.certificate)
  if (!issuer.ok) throw new TypeError(`The issuing certificate cannot be read: ${issuer.reason}.`)
  return {
    signer: fields.issuer.signer,
    issuerName: issuer.subject,
    issuerKeyId: issuer.subjectKeyId ?? keyIdOf(publicKeyBits(issuer.publicKey)),
  }
}
