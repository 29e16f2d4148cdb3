import { Buffer } from 'node:buffer'
import { readCertificate } from './certificate.ts'
import { bitString, der, lengthOctets, objectIdentifier, putHeader, sequence, TAG, time, unsignedInteger } from './der-writer.ts'
import { readValue } from './der-reader.ts'
import { authorityKeyId, EXTENSION, GENERAL_NAME, keyIdOf, LEAF_EXTENSIONS, subjectAltName } from './extensions.ts'
import { publicKeyBits } from './public-key-bits.ts'
import type { Signer, SpiffeId } from './model.ts'
import { SIGNATURE_ALGORITHM } from './signature-algorithm.ts'
import { EMPTY_NAME, encodeName, type SubjectPart } from './subject.ts'

/** Who signs leaves: a key, its certificate, and what is sent along so that a verifier finds the root. */
export interface CertificateIssuer {
  readonly signer: Signer
  /** The issuing certificate, DER. */
  readonly certificate: Uint8Array
  /** DER, sent behind each leaf in this order; never the root (rule 10). */
  readonly intermediates: readonly Uint8Array[]
}

/** What is to stand in an X.509-SVID. */
export interface LeafFields {
  readonly id: SpiffeId
  /** SubjectPublicKeyInfo, DER; checked by the caller, see `readPublicKey`. */
  readonly publicKey: Uint8Array
  /** {@link subjectKeyIdOf} that key, for a caller that has it already; computed when absent. */
  readonly subjectKeyId?: Uint8Array
  /** Unsigned, at most 20 octets, not zero; see `randomSerial`. */
  readonly serial: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  /** Empty by default, and then the SPIFFE ID is marked critical (rule 6). */
  readonly subject?: readonly SubjectPart[]
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
}

/** A certificate, at once when the signer is local, later when it is remote. */
export type Written = Uint8Array | Promise<Uint8Array>

/** RFC 5280 section 4.1.2.2. */
const SERIAL_BYTES_MAX = 20

const VERSION_3 = Uint8Array.of(0xa0, 0x03, 0x02, 0x01, 0x02)
const TRUE = Uint8Array.of(TAG.boolean, 0x01, 0xff)
const SAN_OID = objectIdentifier(EXTENSION.subjectAltName)
const SKI_HEAD = skiHead()
const KEY_ID_BYTES = 20

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
  const algorithmAndIssuer = Buffer.concat([algorithm, authority.subject])
  const sharedExtensions = Buffer.concat([LEAF_EXTENSIONS, authorityKeyId(authority.subjectKeyId ?? keyIdOf(publicKeyBits(authority.publicKey)))])
  const dates = cachedTimes()
  return (leaf) => {
    const body = assemble(leaf, algorithmAndIssuer, sharedExtensions, dates)
    const signature = signer.sign(body, 'certificate')
    return signature instanceof Promise ? signature.then((bytes) => seal(body, algorithm, bytes)) : seal(body, algorithm, signature)
  }
}

/**
 * The subject key id that a leaf for this key has: 20 bytes.
 *
 * @param publicKey SubjectPublicKeyInfo, DER
 * @throws DerError when it is not one
 */
export function subjectKeyIdOf(publicKey: Uint8Array): Uint8Array {
  return keyIdOf(publicKeyBits(publicKey))
}

/** The TBSCertificate in one allocation. */
function assemble(leaf: LeafFields, algorithmAndIssuer: Uint8Array, sharedExtensions: Uint8Array, dates: (date: Date) => Uint8Array): Uint8Array {
  const serial = encodeSerial(leaf.serial)
  const notBefore = dates(leaf.notBefore)
  const notAfter = dates(leaf.notAfter)
  const subject = leaf.subject === undefined || leaf.subject.length === 0 ? EMPTY_NAME : encodeName(leaf.subject)
  const names = encodeNames(leaf, subject === EMPTY_NAME)
  const keyId = leaf.subjectKeyId ?? subjectKeyIdOf(leaf.publicKey)
  if (keyId.length !== KEY_ID_BYTES) throw new RangeError(`A subject key id has ${KEY_ID_BYTES} bytes.`)

  const extensionsBytes = sharedExtensions.length + SKI_HEAD.length + KEY_ID_BYTES + names.length
  const extensionsWhole = 1 + lengthOctets(extensionsBytes) + extensionsBytes
  const validityBytes = notBefore.length + notAfter.length
  const bodyBytes =
    VERSION_3.length +
    serial.length +
    algorithmAndIssuer.length +
    2 +
    validityBytes +
    subject.length +
    leaf.publicKey.length +
    1 +
    lengthOctets(extensionsWhole) +
    extensionsWhole
  const target = Buffer.allocUnsafe(1 + lengthOctets(bodyBytes) + bodyBytes)

  let offset = putHeader(target, 0, TAG.sequence, bodyBytes)
  offset = put(target, offset, VERSION_3)
  offset = put(target, offset, serial)
  offset = put(target, offset, algorithmAndIssuer)
  offset = putHeader(target, offset, TAG.sequence, validityBytes)
  offset = put(target, offset, notBefore)
  offset = put(target, offset, notAfter)
  offset = put(target, offset, subject)
  offset = put(target, offset, leaf.publicKey)
  offset = putHeader(target, offset, 0xa3, extensionsWhole)
  offset = putHeader(target, offset, TAG.sequence, extensionsBytes)
  offset = put(target, offset, sharedExtensions)
  offset = put(target, offset, SKI_HEAD)
  offset = put(target, offset, keyId)
  put(target, offset, names)
  return target
}

function put(target: Uint8Array, offset: number, part: Uint8Array): number {
  target.set(part, offset)
  return offset + part.length
}

function encodeSerial(serial: Uint8Array): Uint8Array {
  const encoded = unsignedInteger(serial)
  if (encoded.length > 2 + SERIAL_BYTES_MAX || (encoded.length === 3 && encoded[2] === 0)) {
    throw new RangeError(`A serial number is positive and has ${SERIAL_BYTES_MAX} octets at most.`)
  }
  return encoded
}

/** The SAN extension. With the SPIFFE ID alone, which is nearly always, it is written in one go. */
function encodeNames(leaf: LeafFields, critical: boolean): Uint8Array {
  const isPlain = (leaf.dnsNames?.length ?? 0) === 0 && (leaf.ipAddresses?.length ?? 0) === 0
  if (!isPlain) {
    return subjectAltName(
      { uri: leaf.id, ...(leaf.dnsNames && { dnsNames: leaf.dnsNames }), ...(leaf.ipAddresses && { ipAddresses: leaf.ipAddresses }) },
      critical,
    )
  }
  const uriBytes = leaf.id.length
  const namesBytes = 1 + lengthOctets(uriBytes) + uriBytes
  const valueBytes = 1 + lengthOctets(namesBytes) + namesBytes
  const bodyBytes = SAN_OID.length + (critical ? TRUE.length : 0) + 1 + lengthOctets(valueBytes) + valueBytes
  const target = Buffer.allocUnsafe(1 + lengthOctets(bodyBytes) + bodyBytes)
  let offset = putHeader(target, 0, TAG.sequence, bodyBytes)
  offset = put(target, offset, SAN_OID)
  if (critical) offset = put(target, offset, TRUE)
  offset = putHeader(target, offset, TAG.octetString, valueBytes)
  offset = putHeader(target, offset, TAG.sequence, namesBytes)
  offset = putHeader(target, offset, GENERAL_NAME.uri, uriBytes)
  target.write(leaf.id, offset, 'latin1')
  return target
}

/** Remembers the last few dates: leaves of a batch share theirs, and formatting a date costs as much as the rest of the template. */
function cachedTimes(): (date: Date) => Uint8Array {
  const entriesMax = 64
  const known = new Map<number, Uint8Array>()
  return (date) => {
    const second = Math.floor(date.getTime() / 1000)
    const cached = known.get(second)
    if (cached !== undefined) return cached
    const encoded = time(date)
    if (known.size >= entriesMax) known.clear()
    known.set(second, encoded)
    return encoded
  }
}

/** Everything of the subject key id extension before the 20 bytes of the id. */
function skiHead(): Uint8Array {
  const whole = sequence(objectIdentifier(EXTENSION.subjectKeyId), der(TAG.octetString, der(TAG.octetString, new Uint8Array(20))))
  return whole.subarray(0, readValue(whole, 0, whole.length).end - 20)
}

/** The Certificate: body, algorithm once more, signature. */
export function seal(body: Uint8Array, algorithm: Uint8Array, signature: Uint8Array): Uint8Array {
  return sequence(body, algorithm, bitString(signature))
}
