import { Buffer } from 'node:buffer'
import { refuse, type Checked } from './checked.ts'
import { readExtensions, type CertificateExtensions } from './certificate-extensions.ts'
import { DerError, expectValue, readBits, readTime, readValue, readValues, wholeOf, bodyOf } from './der-reader.ts'

/** Largest certificate that is looked at, in bytes: an ID of 2048 bytes, RSA keys and a page of names fit many times. */
export const CERTIFICATE_BYTES_MAX = 64 * 1024

/** What a certificate says of itself. Nothing is verified by reading. Byte arrays lie over the memory that was read. */
export interface Certificate extends CertificateExtensions {
  /** The whole certificate. */
  readonly der: Uint8Array
  /** Names as DER: the specification compares them as bytes. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  /** Unsigned, without leading zeros. */
  readonly serial: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
  /** Issuer and subject are the same name. */
  readonly isSelfIssued: boolean
}

const VERSION_3 = Buffer.from('a003020102', 'hex')

/**
 * Reads a foreign X.509 certificate of version 3. Strict DER and bounded; never throws.
 * What it says is not verified: that is `validateX509Svid`.
 */
export function readCertificate(der: Uint8Array): Checked<Certificate> {
  if (der.length > CERTIFICATE_BYTES_MAX) return refuse(`certificate is larger than ${CERTIFICATE_BYTES_MAX} bytes`)
  try {
    return { ok: true, ...read(der) }
  } catch (error) {
    if (error instanceof DerError) return refuse(`certificate ${error.message}`)
    throw error
  }
}

function read(der: Uint8Array): Certificate {
  const whole = expectValue(der, 0, der.length, 0x30, 'certificate')
  if (whole.end !== der.length) throw new DerError('has bytes behind its end')
  const parts = readValues(der, whole, 3)
  const [body, outerAlgorithm, signature] = parts
  if (body?.tag !== 0x30 || outerAlgorithm?.tag !== 0x30 || signature?.tag !== 0x03) throw new DerError('is not body, algorithm and signature')
  readBits(der, signature)
  const version = expectValue(der, body.body, body.end, 0xa0, 'version')
  if (!VERSION_3.equals(wholeOf(der, version))) throw new DerError('is not of version 3')
  const serial = expectValue(der, version.end, body.end, 0x02, 'serial number')
  const algorithm = expectValue(der, serial.end, body.end, 0x30, 'signature algorithm')
  if (!Buffer.from(wholeOf(der, algorithm)).equals(wholeOf(der, outerAlgorithm))) throw new DerError('names two signature algorithms')
  const issuer = expectValue(der, algorithm.end, body.end, 0x30, 'issuer')
  const validity = expectValue(der, issuer.end, body.end, 0x30, 'validity')
  const [notBefore, notAfter] = readValues(der, validity, 2)
  if (notBefore === undefined || notAfter === undefined) throw new DerError('has no validity of two times')
  const subject = expectValue(der, validity.end, body.end, 0x30, 'subject')
  const publicKey = expectValue(der, subject.end, body.end, 0x30, 'public key')
  const issuerName = wholeOf(der, issuer)
  const subjectName = wholeOf(der, subject)
  return {
    der,
    issuer: issuerName,
    subject: subjectName,
    serial: readSerial(bodyOf(der, serial)),
    notBefore: readTime(der, notBefore),
    notAfter: readTime(der, notAfter),
    publicKey: wholeOf(der, publicKey),
    isSelfIssued: Buffer.from(issuerName).equals(subjectName),
    ...readExtensions(der, findExtensions(der, publicKey.end, body.end)),
  }
}

function readSerial(bytes: Uint8Array): Uint8Array {
  const [first = 0, second = 0] = bytes
  if (bytes.length === 0 || bytes.length > 21) throw new DerError('has a serial number of no bytes or of too many')
  if (first >= 0x80) throw new DerError('has a negative serial number')
  if (bytes.length > 1 && first === 0 && second < 0x80) throw new DerError('has a serial number that is not in the shortest form')
  return first === 0 && bytes.length > 1 ? bytes.subarray(1) : bytes
}

/** Skips the two unique ids that nobody uses; what follows must be the extensions, and the last. */
function findExtensions(der: Uint8Array, start: number, end: number): { readonly body: number; readonly end: number } | undefined {
  for (let offset = start; offset < end;) {
    const value = readValue(der, offset, end)
    if (value.tag === 0xa3) {
      if (value.end !== end) throw new DerError('has bytes behind its extensions')
      const list = expectValue(der, value.body, value.end, 0x30, 'list of extensions')
      if (list.end !== value.end) throw new DerError('has bytes behind its extensions')
      return list
    }
    if (value.tag !== 0x81 && value.tag !== 0x82) throw new DerError('has an unknown field')
    offset = value.end
  }
  return undefined
}

/**
 * Splits certificates that lie one behind the other, as the Workload API sends them (rule 29).
 * Each is read once, so that a refusal names what is wrong.
 */
export function splitCertificates(der: Uint8Array): Checked<{ certificates: readonly Uint8Array[] }> {
  const certificates: Uint8Array[] = []
  try {
    for (let offset = 0; offset < der.length;) {
      if (certificates.length === CERTIFICATES_MAX) return refuse(`more than ${CERTIFICATES_MAX} certificates`)
      const value = expectValue(der, offset, der.length, 0x30, 'certificate')
      const certificate = der.subarray(offset, value.end)
      const checked = readCertificate(certificate)
      if (!checked.ok) return checked
      certificates.push(certificate)
      offset = value.end
    }
  } catch (error) {
    if (error instanceof DerError) return refuse(`list of certificates ${error.message}`)
    throw error
  }
  return { ok: true, certificates }
}

/** A list of certificates (a chain, the roots of a bundle) has at most so many. */
export const CERTIFICATES_MAX = 1000

/** Certificates one behind the other, as the Workload API sends them (rule 29). */
export function concatenateCertificates(certificates: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(certificates)
}
