import { Buffer } from 'node:buffer'
import { der, lengthOctets, objectIdentifier, putHeader, sequence, TAG, time, unsignedInteger } from './der-writer.ts'
import { readValue } from './der-reader.ts'
import { EXTENSION, GENERAL_NAME, keyIdOf, subjectAltName } from './extensions.ts'
import type { SpiffeId } from './model.ts'
import { publicKeyBits } from './public-key-bits.ts'
import { EMPTY_NAME, encodeName, type SubjectPart } from './subject.ts'

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

/** What all leaves of an issuer share, encoded. */
export interface SharedParts {
  /** AlgorithmIdentifier of the signature and the issuer's name. */
  readonly algorithmAndIssuer: Uint8Array
  /** Extensions before the subject key id. */
  readonly extensions: Uint8Array
  /** Dates as certificates write them. */
  readonly dates: (date: Date) => Uint8Array
}

/** RFC 5280 section 4.1.2.2. */
const SERIAL_BYTES_MAX = 20

const VERSION_3 = Uint8Array.of(0xa0, 0x03, 0x02, 0x01, 0x02)
const TRUE = Uint8Array.of(TAG.boolean, 0x01, 0xff)
const SAN_OID = objectIdentifier(EXTENSION.subjectAltName)
/** Bytes of a subject key id. */
export const KEY_ID_BYTES = 20
const SKI_HEAD = skiHead()

/**
 * The subject key id that a leaf for this key has: 20 bytes.
 *
 * @param publicKey SubjectPublicKeyInfo, DER
 * @throws DerError when it is not one
 */
export function subjectKeyIdOf(publicKey: Uint8Array): Uint8Array {
  return keyIdOf(publicKeyBits(publicKey))
}

/** A TBSCertificate, and where its parts begin. */
export interface LeafBody {
  readonly bytes: Uint8Array
  /** Behind the header of the serial number; the others are whole values. */
  readonly serialAt: number
  readonly datesAt: number
  readonly publicKeyAt: number
  /** The bare bytes of the subject key id. */
  readonly keyIdAt: number
}

/** The body of any leaf, in one allocation. The usual ones are cut from a template, see `leaf-template.ts`. */
export function assembleBody(leaf: LeafFields, { algorithmAndIssuer, extensions: sharedExtensions, dates }: SharedParts): LeafBody {
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
  const serialAt = offset + 2
  offset = put(target, offset, serial)
  offset = put(target, offset, algorithmAndIssuer)
  offset = putHeader(target, offset, TAG.sequence, validityBytes)
  const datesAt = offset
  offset = put(target, offset, notBefore)
  offset = put(target, offset, notAfter)
  offset = put(target, offset, subject)
  const publicKeyAt = offset
  offset = put(target, offset, leaf.publicKey)
  offset = putHeader(target, offset, 0xa3, extensionsWhole)
  offset = putHeader(target, offset, TAG.sequence, extensionsBytes)
  offset = put(target, offset, sharedExtensions)
  offset = put(target, offset, SKI_HEAD)
  const keyIdAt = offset
  offset = put(target, offset, keyId)
  put(target, offset, names)
  return { bytes: target, serialAt, datesAt, publicKeyAt, keyIdAt }
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

/** Whether a leaf has no name beside its SPIFFE ID, which is nearly always. */
export function isPlainlyNamed(leaf: LeafFields): boolean {
  return (leaf.dnsNames === undefined || leaf.dnsNames.length === 0) && (leaf.ipAddresses === undefined || leaf.ipAddresses.length === 0)
}

/** The SAN extension. With the SPIFFE ID alone it is written in one go. */
function encodeNames(leaf: LeafFields, critical: boolean): Uint8Array {
  if (!isPlainlyNamed(leaf)) {
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
export function cachedTimes(): (date: Date) => Uint8Array {
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
  const whole = sequence(objectIdentifier(EXTENSION.subjectKeyId), der(TAG.octetString, der(TAG.octetString, new Uint8Array(KEY_ID_BYTES))))
  return whole.subarray(0, readValue(whole, 0, whole.length).end - KEY_ID_BYTES)
}
